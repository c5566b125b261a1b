"""Who proposes changes: by rules, by chance, by a model, by a harness."""

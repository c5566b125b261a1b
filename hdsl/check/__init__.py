"""The checker: one file a family of rules, one Diagnostic, one catalogue of codes, one file an output format."""

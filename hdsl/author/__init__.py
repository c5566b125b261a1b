"""A model writes a harness: it is asked with the card, held to the grammar, and corrected by what the checker says."""

"""Texts made from the sources: the card, the operation grammar, the pages of settings and diagnostics."""

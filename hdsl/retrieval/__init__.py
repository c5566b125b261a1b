"""Similarity of token sets and the search for the rows most like an input."""

"""Retrieval: tokens of a text, similarity of token sets, and the index that finds the rows most like a query."""

"""Typed edits of a graph: plain data, one file a kind, drawn into a text with its comments kept."""

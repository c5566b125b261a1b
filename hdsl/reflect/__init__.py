"""Reflection: what a backward said, judged by policies, kept as records, and summed up by node."""

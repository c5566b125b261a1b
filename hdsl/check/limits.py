"""What is beyond a check: limits that no file written by hand comes near, each said where it is met (HG807)."""

MOST_ERRORS = 1000
"""Errors that one check reports."""

DEEPEST_USE = 100
"""Files that use each other in a chain."""

MOST_INLINED = 300_000
"""Nodes of all harnesses of a file, each with all it calls."""

DEEPEST_TYPE = 30
"""Lists and records within each other."""

LARGEST_TYPE = 1_000
"""Fields of a record with all that it holds."""

MOST_DIGITS = 18
"""Digits of a number."""

"""How much a token says: the rarer it is among the rows, the more (the inverse document frequency of BM25).

Weights are small whole numbers: sums of them are exact in whatever order they are added, and one fits in a byte. They
follow from two counts when a query is asked, so a row that changes changes no stored weight.
"""

from math import log

SCALE = 16
"""Units of a weight for each factor of e."""

MOST = 255

UNSEEN = 10
"""Rows without the token that are counted besides: a few rows say little about what is rare."""


def weight(rows_with: int, rows: int) -> int:
    """The weight of a token that so many of the rows have; never 0, so that whatever is shared counts."""
    return max(1, min(MOST, round(SCALE * log(1 + (rows + UNSEEN - rows_with + 0.5) / (rows_with + 0.5)))))

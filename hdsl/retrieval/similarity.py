"""Similarity of two token sets: Jaccard, containment, and the default made of both. All are in [0, 1]."""

from collections.abc import Set


def jaccard(left: Set[str], right: Set[str]) -> float:
    """Shared tokens over all tokens; 0 where both are empty."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def containment(query: Set[str], row: Set[str]) -> float:
    """The part of the row's tokens that the query holds; 0 for a row without tokens."""
    return len(query & row) / len(row) if row else 0.0


def similarity(query: Set[str], row: Set[str]) -> float:
    """The default: the larger of Jaccard and containment, so that a long query does not hide a row it contains.

    Containment is never the smaller of the two, so it decides, and Jaccard is what tells equals apart.
    """
    return max(jaccard(query, row), containment(query, row))

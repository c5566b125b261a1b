"""Similarity of two token sets: Jaccard, containment, and the default made of both, all in [0, 1].

Also of the order of lines, which tells texts of the same tokens apart.
"""

from collections.abc import Set
from difflib import SequenceMatcher


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


def order_alike(text: str, key: str) -> tuple[bool, int]:
    """How alike two screens are in what their tokens do not tell: whether both end with the same line, which may have
    been run or only typed; and how many lines stand in both, in their order, but for those in the key alone: what was
    done twice."""
    here, there = text.rstrip().split("\n"), key.rstrip().split("\n")
    common = sum(block.size for block in SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks())
    return here[-1] == there[-1], 2 * common - len(there)

"""Scores of a training: final accuracy, model calls to 95 %, and whom its edits hit."""

from collections.abc import Sequence
from dataclasses import dataclass

REACHED = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """What one training of one framework on one task came to."""

    accuracy: float
    calls_to_reach: int | None
    """Calls of the model, forward and for reflection, until the accuracy is 95 % and stays; None: it never did."""
    calls: int
    edits: tuple[int, ...]
    """Rows that were added, changed or dropped, node by node."""
    innocent_rows: int
    """Those of them that were right before."""


def score(accuracies: Sequence[float], calls: Sequence[int], total: int, edits: Sequence[int], innocent: int) -> Score:
    """The score of a training whose accuracies were seen after so many calls each."""
    seen = list(zip(accuracies, calls, strict=True))
    reached = None
    for accuracy, count in reversed(seen):
        if accuracy < REACHED:
            break
        reached = count
    return Score(accuracies[-1], reached, total, tuple(edits), innocent)

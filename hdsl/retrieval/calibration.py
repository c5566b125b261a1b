"""From which score on a row is like enough to answer by: asked of the table itself, by leaving rows out one at a time.

Each row of an evenly spaced sample is asked for as if it were not in the table. Where the best of the others has the
same value, the answer would have been right, and its score is one that should be accepted; all but the lowest twentieth
are. A table that cannot say (few rows, or no two with the same value) is held to half of what equal texts score.
"""

from collections.abc import Set
from dataclasses import replace

from hdsl.ground.row import Row
from hdsl.retrieval.index import Match, RowIndex

_SAMPLE = 64
_NEIGHBORS = 8
"""Enough to find one that is not the same text again."""
_LOWEST = 0.05
_UNCALIBRATED = 0.5
_WORTH = 16
"""How many rows of the sample the uncalibrated score counts for."""


def calibrated(index: RowIndex) -> float:
    """The score from which on a row of this table is like enough to answer by."""
    found = (_score_of_the_right(index, *each) for each in index.sample(_SAMPLE))
    scores = sorted(score for score in found if score is not None)
    lowest = scores[int(_LOWEST * len(scores))] if scores else _UNCALIBRATED
    return (len(scores) * lowest + _WORTH * _UNCALIBRATED) / (len(scores) + _WORTH)


def with_similarity(index: RowIndex, query: Set[str], match: Match, enough: float) -> Row:
    """The row, and how like the query it is by its query or by its key: 0.5 from the score `enough` on."""
    row = match.row
    key = index.tokens_of(row.key) if row.query and row.key else frozenset()
    if match.same or (query and key == query):
        return replace(row, similarity=1.0)
    score = max(match.score, index.likeness(query, key))
    return replace(row, similarity=score / (score + enough))


def _score_of_the_right(index: RowIndex, number: int, row: Row, found_by: Set[str]) -> float | None:
    """What the best of the other rows scores, where it has the value of this one."""
    others = (match for match in index.select(found_by, _NEIGHBORS) if match.index != number and not match.same)
    best = next(others, None)
    return best.score if best is not None and best.row.value.strip() == row.value.strip() else None

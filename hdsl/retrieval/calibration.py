"""From which score on a row is like enough to answer by: asked of the table itself, by leaving rows out one at a time.

Each row of an evenly spaced sample is asked for as if it were not in the table. Where the best of the others has the
same value, the answer would have been right, and its score is one that should be accepted; all but the lowest twentieth
are. A table that cannot say (few rows, or no two with the same value) is held to half of what equal texts score.
"""

from collections.abc import Sequence, Set

from hdsl.ground.row import Row
from hdsl.retrieval.index import Match, RowIndex

_SAMPLE = 64
_NEIGHBORS = 8
"""Enough to find one that is not the same text again."""
_LOWEST = 0.05
_UNCALIBRATED = 0.5
_WORTH = 4
"""How many rows of the sample the uncalibrated score counts for."""


def calibrated(index: RowIndex) -> float:
    """The score from which on a row of this table is like enough to answer by."""
    found = (_score_of_the_right(index, *each) for each in index.sample(_SAMPLE))
    return held_to([score for score in found if score is not None], _UNCALIBRATED)


def held_to(scores: Sequence[float], uncalibrated: float) -> float:
    """The score from which on a row is like enough, by those of rows whose nearest neighbor has their value.

    `uncalibrated`: what a table that cannot say is held to.
    """
    lowest = sorted(scores)[int(_LOWEST * len(scores))] if scores else uncalibrated
    return (len(scores) * lowest + _WORTH * uncalibrated) / (len(scores) + _WORTH)


def with_similarity(index: RowIndex, query: Set[str], matches: Sequence[Match], enough: float) -> tuple[Match, ...]:
    """The matches, each row with how like the query it is, by its query or its key: 0.5 from the score `enough` on."""
    likeness = index.likeness(query)

    def similarity(match: Match) -> float:
        row = match.row
        key = index.tokens_of(row.key) if row.query and row.key and not match.same else frozenset()
        if match.same or (query and key == query):
            return 1.0
        score = max(match.score, likeness(key))
        return score / (score + enough)

    return tuple(_with(match, similarity(match)) for match in matches)


def _with(match: Match, similarity: float) -> Match:
    row = Row(match.row.query, match.row.key, match.row.value, similarity=similarity)
    return Match(match.index, row, match.score, match.same)


def _score_of_the_right(index: RowIndex, number: int, row: Row, found_by: Set[str]) -> float | None:
    """What the best of the other rows scores, where it has the value of this one."""
    others = (match for match in index.select(found_by, _NEIGHBORS) if match.index != number and not match.same)
    best = next(others, None)
    return best.score if best is not None and best.row.value.strip() == row.value.strip() else None

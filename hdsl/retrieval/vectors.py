"""Rows by the vectors of the texts they are found by: one matrix, compared exactly, most alike first.

How like a query a row is follows from how far apart their vectors are: 0.5 from what the table itself calls like
enough, 1 for the same text. Models differ in which cosines they give to texts that have nothing in common, so no cosine
means anything by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from hdsl.ground.row import Row
from hdsl.retrieval.calibration import held_to
from hdsl.retrieval.index import Match
from hdsl.retrieval.tokens import tokens

Vector = npt.NDArray[np.float32]

_SAMPLE = 64
_NEIGHBORS = 8
_ROUNDING = np.float32(1e-5)
"""Far more than a cosine in float32 is wrong by."""
_MOST_ALIKE = 0.999
"""Above this, texts that are not the same could never be like enough."""


def found_by(row: Row) -> str:
    """The text that a row is found by; empty for one without a value, which has nothing to answer with.

    It is the query; or the key, a whole text, where the query only lists words of it and of the value.
    """
    query, key = row.query.strip(), row.key.strip()
    if not row.value:
        return ""
    return key if key and tokens(query) <= tokens(key) | tokens(row.value) else query


def unit(vector: Vector) -> Vector:
    """A vector of length 1 in the same direction; zeros stay zeros."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


class VectorIndex:
    """The rows with a value, and the vectors of the texts they are found by; a blank text is like nothing."""

    def __init__(self, rows: Sequence[Row], vectors: Mapping[str, Vector], size: int) -> None:
        self._rows = rows
        self._numbers = np.array([number for number, row in enumerate(rows) if row.value], dtype=np.intp)
        self._matrix = np.zeros((len(self._numbers), size), dtype=np.float32)
        for place, number in enumerate(self._numbers.tolist()):
            vector = vectors.get(found_by(rows[number]))
            if vector is not None:
                self._matrix[place] = vector
        self._enough: float | None = None

    def select(self, query: Vector, text: str, topk: int) -> tuple[Match, ...]:
        """The `topk` rows most like a text by its vector, equals in table order; each with its similarity."""
        matches = self._nearest(query, text, topk)
        enough = self._like_enough() if matches else 0.0
        return tuple(_with_similarity(match, enough) for match in matches)

    def _nearest(self, query: Vector, text: str, topk: int) -> tuple[Match, ...]:
        count = min(topk, len(self._numbers))
        if count <= 0:
            return ()
        scores = self._matrix @ query
        floor = np.partition(scores, len(scores) - count)[len(scores) - count] - _ROUNDING
        near = np.flatnonzero(scores >= floor)
        cosines = (self._matrix[near].astype(np.float64) * query.astype(np.float64)).sum(axis=1).clip(0.0, 1.0)
        same = np.array([self._is(number, text) for number in self._numbers[near].tolist()], dtype=bool)
        best = np.lexsort((self._numbers[near], -cosines, ~same))[:count]
        return tuple(
            Match(number, self._rows[number], 1.0 if alike else score, alike)
            for number, score, alike in zip(
                self._numbers[near][best].tolist(), cosines[best].tolist(), same[best].tolist(), strict=True
            )
        )

    def _is(self, number: int, text: str) -> bool:
        row = self._rows[number]
        return bool(text) and text in (row.query.strip(), row.key.strip())

    def _like_enough(self) -> float:
        """The cosine from which on a row of this table is like enough to answer by; found by leaving rows out."""
        if self._enough is None:
            step = max(1, len(self._numbers) // _SAMPLE)
            places = range(0, len(self._numbers), step)
            found = (self._score_of_the_right(place) for place in places)
            scores = [score for score in found if score is not None]
            self._enough = min(held_to(scores, self._halfway(places)), _MOST_ALIKE)
        return self._enough

    def _score_of_the_right(self, place: int) -> float | None:
        """What the best of the other rows scores, where it has the value of this one."""
        number = int(self._numbers[place])
        row = self._rows[number]
        nearest = self._nearest(self._matrix[place], found_by(row), _NEIGHBORS)
        best = next((match for match in nearest if match.index != number and not match.same), None)
        return best.score if best is not None and best.row.value.strip() == row.value.strip() else None

    def _halfway(self, places: range) -> float:
        """Halfway from what two rows of the table are like, whichever they are, to the same text."""
        sample = self._matrix[list(places)].astype(np.float64)
        count = len(sample)
        if count < 2:
            return 0.5
        total = float((sample.sum(axis=0) ** 2).sum() - (sample**2).sum())
        return (1.0 + max(0.0, total / (count * (count - 1)))) / 2


def _with_similarity(match: Match, enough: float) -> Match:
    similarity = 1.0 if match.same else (1.0 - enough) / (2.0 - enough - min(match.score, _MOST_ALIKE))
    return replace(match, row=replace(match.row, similarity=similarity, by_meaning=True))

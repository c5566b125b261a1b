"""An inverted index over the rows of an experience table: the rows most like a set of tokens, best first."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from hdsl.kernel.request import Row
from hdsl.retrieval.tokens import tokens

Measure = Literal["similarity", "jaccard"]


@dataclass(frozen=True, slots=True)
class Match:
    """A row that was found: its number in the table, its score by the measure, and its Jaccard."""

    index: int
    row: Row
    score: float
    jaccard: float


class RowIndex:
    """Rows and the postings of the tokens they are found by: those of the query, or of the key where that is empty.

    A row without a value has nothing to answer with and is not found. `analyze` makes the tokens of a row's text; the
    tokens of a query have to be made alike.
    """

    def __init__(self, rows: Sequence[Row], analyze: Callable[[str], Set[str]] = tokens) -> None:
        self.rows = tuple(rows)
        self._analyze = analyze
        numbers: dict[str, list[int]] = {}
        usable = [number for number, row in enumerate(self.rows) if row.value]
        sizes = []
        for place, number in enumerate(usable):
            found_by = analyze(self.rows[number].query) or analyze(self.rows[number].key)
            sizes.append(len(found_by))
            for token in found_by:
                numbers.setdefault(token, []).append(place)
        self._numbers = usable
        self._sizes: npt.NDArray[np.int64] = np.array(sizes, dtype=np.int64)
        self._postings = {token: np.array(places, dtype=np.int64) for token, places in numbers.items()}

    def tokens_of(self, *texts: str) -> frozenset[str]:
        """The tokens of a query of several texts (the input and the goal), all together."""
        return frozenset().union(*(self._analyze(text) for text in texts))

    def select(self, query: Set[str], topk: int, measure: Measure = "similarity") -> tuple[Match, ...]:
        """The `topk` best rows (fewer only where there are fewer), ties by Jaccard, then in the order of the table."""
        if topk <= 0 or not self._numbers:
            return ()
        jaccard, containment = self._scores(query)
        score = jaccard if measure == "jaccard" else np.maximum(jaccard, containment)
        best = _best(score, jaccard, topk)
        return tuple(
            Match(self._numbers[place], self.rows[self._numbers[place]], float(score[place]), float(jaccard[place]))
            for place in best.tolist()
        )

    def _scores(self, query: Set[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Jaccard and containment of every usable row."""
        shared = self._shared(query)
        union = self._sizes + len(query) - shared
        return shared / np.maximum(union, 1), shared / np.maximum(self._sizes, 1)

    def _shared(self, query: Set[str]) -> npt.NDArray[np.int64]:
        hits = [self._postings[token] for token in query if token in self._postings]
        count = len(self._numbers)
        if not hits:
            return np.zeros(count, dtype=np.int64)
        return np.bincount(np.concatenate(hits), minlength=count)


def _best(score: npt.NDArray[np.float64], jaccard: npt.NDArray[np.float64], topk: int) -> npt.NDArray[np.int64]:
    """The places of the best, ordered. All that tie with the last one that fits are compared before they are cut."""
    places = np.arange(len(score))
    if topk < len(score):
        negated = -score
        places = places[negated <= np.partition(negated, topk - 1)[topk - 1]]
    order = np.lexsort((places, -jaccard[places], -score[places]))
    return places[order[:topk]]


def select(rows: Sequence[Row], query: Set[str], topk: int) -> tuple[Match, ...]:
    """The `topk` rows most like the query's tokens, for rows that are asked once; else keep a `RowIndex`."""
    return RowIndex(rows).select(query, topk)

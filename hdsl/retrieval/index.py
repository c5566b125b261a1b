"""An inverted index over the rows of an experience table: the rows most like a set of tokens, best first.

One pass over the table in arrays, no row looked at by itself but the few that may be among the best:

1. How many tokens each row shares with the query is counted: for a common token by adding a vector of its presence, for
   any other by its postings, the numbers of the rows that have it.
2. Counts over sizes are the scores. The rows are dealt into groups, and each group's best score is taken. The k-th best
   of these is a floor: k rows reach it, so what is below it is not among the best k.
3. The rows that reach the floor are cut to k by score, Jaccard and number, and only these are put in order.

The floor is exact: float32 division rounds, but never turns an order around and keeps equals equal, and the cut
compares in float64, in which different quotients of counts differ. A row that changes touches its own tokens alone.
"""

from array import array
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hdsl.ground.row import Row
from hdsl.retrieval.tokens import tokens

Measure = Literal["similarity", "jaccard"]

Numbers = npt.NDArray[np.intp]
Values = npt.NDArray[Any]
"""Counts, or scores in either precision."""

EMPTY = Row("", "", "")

_GROUPS = 4_096
"""Many more than anyone asks rows for, and few enough to be sorted out in no time."""

_COMMON_SHARE = 64
"""A token in more than one of so many rows is common: adding a byte for every row is then faster than postings."""

_FEWEST_COMMON = 64
"""Rows; below this postings are as fast."""

_MOST_COMMON = 128
"""Tokens; each common one costs a byte a row."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row that was found: its number in the table, its score by the measure, and its Jaccard."""

    index: int
    row: Row
    score: float
    jaccard: float


class RowIndex:
    """Rows by the tokens they are found by: those of the query, or of the key where that is empty.

    A row without a value has nothing to answer with and is not found. `analyze` makes the tokens of a row's text; the
    tokens of a query have to be made alike.
    """

    def __init__(self, rows: Sequence[Row], analyze: Callable[[str], Set[str]] = tokens) -> None:
        self._rows = list(rows)
        self._analyze = analyze
        self._groups = 1
        self._usable = np.empty(0, dtype=bool)
        self._sizes = np.empty(0, dtype=np.float32)
        self._common: dict[str, npt.NDArray[np.uint8]] = {}
        self._make_room(len(self._rows))
        self._usable[: len(self._rows)] = [bool(row.value) for row in self._rows]
        self._postings = self._make_postings()
        for token in sorted(self._postings, key=lambda token: -len(self._postings[token]))[:_MOST_COMMON]:
            self._make_common_where_it_is(token)

    def tokens_of(self, *texts: str) -> frozenset[str]:
        """The tokens of a query of several texts (the input and the goal), all together."""
        return frozenset().union(*(self._analyze(text) for text in texts))

    def replace(self, number: int, row: Row) -> None:
        """Puts another row in the place of one."""
        before, now = self._found_by(self._rows[number]), self._found_by(row)
        self._rows[number] = row
        self._usable[number] = bool(row.value)
        self._sizes[number] = len(now) or 1
        for token in before - now:
            self._discard(token, number)
        for token in now - before:
            self._add(token, number)

    def resize(self, count: int) -> None:
        """Makes the table longer, by empty rows, or shorter."""
        for number in range(count, len(self._rows)):
            self.replace(number, EMPTY)
        del self._rows[count:]
        self._rows.extend([EMPTY] * (count - len(self._rows)))
        if count > len(self._sizes):
            self._make_room(count + count // 8)

    def select(self, query: Set[str], topk: int, measure: Measure = "similarity") -> tuple[Match, ...]:
        """The `topk` best rows (fewer only where there are fewer), ties by Jaccard, then in the order of the table."""
        if topk <= 0 or not self._rows:
            return ()
        shared = self._shared(query)
        numbers = self._reaching_the_floor(self._scores(shared, self._sizes, len(query), measure), topk)
        counts, sizes = shared[numbers].astype(np.float64), self._sizes[numbers].astype(np.float64)
        score = self._scores(counts, sizes, len(query), measure)
        jaccard = self._scores(counts, sizes, len(query), "jaccard")
        best = _first((-score, -jaccard, numbers), topk)
        found = zip(numbers[best].tolist(), score[best].tolist(), jaccard[best].tolist(), strict=True)
        matches = tuple(Match(number, self._rows[number], *scores) for number, *scores in found)
        return matches + self._unlike(shared, topk - len(matches))

    def _found_by(self, row: Row) -> Set[str]:
        """The tokens a row is found by; none for one that is not found."""
        return (self._analyze(row.query) or self._analyze(row.key)) if row.value else frozenset()

    def _make_room(self, count: int) -> None:
        """Lengthens the vectors to at least so many rows, and to groups of equal size."""
        self._groups = max(1, min(_GROUPS, count))
        added = (0, -(-count // self._groups) * self._groups - len(self._sizes))
        self._usable = np.pad(self._usable, added)
        self._sizes = np.pad(self._sizes, added, constant_values=1)
        self._common = {token: np.pad(presence, added) for token, presence in self._common.items()}

    def _make_postings(self) -> dict[str, npt.NDArray[np.int32]]:
        """The postings of all tokens, and the sizes of all rows."""
        names = _Names()
        places = array("i")
        counts = array("i")
        for row in self._rows:
            found_by = self._found_by(row)
            counts.append(len(found_by))
            places.extend(map(names.__getitem__, found_by))
        self._sizes[: len(counts)] = np.maximum(counts, 1)
        tokens_in_order = np.frombuffer(places, dtype=np.int32)
        rows_in_order = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        order = np.argsort(tokens_in_order, kind="stable")
        by_token = rows_in_order[order]
        bounds = np.searchsorted(tokens_in_order, np.arange(len(names) + 1), sorter=order).tolist()
        return {token: by_token[start:end] for token, (start, end) in zip(names, pairwise(bounds), strict=True)}

    def _add(self, token: str, number: int) -> None:
        if token in self._common:
            self._common[token][number] = 1
        else:
            before = self._postings.get(token, np.empty(0, dtype=np.int32))
            self._postings[token] = np.append(before, np.int32(number))
            self._make_common_where_it_is(token)

    def _discard(self, token: str, number: int) -> None:
        if token in self._common:
            self._common[token][number] = 0
        else:
            before = self._postings[token]
            self._postings[token] = before[before != number]

    def _make_common_where_it_is(self, token: str) -> None:
        most = max(_FEWEST_COMMON, len(self._rows) // _COMMON_SHARE)
        if len(self._postings[token]) > most and len(self._common) < _MOST_COMMON:
            presence = np.zeros(len(self._sizes), dtype=np.uint8)
            presence[self._postings.pop(token)] = 1
            self._common[token] = presence

    def _shared(self, query: Set[str]) -> Values:
        """How many tokens each row shares with the query, in the smallest type that can count them."""
        shared = np.zeros(len(self._sizes), dtype=np.min_scalar_type(len(query)))
        for token in query:
            if token in self._common:
                shared += self._common[token]
            elif token in self._postings:
                shared[self._postings[token]] += 1
        return shared

    def _reaching_the_floor(self, scores: Values, topk: int) -> Numbers:
        """The rows that share a token and may be among the best."""
        grouped = scores.reshape(-1, self._groups)
        best = grouped.max(axis=0)
        floor = -np.partition(-best, topk - 1)[topk - 1] if topk <= self._groups else best.dtype.type(0)
        chosen = np.flatnonzero((best >= floor) & (best > 0))
        part = grouped[:, chosen]
        turns, columns = np.nonzero((part >= floor) & (part > 0))
        return turns * self._groups + chosen[columns]

    def _unlike(self, shared: Values, count: int) -> tuple[Match, ...]:
        """The first rows that share no token with the query."""
        if count <= 0:
            return ()
        numbers = np.flatnonzero(self._usable & (shared == 0))[:count].tolist()
        return tuple(Match(number, self._rows[number], 0.0, 0.0) for number in numbers)

    @staticmethod
    def _scores(shared: Values, sizes: Values, query_size: int, measure: Measure) -> Values:
        """Containment, which is never below Jaccard, or Jaccard, in the precision of `sizes`."""
        union = sizes if measure == "similarity" else sizes + query_size - shared
        scores: Values = np.divide(shared, union, dtype=sizes.dtype)
        return scores


class _Names(dict[str, int]):
    """A number for each token, in the order in which they are first asked for."""

    def __missing__(self, token: str) -> int:
        self[token] = len(self)
        return self[token]


def _first(keys: tuple[Values, ...], count: int) -> Numbers:
    """The places of the `count` smallest by the first key, equals by the next, in order; the last key has no equals."""
    places = np.arange(len(keys[0]))
    certain: list[Numbers] = []
    for key in keys:
        if len(places) <= count:
            break
        threshold = np.partition(key[places], count - 1)[count - 1]
        certain.append(places[key[places] < threshold])
        places = places[key[places] == threshold]
        count -= len(certain[-1])
    chosen = np.concatenate([*certain, places])
    return chosen[np.lexsort([key[chosen] for key in reversed(keys)])]


def select(rows: Sequence[Row], query: Set[str], topk: int) -> tuple[Match, ...]:
    """The `topk` rows most like the query's tokens, for rows that are asked once; else keep a `RowIndex`."""
    return RowIndex(rows).select(query, topk)

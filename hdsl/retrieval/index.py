"""An inverted index over the rows of an experience table: the rows most like a set of tokens, best first.

A row's score is the weight of the tokens it shares with the query over the square root of its number of tokens, as a
share of what a row of exactly the query's tokens reaches. Such a row comes first whatever the others score.

One pass over the table in arrays; only the few rows that may be among the best are looked at one by one:

1. The weights of the tokens that each row shares with the query are added up: for a common token as a vector over all
   rows, for any other by its postings, the numbers of the rows that have it.
2. The sums over the sizes are the scores. The rows are dealt into groups, and each group's best score is taken. The
   k-th best of these is a floor: k rows reach it, so what is below it is not among the best k.
3. The rows that reach the floor are cut to k by score and number, and only these are put in order.

The result is exact: weights are whole numbers, the floor is lowered by more than float32 rounds, and the cut compares
in float64. A row that changes touches its own tokens alone.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hdsl.ground.row import Row
from hdsl.retrieval.tokens import tokens
from hdsl.retrieval.weights import MOST, weight

Measure = Literal["similarity", "jaccard"]
"""Rare tokens weigh more, and long queries hide no row; or all weigh the same, and shared is divided by all."""

Numbers = npt.NDArray[np.intp]
Values = npt.NDArray[Any]
"""Sums of weights, or scores in either precision."""

EMPTY = Row("", "", "")

_GROUPS = 4_096
"""Many more than anyone asks rows for, and few enough to be sorted out in no time."""

_COMMON_SHARE = 64
"""A token in more than one of so many rows is common: adding a byte for every row is then faster than postings."""

_FEWEST_COMMON = 64
"""Rows; below this postings are as fast."""

_MOST_COMMON = 128
"""Tokens; each common one costs a byte a row."""

_ROUNDING = np.float32(1 - 1e-5)
"""Far more than the relative error of a score in float32."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row that was found: its number in the table, its score, and whether its tokens are those of the query."""

    index: int
    row: Row
    score: float
    same: bool = False


class RowIndex:
    """Rows by the tokens they are found by: those of the query, or of the key where that is empty.

    A row without a value has nothing to answer with and is not found. `analyze` makes the tokens of a row's text; the
    tokens of a query have to be made alike.
    """

    def __init__(
        self, rows: Sequence[Row], analyze: Callable[[str], Set[str]] = tokens, measure: Measure = "similarity"
    ) -> None:
        self._rows = list(rows)
        self._analyze = analyze
        self._measure = measure
        self._found = 0
        self._groups = 1
        self._usable = np.empty(0, dtype=bool)
        self._sizes = np.empty(0, dtype=np.float32)
        self._roots = np.empty(0, dtype=np.float32)
        self._common: dict[str, npt.NDArray[np.uint8]] = {}
        self._common_counts: dict[str, int] = {}
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
        self._roots[number] = sqrt(len(now) or 1)
        self._found += bool(now) - bool(before)
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

    def select(self, query: Set[str], topk: int) -> tuple[Match, ...]:
        """The `topk` best rows (fewer only where there are fewer), equals in the order of the table."""
        if topk <= 0 or not self._rows:
            return ()
        weights = {token: self.weight(token) for token in query if self._count(token)}
        shared = self._shared(weights)
        having_all = self._same(query, weights, shared)
        reaching = self._reaching_the_floor(self._scores(shared, self._sizes, len(query)), topk)
        numbers = np.union1d(reaching, having_all) if len(having_all) else reaching
        score = self._scores(shared[numbers].astype(np.float64), self._sizes[numbers].astype(np.float64), len(query))
        equal = np.isin(numbers, having_all)
        best = _first((~equal, -score, numbers), topk)
        factor = self._factor(query) if self._measure == "similarity" else 1.0
        scored = np.where(equal, 1.0, score * factor)[best]
        found = zip(numbers[best].tolist(), scored.tolist(), equal[best].tolist(), strict=True)
        matches = tuple(Match(number, self._rows[number], score, same) for number, score, same in found)
        return matches + self._unlike(shared, topk - len(matches))

    def sample(self, count: int) -> Iterator[tuple[int, Row, Set[str]]]:
        """About so many of the rows that can be found, evenly spaced: number, row and the tokens it is found by."""
        for number in range(0, len(self._rows), max(1, len(self._rows) // count)):
            found_by = self._found_by(self._rows[number])
            if found_by:
                yield number, self._rows[number], found_by

    def weight(self, token: str) -> int:
        """How much a token says; one that no row has says most."""
        return weight(self._count(token), self._found) if self._measure == "similarity" else 1

    def likeness(self, query: Set[str], other: Set[str]) -> float:
        """The score of a row of these tokens, whether there is one or not."""
        shared = sum(map(self.weight, query & other))
        return shared / sqrt(len(other)) * self._factor(query) if shared else 0.0

    def _factor(self, query: Set[str]) -> float:
        """What makes 1 of the score of a row of exactly the query's tokens."""
        return sqrt(len(query)) / sum(map(self.weight, query)) if query else 1.0

    def _count(self, token: str) -> int:
        """How many rows have a token."""
        return self._common_counts.get(token) or len(self._postings.get(token, ()))

    def _found_by(self, row: Row) -> Set[str]:
        """The tokens a row is found by; none for one that is not found."""
        return (self._analyze(row.query) or self._analyze(row.key)) if row.value else frozenset()

    def _make_room(self, count: int) -> None:
        """Lengthens the vectors to at least so many rows, and to groups of equal size."""
        self._groups = max(1, min(_GROUPS, count))
        added = (0, -(-count // self._groups) * self._groups - len(self._sizes))
        self._usable = np.pad(self._usable, added)
        self._sizes = np.pad(self._sizes, added, constant_values=1)
        self._roots = np.pad(self._roots, added, constant_values=1)
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
        np.sqrt(self._sizes, out=self._roots)
        self._found = int(np.count_nonzero(counts))
        tokens_in_order = np.frombuffer(places, dtype=np.int32)
        rows_in_order = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        order = np.argsort(tokens_in_order, kind="stable")
        by_token = rows_in_order[order]
        bounds = np.searchsorted(tokens_in_order, np.arange(len(names) + 1), sorter=order).tolist()
        return {token: by_token[start:end] for token, (start, end) in zip(names, pairwise(bounds), strict=True)}

    def _add(self, token: str, number: int) -> None:
        if token in self._common:
            self._common[token][number] = MOST
            self._common_counts[token] += 1
        else:
            before = self._postings.get(token, np.empty(0, dtype=np.int32))
            self._postings[token] = np.append(before, np.int32(number))
            self._make_common_where_it_is(token)

    def _discard(self, token: str, number: int) -> None:
        if token in self._common:
            self._common[token][number] = 0
            self._common_counts[token] -= 1
        else:
            before = self._postings[token]
            self._postings[token] = before[before != number]

    def _make_common_where_it_is(self, token: str) -> None:
        most = max(_FEWEST_COMMON, len(self._rows) // _COMMON_SHARE)
        if len(self._postings[token]) > most and len(self._common) < _MOST_COMMON:
            presence = np.zeros(len(self._sizes), dtype=np.uint8)
            self._common_counts[token] = len(self._postings[token])
            presence[self._postings.pop(token)] = MOST
            self._common[token] = presence

    def _shared(self, weights: Mapping[str, int]) -> Values:
        """The weight that each row shares with the query, in a type that holds all of it."""
        shared: Values = np.zeros(len(self._sizes), dtype=np.uint16 if sum(weights.values()) < 1 << 16 else np.uint32)
        common = {token: weight for token, weight in weights.items() if token in self._common}
        if common:
            self._add_common(common, shared)
        for token, of_token in weights.items():
            if token not in common:
                shared[self._postings[token]] += of_token
        return shared

    def _add_common(self, weights: Mapping[str, int], shared: Values) -> None:
        """Adds the weights of common tokens, in bytes as long as these hold the sum: a quarter of the time."""
        part, scratch = np.zeros(len(shared), dtype=np.uint8), np.empty(len(shared), dtype=np.uint8)
        held = 0
        for token, of_token in weights.items():
            if held + of_token > MOST:
                np.add(shared, part, out=shared)
                part.fill(0)
                held = 0
            np.bitwise_and(self._common[token], np.uint8(of_token), out=scratch)
            np.add(part, scratch, out=part)
            held += of_token
        np.add(shared, part, out=shared)

    def _same(self, query: Set[str], weights: Mapping[str, int], shared: Values) -> Numbers:
        """The rows with exactly the tokens of the query, looked for among those with its rarest."""
        if not query or len(weights) < len(query):
            return np.empty(0, dtype=np.intp)
        rarest = min(query, key=self._count)
        having = np.flatnonzero(self._common[rarest]) if rarest in self._common else self._postings[rarest]
        alike = (self._sizes[having] == len(query)) & (shared[having] == sum(weights.values()))
        return np.sort(having[alike]).astype(np.intp)

    def _reaching_the_floor(self, scores: Values, topk: int) -> Numbers:
        """The rows that share a token and may be among the best."""
        grouped = scores.reshape(-1, self._groups)
        best = grouped.max(axis=0)
        floor = -np.partition(-best, topk - 1)[topk - 1] * _ROUNDING if topk <= self._groups else best.dtype.type(0)
        chosen = np.flatnonzero((best >= floor) & (best > 0))
        part = grouped[:, chosen]
        turns, columns = np.nonzero((part >= floor) & (part > 0))
        return turns * self._groups + chosen[columns]

    def _unlike(self, shared: Values, count: int) -> tuple[Match, ...]:
        """The first rows that share no token with the query."""
        if count <= 0:
            return ()
        numbers = np.flatnonzero(self._usable & (shared == 0))[:count].tolist()
        return tuple(Match(number, self._rows[number], 0.0) for number in numbers)

    def _scores(self, shared: Values, sizes: Values, query_size: int) -> Values:
        """The scores by the measure but for a factor that all share, in the precision of `sizes`."""
        if self._measure == "jaccard":
            union = sizes + query_size - shared
        else:
            union = self._roots if sizes is self._sizes else np.sqrt(sizes)
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

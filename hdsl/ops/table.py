"""The rows of an experience in memory, and the indexes over them, kept in step with what any process writes."""

from bisect import insort
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from threading import Lock
from weakref import WeakKeyDictionary

from hdsl.ground.collector import collector_paused
from hdsl.ground.labels import label_of
from hdsl.ground.row import WIDTH, Row
from hdsl.retrieval.calibration import calibrated, with_similarity
from hdsl.retrieval.index import EMPTY, Match, Measure, RowIndex
from hdsl.retrieval.tokens import keywords, tokens
from hdsl.storage.store import Store
from hdsl.structure.fields import values_alone
from hdsl.structure.reading import fits
from hdsl.structure.structures import Choice, Structure

_SETTLED = 1_024
"""What share of the rows may change before the score that is like enough is found anew; in smaller tables none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What keys and values are, where the table has a type."""

    key: Structure | None = None
    value: Structure | None = None

    def read_key(self, text: str) -> str:
        """What a key is found by."""
        return values_alone(text, self.key)

    def read_value(self, text: str) -> str:
        """What a value is found by."""
        return values_alone(text, self.value)

    def fits(self, value: str) -> bool:
        """Whether a value is of its type. One that was learned under another type may be none."""
        match self.value:
            case None:
                return True
            case Choice(has_records=False, texts=labels):
                return label_of(value, labels) is not None
            case _:
                return fits(value, self.value)

    def found(self, row: Row) -> Row:
        """The row as it is indexed: one that does not fit is as if it answered nothing."""
        if self.key is self.value is None:
            return row
        return Row(row.query, self.read_key(row.key), row.value if self.fits(row.value) else "")


class Table:
    """Read whole when first asked; afterwards only the rows that were written are read, and only they indexed anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moment: object = None
        self._rows: list[Row] = []
        self._snapshot: tuple[Row, ...] | None = None
        self._numbers: dict[int, dict[str, list[int]]] = {}
        self._indexes: dict[bool, RowIndex] = {}
        self._enough: float | None = None
        self._changed = 0
        self.columns = Columns()

    def declare(self, columns: Columns) -> None:
        """Says of what type keys and values are."""
        with self._lock:
            if columns != self.columns:
                self.columns, self._enough = columns, None
                self._indexes.clear()

    def rows(self, store: Store) -> tuple[Row, ...]:
        """The rows as they are now, in order; the same tuple while they stay the same."""
        with self._lock:
            self._follow(store)
            if self._snapshot is None:
                self._snapshot = tuple(self._rows)
            return self._snapshot

    def numbers(self, store: Store, column: int, text: str) -> tuple[int, ...]:
        """The numbers of the rows with this text in a column, blanks around it apart, in order."""
        with self._lock:
            self._follow(store)
            if column not in self._numbers:
                found: dict[str, list[int]] = {}
                for number, row in enumerate(self._rows):
                    found.setdefault(_cell(row, column), []).append(number)
                self._numbers[column] = found
            return tuple(self._numbers[column].get(text.strip(), ()))

    def nearest(self, store: Store, texts: tuple[str, ...], topk: int, *, by_lines: bool) -> tuple[Match, ...]:
        """The `topk` rows most like the texts together: by their tokens or, `by_lines`, by Jaccard of their lines.

        Rows found by their tokens say how like the texts they are.
        """
        with self._lock:
            self._follow(store)
            if by_lines not in self._indexes:
                self._indexes[by_lines] = self._index(by_lines=by_lines, keep=not store.redacted)
            index = self._indexes[by_lines]
            query = index.tokens_of(*texts)
            matches = index.select(query, topk)
            if not by_lines and matches:
                matches = with_similarity(index, query, matches, self._like_enough(index))
            return tuple(map(self._as_stored, matches))

    def _as_stored(self, match: Match) -> Match:
        row = self._rows[match.index]
        if row == match.row:
            return match
        return replace(match, row=replace(row, similarity=match.row.similarity))

    def _index(self, *, by_lines: bool, keep: bool) -> RowIndex:
        how: tuple[Callable[[str], Set[str]], Measure] = (keywords, "jaccard") if by_lines else (tokens, "similarity")
        with collector_paused():
            return RowIndex([*map(self.columns.found, self._rows)], *how, keep=keep)

    def _like_enough(self, index: RowIndex) -> float:
        """The score that is like enough, found anew once so many rows have changed that it may be another."""
        if self._enough is None or self._changed > len(self._rows) // _SETTLED:
            self._enough, self._changed = calibrated(index), 0
        return self._enough

    def _follow(self, store: Store) -> None:
        count = prod(store.shape) // WIDTH
        if len(self._rows) != count:
            self._resize(count)
        moment, elements = store.changes(self._moment)
        if elements is None:
            with collector_paused():
                self._replace_all([text or "" for text in store.texts()])
        else:
            for number in {element // WIDTH for element in elements if element < len(self._rows) * WIDTH}:
                cells = [store.read(number * WIDTH + column) or "" for column in range(WIDTH)]
                self._replace(number, _row(cells))
        self._moment = moment

    def _resize(self, count: int) -> None:
        before = len(self._rows)
        for number in range(count, before):
            self._replace(number, EMPTY)
        del self._rows[count:]
        self._rows.extend([EMPTY] * (count - before))
        for numbers in self._numbers.values():
            blank = numbers.setdefault("", [])
            blank[:] = [number for number in blank if number < count] + list(range(before, count))
        self._snapshot = None
        for index in self._indexes.values():
            index.resize(count)

    def _replace_all(self, cells: list[str]) -> None:
        rows = [Row(*row) for row in zip(*(cells[column::WIDTH] for column in range(WIDTH)), strict=False)]
        if self._moment is None and not self._numbers and not self._indexes:
            self._rows, self._snapshot = rows, None
        else:
            for number, row in enumerate(rows):
                self._replace(number, row)

    def _replace(self, number: int, row: Row) -> None:
        before = self._rows[number]
        if row == before:
            return
        self._rows[number] = row
        self._snapshot = None
        self._changed += 1
        for column, numbers in self._numbers.items():
            numbers[_cell(before, column)].remove(number)
            insort(numbers.setdefault(_cell(row, column), []), number)
        for index in self._indexes.values():
            index.replace(number, self.columns.found(row))


def _row(cells: list[str]) -> Row:
    query, key, value = cells
    return Row(query, key, value)


def _cell(row: Row, column: int) -> str:
    return (row.query, row.key, row.value)[column].strip()


def table_of(store: Store) -> Table:
    """The table of a store, which lives as long as the store."""
    tables = _tables()
    if store not in tables:
        tables[store] = Table()
    return tables[store]


@cache
def _tables() -> WeakKeyDictionary[Store, Table]:
    return WeakKeyDictionary()

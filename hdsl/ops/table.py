"""The rows of an experience in memory, and the indexes over them, kept in step with what any process writes."""

from functools import cache
from threading import Lock
from weakref import WeakKeyDictionary

from hdsl.kernel.request import Row
from hdsl.retrieval.index import EMPTY, Match, RowIndex
from hdsl.retrieval.tokens import keywords, tokens
from hdsl.tensor.store import Store

COLUMNS = 3


class Table:
    """Read whole when first asked; afterwards only the rows that were written are read, and only they indexed anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moment: object = None
        self._rows: list[Row] = []
        self._snapshot: tuple[Row, ...] | None = None
        self._indexes: dict[bool, RowIndex] = {}

    def rows(self, store: Store) -> tuple[Row, ...]:
        """The rows as they are now, in order; the same tuple while they stay the same."""
        with self._lock:
            self._follow(store)
            if self._snapshot is None:
                self._snapshot = tuple(self._rows)
            return self._snapshot

    def nearest(self, store: Store, texts: tuple[str, ...], topk: int, *, by_lines: bool) -> tuple[Match, ...]:
        """The `topk` rows most like the texts together: by their tokens or, `by_lines`, by Jaccard of their lines."""
        with self._lock:
            self._follow(store)
            if by_lines not in self._indexes:
                self._indexes[by_lines] = RowIndex(self._rows, keywords if by_lines else tokens)
            index = self._indexes[by_lines]
            return index.select(index.tokens_of(*texts), topk, "jaccard" if by_lines else "similarity")

    def _follow(self, store: Store) -> None:
        if len(self._rows) != store.shape[0]:
            self._resize(store.shape[0])
        moment, elements = store.changes(self._moment)
        if elements is None:
            cells = [text or "" for text in store.texts()]
            for number in range(len(self._rows)):
                self._replace(number, Row(*cells[number * COLUMNS : (number + 1) * COLUMNS]))
        else:
            for number in {element // COLUMNS for element in elements if element < len(self._rows) * COLUMNS}:
                cells = [store.read(number * COLUMNS + column) or "" for column in range(COLUMNS)]
                self._replace(number, Row(*cells))
        self._moment = moment

    def _resize(self, count: int) -> None:
        del self._rows[count:]
        self._rows.extend([EMPTY] * (count - len(self._rows)))
        self._snapshot = None
        for index in self._indexes.values():
            index.resize(count)

    def _replace(self, number: int, row: Row) -> None:
        if row == self._rows[number]:
            return
        self._rows[number] = row
        self._snapshot = None
        for index in self._indexes.values():
            index.replace(number, row)


def table_of(store: Store) -> Table:
    """The table of a store, which lives as long as the store."""
    tables = _tables()
    if store not in tables:
        tables[store] = Table()
    return tables[store]


@cache
def _tables() -> WeakKeyDictionary[Store, Table]:
    return WeakKeyDictionary()

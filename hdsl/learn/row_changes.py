"""Changes of an experience as rows: what its rows are after one, and the change from some rows to others."""

from collections.abc import Sequence
from itertools import zip_longest

from hdsl.learn.records import CellChange, TensorChange

Row = tuple[str, str, str]
Rows = Sequence[Row]

WIDTH = 3


def rows_after(change: TensorChange, rows: Rows) -> list[Row]:
    """The rows of a table with a change made."""
    found = [list(row) for row in rows[: change.rows_after]]
    found += [["", "", ""] for _ in range(change.rows_after - len(found))]
    for cell in change.cells:
        if cell.index < change.rows_after * WIDTH:
            found[cell.index // WIDTH][cell.index % WIDTH] = cell.after or ""
    return [(query, key, value) for query, key, value in found]


def change_between(uid: str, before: Rows, after: Rows) -> TensorChange:
    """The change from some rows to others."""
    old = (text for row in before for text in row)
    new = (text for row in after for text in row)
    cells = tuple(CellChange(index, was, now) for index, (was, now) in enumerate(zip_longest(old, new)) if was != now)
    return TensorChange(uid, len(before), len(after), cells)

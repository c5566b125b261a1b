"""Changes of an experience as rows: what its rows are after one, and the change from some rows to others."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from hdsl.experience.records import CellChange, TensorChange
from hdsl.ground.row import WIDTH

Row = tuple[str, str, str]
Rows = Sequence[Row]


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


def change_without(uid: str, before: Rows, dropped: Mapping[int, int]) -> TensorChange:
    """The change that drops rows. It names each text from the first of them on, so that it shows what they were."""
    after = [row for number, row in enumerate(before) if number not in dropped]
    first = min(dropped) * WIDTH
    old = [text for row in before for text in row]
    new = [text for row in after for text in row]
    pairs = zip_longest(old[first:], new[first:])
    cells = tuple(CellChange(first + offset, was, now) for offset, (was, now) in enumerate(pairs))
    return TensorChange(uid, len(before), len(after), cells)


def renumbering(dropped: Mapping[int, int]) -> Callable[[int], int]:
    """The number of a row after some were dropped; of one that was, that of the row it went into."""
    gone = sorted(dropped)

    def number_after(row: int) -> int:
        stays = dropped.get(row, row)
        return stays - bisect_left(gone, stays)

    return number_after

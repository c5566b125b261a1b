"""The rows of a table's folder as they are at one moment, whatever a process that writes it does meanwhile.

A reader takes no lock. What it reads may be of several moments; but each step is in `pending.json` before it changes a
file, and in the history before it pends no more. So the steps that came into the history while the files were read, and
the one that pends then, are made again on what was read: all that may have changed under the reader is in them.
"""

from collections.abc import Iterable
from pathlib import Path

from hdsl.experience.files import ExperienceError, StoredCells, read_cells, rows_of_cells
from hdsl.experience.history import history_after, history_size, read_pending
from hdsl.experience.records import TensorChange
from hdsl.experience.row_changes import Row
from hdsl.ground.files import OutsideFolderError, inside
from hdsl.ground.row import WIDTH


def rows_in(place: Path) -> list[Row]:
    """The rows of a table's folder, with what pends.

    ExperienceError where they are malformed, HistoryError where what pends is; OSError.
    """
    try:
        inside(place.parent, place.name)
    except OutsideFolderError:
        raise ExperienceError(place, 1, 1, f"this link leads out of {place.parent}") from None
    begun = history_size(place.parent)
    cells = read_cells(place)
    pending = read_pending(place.parent)  # before the history: what is in neither was made before the files were read
    later = history_after(place.parent, begun)
    if pending is not None and all(entry.id != pending.id for entry in later):
        later.append(pending)
    changes = [change for entry in later for change in entry.changes if change.uid == place.name]
    return [(row.query, row.key, row.value) for row in rows_of_cells(place, _made(cells, changes))]


def _made(cells: StoredCells, changes: Iterable[TensorChange]) -> StoredCells:
    count, texts = cells.count, dict(cells.texts)
    for change in changes:
        count = change.rows_after
        for cell in change.cells:
            if cell.after is None:
                texts.pop(cell.index, None)
            elif cell.index < count * WIDTH:
                texts[cell.index] = cell.after
    return StoredCells(count, texts)

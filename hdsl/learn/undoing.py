"""Taking a step of a history back: whether that can be done, and the step that does it; nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hdsl.learn.history import HistoryEntry
from hdsl.learn.records import TensorChange
from hdsl.learn.row_changes import WIDTH, Rows, rows_after


class ExperienceChanged(Exception):  # noqa: N818 - a state
    """What a step was to change has been changed since."""


def later_effects(entries: Sequence[HistoryEntry], entry: HistoryEntry) -> list[HistoryEntry]:
    """The steps after one, newest first, without those that were taken back among them and what did that."""
    number = next(number for number, each in enumerate(entries) if each.id == entry.id)
    later = entries[number + 1 :]
    among = {each.id for each in later}
    gone: set[str] = set()
    found = []
    for each in reversed(later):
        if each.id in gone:
            continue
        if each.undoes in among:
            gone.add(each.undoes)
        else:
            found.append(each)
    return found


def is_taken_back(entries: Sequence[HistoryEntry], entry: HistoryEntry) -> bool:
    """Whether a later step, which stands, took this one back."""
    return any(later.undoes == entry.id for later in later_effects(entries, entry))


def taking_back(
    entry: HistoryEntry, entries: Sequence[HistoryEntry], tables: Mapping[str, Rows], undo_id: str, time: str
) -> HistoryEntry:
    """The step that takes a step back, from the tables as they are now.

    ExperienceChanged where what it did was changed since: by a later step, which it names, or by hand.
    """
    for later in later_effects(entries, entry):
        if later.undoes == entry.id:
            raise ExperienceChanged(f"step {entry.id} was taken back already, by {later.id}")
        touched = _touched(entry, later)
        if touched is not None:
            raise ExperienceChanged(
                f"step {entry.id} cannot be taken back: step {later.id} came after it and {touched}; "
                "take that one back first"
            )
    changes = tuple(_reversed(change, tables.get(change.uid, ()), entry.id) for change in reversed(entry.changes))
    return replace(entry, id=undo_id, time=time, why=f"undo of {entry.id}", changes=changes, undoes=entry.id)


def taking_all_back(
    chosen: Sequence[HistoryEntry],
    entries: Sequence[HistoryEntry],
    tables: Mapping[str, Rows],
    ids: Sequence[str],
    time: str,
) -> list[HistoryEntry]:
    """The steps that take some steps of one history back, newest first. ExperienceChanged as `taking_back`."""
    known, rows = list(entries), dict(tables)
    for entry, undo_id in zip(chosen, ids, strict=True):
        undone = taking_back(entry, known, rows, undo_id, time)
        known.append(undone)
        rows.update((change.uid, rows_after(change, rows.get(change.uid, ()))) for change in undone.changes)
    return known[len(entries) :]


def _touched(entry: HistoryEntry, later: HistoryEntry) -> str | None:
    """What a later step did to what a step did, in words."""
    for table in sorted(entry.tables & {row.uid for row in later.dropped}):
        if any(change.uid == table for change in entry.changes):
            return f"numbered the rows of `{table}` anew"
    for table in sorted(later.tables & {row.uid for row in entry.dropped}):
        return f"changed `{table}`, or counted votes for it, with its rows as this one numbered them"
    for change in entry.changes:
        for other in later.changes:
            if change.uid == other.uid:
                touched = _touched_cells(change, other)
                if touched is not None:
                    return touched
    return None


def _touched_cells(change: TensorChange, later: TensorChange) -> str | None:
    cells = {cell.index for cell in change.cells} & {cell.index for cell in later.cells}
    if cells:
        return f"changed row {min(cells) // WIDTH + 1} of `{change.uid}`"
    if change.rows_before != change.rows_after and later.rows_before != later.rows_after:
        return f"changed how many rows `{change.uid}` has"
    return None


def _reversed(change: TensorChange, rows: Rows, step: str) -> TensorChange:
    """The change that takes one back, in a table that other rows may have been added to since."""
    for cell in change.cells:
        row, column = divmod(cell.index, WIDTH)
        now = rows[row][column] if row < len(rows) else ""
        if now != (cell.after or ""):
            raise ExperienceChanged(
                f"step {step} cannot be taken back: row {row + 1} of `{change.uid}` was edited since, by no step"
            )
    if change.rows_before == change.rows_after:
        return replace(change.reversed(), rows_before=len(rows), rows_after=len(rows))
    if len(rows) != change.rows_after:
        raise ExperienceChanged(
            f"step {step} cannot be taken back: `{change.uid}` has {len(rows)} rows, and had {change.rows_after}; "
            "that was done by no step"
        )
    return change.reversed()

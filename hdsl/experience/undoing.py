"""Taking a step of a history back: whether that can be done, and the step that does it; nothing is written here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hdsl.experience.history import HistoryEntry, ids_of_undos
from hdsl.experience.records import TensorChange, Vote
from hdsl.experience.row_changes import Rows, rows_after
from hdsl.ground.errors import DOES_NOT_CHECK, HdslError
from hdsl.ground.row import WIDTH


class ExperienceChanged(HdslError):  # noqa: N818 - a state
    """What a step was to change has been changed since."""

    exit_code = DOES_NOT_CHECK


def later_effects(entries: Sequence[HistoryEntry], step: str) -> list[HistoryEntry]:
    """The steps after one, oldest first, without those that were taken back among them and what did that."""
    number = next(number for number, each in enumerate(entries) if each.id == step)
    found: dict[str, HistoryEntry] = {}
    for later in entries[number + 1 :]:
        if later.undoes in found:
            del found[later.undoes]
        else:
            found[later.id] = later
    return list(found.values())


def is_taken_back(entries: Sequence[HistoryEntry], entry: HistoryEntry) -> bool:
    """Whether a later step took this one back. That can be once; what makes it again is a step of its own."""
    return any(later.undoes == entry.id for later in entries)


def taking_back(
    entry: HistoryEntry, entries: Sequence[HistoryEntry], tables: Mapping[str, Rows], undo_id: str, time: str
) -> HistoryEntry:
    """The step that takes a step back, from the tables as they are now.

    ExperienceChanged where what it did was changed since: by a later step, which it names, or by hand.
    """
    undone_by = next((later.id for later in entries if later.undoes == entry.id), None)
    if undone_by is not None:
        raise ExperienceChanged(f"step {entry.id} was taken back already, by {undone_by}")
    for later, touched in _what_touched(entry, entries):
        raise ExperienceChanged(
            f"step {entry.id} cannot be taken back: step {later.id} {touched}; take that one back first"
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


def _what_touched(entry: HistoryEntry, entries: Sequence[HistoryEntry]) -> Iterator[tuple[HistoryEntry, str]]:
    """The later steps, newest first, that stand in the way of taking a step back, and what they did, in words."""
    undos = ids_of_undos(entries)
    for later in reversed(later_effects(entries, entry.id)):
        touched = _touched(entry, later, () if later.id in undos else later.all_votes)
        if touched is not None:
            yield later, touched
    if entry.id in undos:
        for later in reversed(later_effects(entries, entry.undoes)):
            touched = None if later.id == entry.id else _touched_votes(entry.all_votes, later)
            if touched is not None:
                yield later, touched


def _touched(entry: HistoryEntry, later: HistoryEntry, counted: Iterable[Vote]) -> str | None:
    """What a later step, with votes that count, did to what a step did."""
    dropped, dropped_later = ({row.uid for row in each.dropped} for each in (entry, later))
    for change in entry.changes:
        if change.uid in dropped_later:
            return f"numbered the rows of `{change.uid}` anew"
    for table in [*(change.uid for change in later.changes), *(vote.uid for vote in counted)]:
        if table in dropped:
            return f"changed `{table}`, or counted votes for it, with its rows as this one numbered them"
    for vote in _votes_beyond(counted, entry.changes):
        return f"counted votes for row {vote.row + 1} of `{vote.uid}`"
    pairs = ((change, other) for change in entry.changes for other in later.changes if change.uid == other.uid)
    return next((touched for pair in pairs if (touched := _touched_cells(*pair)) is not None), None)


def _touched_votes(votes: Iterable[Vote], later: HistoryEntry) -> str | None:
    """What a later step did to rows that votes, which would count again, are for."""
    dropped = {row.uid for row in later.dropped}
    taken = [change.reversed() for change in later.changes]
    for vote in votes:
        if vote.uid in dropped:
            return f"numbered the rows of `{vote.uid}` anew"
    for vote in _votes_beyond(votes, taken):
        return f"took away row {vote.row + 1} of `{vote.uid}`, which there were votes for"
    return None


def _votes_beyond(votes: Iterable[Vote], changes: Iterable[TensorChange]) -> Iterator[Vote]:
    """The votes for rows that are not there before changes."""
    counts = {change.uid: change.rows_before for change in changes if change.rows_before < change.rows_after}
    return (vote for vote in votes if vote.uid in counts and vote.row >= counts[vote.uid])


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

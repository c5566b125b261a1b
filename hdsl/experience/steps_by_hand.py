"""Steps that people make with commands: each whole, in the history, and able to be taken back."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hdsl.experience.folder import ExperienceFolder
from hdsl.experience.history import HistoryEntry
from hdsl.experience.records import DroppedRow, TensorChange, Vote
from hdsl.experience.row_changes import Rows, change_between, change_without
from hdsl.experience.step_names import steps_to_take_back
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.experience.undoing import is_taken_back, taking_all_back


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to become of a table: other rows, or fewer (`dropped`: each by the row that it goes into), and votes.

    `merged`: votes of other people's steps, by the ids of those; rows numbered as they will be.
    """

    rows: Rows
    dropped: Mapping[int, int] = field(default_factory=dict)
    merged: Mapping[str, Sequence[Vote]] = field(default_factory=dict)

    def changes(self, before: Rows) -> bool:
        """Whether anything becomes of a table with these rows."""
        return bool(self.dropped or self.merged) or list(self.rows) != list(before)


Plan = Callable[[ReachedTable, Rows], Planned]


def take_step(tables: Iterable[ReachedTable], why: str, plan: Plan) -> str | None:
    """Makes one step of what is planned for each table, and is its id; None, and nothing on disk, where it is nothing.

    A table that never learned begins with its seed. Raises ExperienceLocked, ExperienceError, HistoryError, OSError
    and what `plan` raises; then nothing has changed.
    """
    wanted = [table for table in tables if _would_change(table, plan)]
    if not wanted:
        return None
    step = f"{_new_run()}/1"
    with ExitStack() as stack:
        folders = _locked(stack, (table.folder for table in wanted))
        before = {table.name: table.rows() for table in wanted}
        planned = {table.name: plan(table, before[table.name]) for table in wanted}
        for path, folder in folders.items():
            inside = [table for table in wanted if table.folder == path]
            entry = _entry(step, why, [(table.stored, before[table.name], planned[table.name]) for table in inside])
            for table in inside:
                folder.create(table.stored, before[table.name])
            folder.take(entry)
    return step


def take_back(folders: Iterable[Path], name: str | None) -> dict[str, str]:
    """Takes back a step, all steps of a run that stand, or the last step that stands; newest first.

    The ids of the steps that did it, by those that were taken back. Raises NoSuchStep, ExperienceChanged (then nothing
    has changed), ExperienceLocked, HistoryError, ExperienceError and OSError.
    """
    run, time = _new_run(), _now()
    with ExitStack() as stack:
        opened = _locked(stack, (path for path in folders if ExperienceFolder(path).history()))
        histories = {path: folder.history() for path, folder in opened.items()}
        chosen = steps_to_take_back(list(histories.values()), name)
        ids = {step: f"{run}/{number}" for number, step in enumerate(chosen, 1)}
        undone = {path: _undone(folder, histories[path], ids, time) for path, folder in opened.items()}
        for path, folder in opened.items():
            for entry in undone[path]:
                folder.take(entry)
    return ids


def _would_change(table: ReachedTable, plan: Plan) -> bool:
    rows = table.rows()
    return plan(table, rows).changes(rows)


def _undone(
    folder: ExperienceFolder, history: Sequence[HistoryEntry], ids: Mapping[str, str], time: str
) -> list[HistoryEntry]:
    """The steps that take back what was chosen, as far as this folder has it and it stands here."""
    entries = {entry.id: entry for entry in history}
    chosen = [entries[step] for step in ids if step in entries and not is_taken_back(history, entries[step])]
    tables = {change.uid: folder.rows(change.uid) or () for entry in chosen for change in entry.changes}
    return taking_all_back(chosen, history, tables, [ids[entry.id] for entry in chosen], time)


def _entry(step: str, why: str, planned: Iterable[tuple[str, Rows, Planned]]) -> HistoryEntry:
    """What is to become of the tables of one folder, by what they are called there."""
    changes: list[TensorChange] = []
    dropped: list[DroppedRow] = []
    merged: dict[str, tuple[Vote, ...]] = {}
    for table, before, plan in planned:
        if plan.dropped:
            changes.append(change_without(table, before, plan.dropped))
            dropped += (DroppedRow(table, row, into) for row, into in sorted(plan.dropped.items()))
        elif list(plan.rows) != list(before):
            changes.append(change_between(table, before, plan.rows))
        for origin, votes in plan.merged.items():
            merged[origin] = (*merged.get(origin, ()), *votes)
    return HistoryEntry(step, _now(), why, tuple(changes), dropped=tuple(dropped), merged=tuple(merged.items()))


def _locked(stack: ExitStack, paths: Iterable[Path]) -> dict[Path, ExperienceFolder]:
    """Folders, each locked once, in an order that is the same for everybody."""
    folders = {path: ExperienceFolder(path) for path in sorted(set(paths))}
    for folder in folders.values():
        stack.enter_context(folder.locked())
    return folders


def _new_run() -> str:
    return f"hand-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

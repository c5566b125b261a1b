"""Another person's experience as it lies on their disk, and what merging a table of it would make of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.experience.files import StoredRow
from hdsl.experience.folder import ExperienceFolder
from hdsl.experience.history import HistoryEntry, standing, votes_by_step, votes_of
from hdsl.experience.merging import Conflict, merged_rows
from hdsl.experience.row_changes import Rows
from hdsl.experience.steps_by_hand import Planned
from hdsl.experience.tables_in_reach import ReachedTable


@dataclass(frozen=True, slots=True)
class OtherTable:
    """A table of theirs. `stored`: what their history calls it."""

    stored: str
    place: Path
    rows: Rows
    history: Sequence[HistoryEntry]


def others_of_folder(folder: Path) -> dict[str, OtherTable]:
    """The tables in a `STEM.experience` folder. ExperienceError, HistoryError and OSError where they cannot be read."""
    experience = ExperienceFolder(folder)
    history = experience.history()
    names = sorted(each.name for each in folder.iterdir() if (each / "shape").is_file() and each.name[0] != ".")
    return {name: OtherTable(name, folder / name, experience.rows(name) or (), history) for name in names}


def others_of_file(tables: Mapping[str, ReachedTable]) -> dict[str, OtherTable]:
    """The tables that a file of theirs reaches."""
    return {
        name: OtherTable(table.stored, table.place, table.rows(), table.history()) for name, table in tables.items()
    }


def plan_of_merge(table: ReachedTable, ours: Rows, other: OtherTable) -> tuple[Planned, tuple[Conflict, ...]]:
    """What becomes of a table of ours. ExperienceError where a row of theirs cannot stand in it."""
    table.checked_rows((StoredRow(*row, line) for line, row in enumerate(other.rows, 1)), other.place)
    history = table.history()
    known = {entry.id for entry in history}
    known.update(step for entry in standing(history) for step, _ in entry.merged)
    merged = merged_rows(
        ours,
        other.rows,
        [vote for vote in votes_of(history, {table.stored: _values(ours)}) if vote.uid == table.stored],
        [
            (step, vote)
            for step, vote in votes_by_step(other.history, {other.stored: _values(other.rows)})
            if vote.uid == other.stored and step not in known
        ],
        table.stored,
    )
    return Planned(merged.rows, merged=merged.votes), merged.conflicts


def _values(rows: Rows) -> list[str]:
    return [value for _, _, value in rows]

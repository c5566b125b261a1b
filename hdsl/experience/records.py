"""What a step did: changes of texts that can be made again and taken back, and the votes they rest on; plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from hdsl.ground.row import WIDTH


@dataclass(frozen=True, slots=True)
class CellChange:
    """A text by its flat index as it was and as it is; None where it is absent."""

    index: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TensorChange:
    """What a step changed in one tensor: the size of its first dimension, and texts."""

    uid: str
    rows_before: int
    rows_after: int
    cells: tuple[CellChange, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether it changes nothing."""
        return not self.cells and self.rows_before == self.rows_after

    def reversed(self) -> "TensorChange":
        """The change that takes this one back."""
        cells = tuple(CellChange(cell.index, cell.after, cell.before) for cell in self.cells)
        return TensorChange(self.uid, self.rows_after, self.rows_before, cells)


@dataclass(frozen=True, slots=True)
class Vote:
    """One example for what a row should answer, whether that is what it answers or not."""

    uid: str
    row: int
    value: str


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A row that a step dropped, and the row that says the same and stays; both numbered as before the step."""

    uid: str
    row: int
    into: int


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change that was asked for and not made: of which element (flat index), to what, and why."""

    uid: str
    index: int
    patch: str
    better: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of an optimizer, a transaction: all of it was made, or nothing."""

    number: int
    changes: tuple[TensorChange, ...] = ()
    votes: tuple[Vote, ...] = ()
    refused: tuple[RefusedChange, ...] = ()


def renamed(record: StepRecord, names: Mapping[str, str]) -> StepRecord:
    """The record with other names of tensors. Changes and votes of those that have none are left out; what was refused
    to texts on the way, which have none either, stays."""
    return StepRecord(
        record.number,
        tuple(replace(change, uid=names[change.uid]) for change in record.changes if change.uid in names),
        tuple(replace(vote, uid=names[vote.uid]) for vote in record.votes if vote.uid in names),
        tuple(replace(refused, uid=names.get(refused.uid, "")) for refused in record.refused),
    )


def changes_as_json(changes: Iterable[TensorChange]) -> list[dict[str, Any]]:
    """Changes as plain data."""
    return [
        {
            "table": change.uid,
            "rows": [change.rows_before, change.rows_after],
            "cells": [[cell.index, cell.before, cell.after] for cell in change.cells],
        }
        for change in changes
    ]


def changes_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[TensorChange, ...]:
    """The changes that `changes_as_json` wrote. ValueError, KeyError or TypeError for what is none."""
    changes = []
    for value in values:
        before, after = value["rows"]
        cells = tuple(CellChange(*cell) for cell in value["cells"])
        is_sound = isinstance(value["table"], str) and is_number(before) and is_number(after)
        if not is_sound or not all(map(_is_cell, cells)):
            raise ValueError("a change has a table, two counts of rows, and cells of a number and two texts")
        _check_counts(before, after, cells)
        changes.append(TensorChange(value["table"], before, after, cells))
    return tuple(changes)


def is_number(value: object) -> bool:
    """Whether it is a whole number from 0, and not true or false."""
    return type(value) is int and value >= 0


def is_storable(text: object) -> bool:
    """Whether it is a text that a file can hold: half a character is none, a byte that is not UTF-8 may be."""
    if not isinstance(text, str):
        return False
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _is_cell(cell: CellChange) -> bool:
    return is_number(cell.index) and all(text is None or is_storable(text) for text in (cell.before, cell.after))


def _check_counts(before: int, after: int, cells: Sequence[CellChange]) -> None:
    """Each row that comes or goes is named by a cell, and no cell is beyond the rows."""
    changed = {cell.index // WIDTH for cell in cells}
    if abs(after - before) > len(changed):
        raise ValueError(f"it changes {before} rows to {after}, and names the texts of {len(changed)}")
    if any(row >= max(before, after) for row in changed):
        raise ValueError(f"it changes row {max(changed) + 1} of {max(before, after)}")


def votes_as_json(votes: Iterable[Vote]) -> list[list[str | int]]:
    """Votes as plain data."""
    return [[vote.uid, vote.row, vote.value] for vote in votes]


def votes_from_json(values: Iterable[Sequence[Any]]) -> tuple[Vote, ...]:
    """The votes that `votes_as_json` wrote. ValueError or TypeError for what is none."""
    votes = tuple(Vote(*value) for value in values)
    for vote in votes:
        if not (isinstance(vote.uid, str) and is_number(vote.row) and isinstance(vote.value, str)):
            raise ValueError("a vote has a table, the number of a row, and a text")
    return votes


def refused_as_json(refused: Iterable[RefusedChange]) -> list[dict[str, Any]]:
    """Refused changes as plain data, for people to read."""
    return [asdict(each) for each in refused]

"""The history of learned experience, `history.jsonl` beside its tables: what each step changed, from what, and why.

A step is first written to `pending.json`, then to the tables, then to the history, and then it pends no more: whoever
comes after a process that was killed between makes it whole, and whoever only reads sees it whole.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from hdsl.learned.records import (
    DroppedRow,
    TensorChange,
    Vote,
    changes_as_json,
    changes_from_json,
    votes_as_json,
    votes_from_json,
)
from hdsl.learned.row_changes import Row, Rows, renumbering, rows_after

HISTORY, PENDING = "history.jsonl", "pending.json"

_BLOCK = 4096


class HistoryError(Exception):
    """A history cannot be read: where and why."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step as it is remembered. Tables are named as their folders are."""

    id: str
    time: str
    """UTC, ISO 8601."""
    why: str
    """Which command, on which data."""
    changes: tuple[TensorChange, ...]
    votes: tuple[Vote, ...] = ()
    undoes: str = ""
    """The id of the step that this one takes back, whose votes it has too: they count no more, or again."""
    dropped: tuple[DroppedRow, ...] = ()
    """Rows that it drops from among others, which are numbered anew. Of their tables it changes nothing else."""
    merged: tuple[tuple[str, tuple[Vote, ...]], ...] = ()
    """Votes of another person's steps, by the ids of those. A step counts once, by whatever ways it came."""

    @property
    def all_votes(self) -> tuple[Vote, ...]:
        """Its own votes and those that were merged."""
        return (*self.votes, *(vote for _, votes in self.merged for vote in votes))

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it changes or has votes for."""
        return frozenset([*(change.uid for change in self.changes), *(vote.uid for vote in self.all_votes)])


def read_history(folder: Path) -> list[HistoryEntry]:
    """All steps, oldest first; nothing where there is no history. A line that was being written is left out.

    HistoryError where another line is malformed, OSError where the file cannot be read.
    """
    path = folder / HISTORY
    try:
        lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return []
    entries = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entries.append(_from_json(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):
                    break  # without a newline behind it, it was never finished
                raise HistoryError(f"{path}:{number}: this is no step of a history: {error}") from None
    return entries


def append_history(folder: Path, entry: HistoryEntry) -> None:
    """Adds a step; a line that a killed process left unfinished is cut off first."""
    path = folder / HISTORY
    line = json.dumps(_as_json(entry), ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
    with path.open("ab+") as file:
        _cut_unfinished(file)
        file.write(line)


def read_pending(folder: Path) -> HistoryEntry | None:
    """The step that a process is writing, or was when it was killed."""
    path = folder / PENDING
    try:
        return _from_json(json.loads(path.read_bytes().decode("utf-8", "surrogateescape")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise HistoryError(f"{path}: this is no step of a history: {error}") from None


def whole_history(folder: Path) -> list[HistoryEntry]:
    """All steps, oldest first, with what pends."""
    entries, pending = read_history(folder), read_pending(folder)
    if pending is not None and (not entries or entries[-1].id != pending.id):
        entries.append(pending)
    return entries


def with_pending(folder: Path, table: str, rows: Rows) -> list[Row]:
    """The rows of a table as they are when what pends is written."""
    pending = read_pending(folder)
    changes = () if pending is None else pending.changes
    found = list(rows)
    for change in changes:
        found = rows_after(change, found) if change.uid == table else found
    return found


def as_bytes(entry: HistoryEntry) -> bytes:
    """What `pending.json` holds."""
    return json.dumps(_as_json(entry), ensure_ascii=False).encode("utf-8", "surrogateescape")


def standing(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """The steps that made something and were not taken back, oldest first. The undo of an undo makes it anew."""
    undone, undoing = {entry.undoes for entry in entries}, ids_of_undos(entries)
    return [entry for entry in entries if entry.id not in undone and entry.id not in undoing]


def ids_of_undos(entries: Sequence[HistoryEntry]) -> set[str]:
    """The steps that took something back; not those that took back such a step, and so made something again."""
    found: set[str] = set()
    for entry in entries:
        if entry.undoes and entry.undoes not in found:
            found.add(entry.id)
    return found


def votes_of(entries: Sequence[HistoryEntry], values: Mapping[str, Sequence[str]]) -> Iterator[Vote]:
    """The votes of the steps that stand, for rows whose value is the one that learning left there.

    `values`: those of each table now, by row. A row that somebody has edited since is judged anew.
    """
    return (vote for _, vote in votes_by_step(entries, values))


def votes_by_step(entries: Sequence[HistoryEntry], values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Vote]]:
    """The votes of `votes_of` with the ids of the steps that they were first cast in."""
    counted: list[tuple[str, Vote]] = []
    left: dict[tuple[str, int], str | None] = {}
    known: set[str] = set()
    for entry in standing(entries):
        renumbered = {row.uid for row in entry.dropped}
        for table in renumbered:
            dropped = {row.row: row.into for row in entry.dropped if row.uid == table}
            counted, left = _renumbered(counted, left, table, dropped)
        for change in entry.changes:
            if change.uid not in renumbered:
                left.update(((change.uid, cell.index // 3), cell.after) for cell in change.cells if cell.index % 3 == 2)
        for step, votes in ((entry.id, entry.votes), *entry.merged):
            if step not in known:
                known.add(step)
                counted += ((step, vote) for vote in votes)
    for step, vote in counted:
        now = values.get(vote.uid, ())
        if vote.row < len(now) and left.get((vote.uid, vote.row), now[vote.row]) == now[vote.row]:
            yield step, vote


def _renumbered(
    counted: Sequence[tuple[str, Vote]],
    left: Mapping[tuple[str, int], str | None],
    table: str,
    dropped: Mapping[int, int],
) -> tuple[list[tuple[str, Vote]], dict[tuple[str, int], str | None]]:
    """Votes, and values that learning left, of rows as they are numbered when some were dropped."""
    number = renumbering(dropped)
    votes = [(step, replace(vote, row=number(vote.row)) if vote.uid == table else vote) for step, vote in counted]
    values = {
        (uid, number(row) if uid == table else row): value
        for (uid, row), value in left.items()
        if uid != table or row not in dropped
    }
    return votes, values


def _cut_unfinished(file: BinaryIO) -> None:
    """Cuts a file at the end of its last whole line; reads no more than it must."""
    end = at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - _BLOCK)
        file.seek(start)
        newline = file.read(at - start).rfind(b"\n")
        if newline >= 0:
            at = start + newline + 1
            break
        at = start
    if at < end:
        file.truncate(at)
    file.seek(0, os.SEEK_END)


def _as_json(entry: HistoryEntry) -> dict[str, Any]:
    value: dict[str, Any] = {
        "id": entry.id,
        "time": entry.time,
        "why": entry.why,
        "undoes": entry.undoes,
        "changes": changes_as_json(entry.changes),
        "votes": votes_as_json(entry.votes),
    }
    if entry.dropped:
        value["dropped"] = [[row.uid, row.row, row.into] for row in entry.dropped]
    if entry.merged:
        value["merged"] = {step: votes_as_json(votes) for step, votes in entry.merged}
    return value


def _from_json(value: Mapping[str, Any]) -> HistoryEntry:
    step, time, why, undoes = (value[name] for name in ("id", "time", "why", "undoes"))
    if not all(isinstance(word, str) for word in (step, time, why, undoes)):
        raise ValueError("its id, time and reason are texts")
    changes, votes = changes_from_json(value["changes"]), votes_from_json(value["votes"])
    dropped = tuple(DroppedRow(*row) for row in value.get("dropped", ()))
    merged = tuple((origin, votes_from_json(each)) for origin, each in dict(value.get("merged", {})).items())
    return HistoryEntry(step, time, why, changes, votes, undoes, dropped, merged)

"""The history of learned experience, `history.jsonl` beside its tables: what each step changed, from what, and why.

A step is first written to `pending.json`, then to the tables, then to the history, and then it pends no more: whoever
comes after a process that was killed between makes it whole, and whoever only reads sees it whole.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hdsl.learn.records import (
    TensorChange,
    Vote,
    changes_as_json,
    changes_from_json,
    votes_as_json,
    votes_from_json,
)
from hdsl.learn.row_changes import Row, Rows, rows_after

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
    """The id of the step that this one takes back, whose votes it takes back too."""


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
    try:
        return _from_json(json.loads((folder / PENDING).read_bytes().decode("utf-8", "surrogateescape")))
    except FileNotFoundError:
        return None


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
    """The steps that were not taken back, oldest first."""
    undone = {entry.undoes for entry in entries if entry.undoes}
    return [entry for entry in entries if not entry.undoes and entry.id not in undone]


def votes_of(entries: Sequence[HistoryEntry], values: Mapping[str, Sequence[str]]) -> Iterator[Vote]:
    """The votes of the steps that stand, for rows whose value is the one that learning left there.

    `values`: those of each table now, by row. A row that somebody has edited since is judged anew.
    """
    left: dict[tuple[str, int], str | None] = {}
    steps = standing(entries)
    for entry in steps:
        for change in entry.changes:
            left.update(((change.uid, cell.index // 3), cell.after) for cell in change.cells if cell.index % 3 == 2)
    for entry in steps:
        for vote in entry.votes:
            now = values.get(vote.uid, ())
            if vote.row < len(now) and left.get((vote.uid, vote.row), now[vote.row]) == now[vote.row]:
                yield vote


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
    return {
        "id": entry.id,
        "time": entry.time,
        "why": entry.why,
        "undoes": entry.undoes,
        "changes": changes_as_json(entry.changes),
        "votes": votes_as_json(entry.votes),
    }


def _from_json(value: Mapping[str, Any]) -> HistoryEntry:
    changes, votes = changes_from_json(value["changes"]), votes_from_json(value["votes"])
    return HistoryEntry(value["id"], value["time"], value["why"], changes, votes, value["undoes"])

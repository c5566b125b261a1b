"""The history of learned experience, `history.jsonl` beside its tables: what each step changed, from what, and why.

A step is first written to `pending.json`, then to the tables, then to the history, and then it pends no more: whoever
comes after a process that was killed between makes it whole, and whoever only reads sees it whole.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hdsl.experience.records import (
    DroppedRow,
    TensorChange,
    Vote,
    changes_as_json,
    changes_from_json,
    is_number,
    votes_as_json,
    votes_from_json,
)
from hdsl.experience.row_changes import renumbering
from hdsl.ground.errors import DOES_NOT_CHECK, HdslError
from hdsl.ground.files import read_regular
from hdsl.ground.json_lines import JsonLinesError, append_line, encode_line, read_json_lines

HISTORY, PENDING = "history.jsonl", "pending.json"


class HistoryError(HdslError):
    """A history cannot be read: where and why."""

    exit_code = DOES_NOT_CHECK


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
        return [_entry(line.value, f"{path}:{line.number}") for line in read_json_lines(path)]
    except JsonLinesError as error:
        raise HistoryError(f"{path}:{error.line}: this is not a step of a history: {error.reason}") from None


def history_size(folder: Path) -> int:
    """How long the history is, in bytes."""
    try:
        return (folder / HISTORY).stat().st_size
    except FileNotFoundError:
        return 0


def history_after(folder: Path, size: int) -> list[HistoryEntry]:
    """The whole steps that were added since the history had this size."""
    path = folder / HISTORY
    if history_size(folder) <= size:
        return []
    added = read_regular(path)[size:]
    lines = added[: added.rfind(b"\n") + 1].split(b"\n")
    return [_entry(_parsed(line, str(path)), str(path)) for line in lines if line.strip()]


def append_history(folder: Path, step: bytes) -> None:
    """Adds a step, as `as_bytes` writes it; a line that a killed process left unfinished is cut off first."""
    append_line(folder / HISTORY, step)


def read_pending(folder: Path) -> HistoryEntry | None:
    """The step that a process is writing, or was when it was killed."""
    path = folder / PENDING
    try:
        content = read_regular(path)
    except FileNotFoundError:
        return None
    return _entry(_parsed(content, str(path)), str(path))


def whole_history(folder: Path) -> list[HistoryEntry]:
    """All steps, oldest first, with what pends."""
    entries, pending = read_history(folder), read_pending(folder)
    if pending is not None and (not entries or entries[-1].id != pending.id):
        entries.append(pending)
    return entries


def as_bytes(entry: HistoryEntry) -> bytes:
    """A step as `pending.json` holds it, and a line of the history."""
    return encode_line(_as_json(entry))


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


def _parsed(content: bytes, place: str) -> Any:
    try:
        return json.loads(content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{place}: this is not a step of a history: {error}") from None


def _entry(value: Any, place: str) -> HistoryEntry:
    try:
        return _from_json(value)
    except KeyError as error:
        raise HistoryError(f"{place}: this is not a step of a history: it has no {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise HistoryError(f"{place}: this is not a step of a history: {error}") from None


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
    if not all(isinstance(row.uid, str) and is_number(row.row) and is_number(row.into) for row in dropped):
        raise ValueError("a dropped row has a table and two numbers of rows")
    merged = tuple((origin, votes_from_json(each)) for origin, each in dict(value.get("merged", {})).items())
    entry = HistoryEntry(step, time, why, changes, votes, undoes, dropped, merged)
    for table in sorted({*entry.tables, *(row.uid for row in dropped)}):
        if not table.isidentifier():
            raise ValueError(f"{table!r} is not the name of a table")
    return entry

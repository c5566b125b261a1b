"""Reviewing a step of a training: a person sees each changed row, and takes it, leaves it, or writes another value."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

from hdsl.learn.queries import rebuilt_query, words_of_its_own
from hdsl.learn.records import CellChange, StepRecord, TensorChange
from hdsl.learn.run_folder import Rows
from hdsl.ops.rows import COLUMNS

Row = tuple[str, str, str]

QUESTION = "take it? y(es) n(o) e(dit the value) q(uit: leave this and all that follows) "


class ReviewEnded(KeyboardInterrupt):
    """The person wants to see no more."""


def ask_about(record: StepRecord, tables: Mapping[str, Rows]) -> StepRecord | None:
    """The step with the rows that were taken; None where none was."""
    changes = []
    for change in record.changes:
        reviewed = _reviewed(change, tables[change.uid], input)
        if not reviewed.is_nothing:
            changes.append(reviewed)
    votes = tuple(vote for vote in record.votes if not any(change.uid == vote.uid for change in record.changes))
    return replace(record, changes=tuple(changes), votes=votes) if changes else None


def _reviewed(change: TensorChange, rows: Rows, ask: Callable[[str], str]) -> TensorChange:
    after = rows_after(change, rows)
    kept: list[Row] = list(rows[: change.rows_after])
    for number, row in enumerate(after):
        before = rows[number] if number < len(rows) else None
        if row != before:
            taken = _asked(change.uid, number, before, row, ask)
            if before is None and taken is not None:
                kept.append(taken)
            elif before is not None:
                kept[number] = taken or before
    return change_between(change.uid, rows, kept)


def rows_after(change: TensorChange, rows: Rows) -> list[Row]:
    """The rows of a table with a change made."""
    found = [list(row) for row in rows[: change.rows_after]]
    found += [["", "", ""] for _ in range(change.rows_after - len(found))]
    for cell in change.cells:
        if cell.index < change.rows_after * COLUMNS:
            found[cell.index // COLUMNS][cell.index % COLUMNS] = cell.after or ""
    return [(query, key, value) for query, key, value in found]


def change_between(uid: str, before: Rows, after: Rows) -> TensorChange:
    """The change from some rows to others."""
    old = [text for row in before for text in row]
    new = [text for row in after for text in row]
    size = max(len(old), len(new))
    pairs = enumerate(zip(old + [None] * (size - len(old)), new + [None] * (size - len(new)), strict=True))
    cells = tuple(CellChange(index, was, now) for index, (was, now) in pairs if was != now)
    return TensorChange(uid, len(before), len(after), cells)


def _asked(table: str, number: int, before: Row | None, after: Row, ask: Callable[[str], str]) -> Row | None:
    print(f"\n{table}, row {number + 1}{' (new)' if before is None else ''}", file=sys.stderr)
    for at, name in enumerate(("query", "key", "value")):
        if before is None or before[at] != after[at]:
            if before is not None:
                print(f"  - {name}: {before[at]!r}", file=sys.stderr)
            print(f"  + {name}: {after[at]!r}", file=sys.stderr)
    while True:
        try:
            answer = ask(QUESTION).strip().lower()
        except EOFError:
            raise ReviewEnded from None
        if answer in ("y", "yes"):
            return after
        if answer in ("n", "no"):
            return None
        if answer in ("q", "quit"):
            raise ReviewEnded
        if answer in ("e", "edit"):
            query, key, value = after
            better = ask("the value: ")
            return rebuilt_query(key, better, words_of_its_own(query, key, value)), key, better

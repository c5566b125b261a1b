"""Reviewing a step of a training: a person sees each changed row, and takes it, leaves it, or writes another value."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from hdsl.cli.output import tell
from hdsl.experience.queries import rebuilt_query, words_of_its_own
from hdsl.experience.records import StepRecord, TensorChange
from hdsl.experience.row_changes import Row, Rows, change_between, rows_after

QUESTION = "take it? y(es), n(o) or e(dit the value): "


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


def _asked(table: str, number: int, before: Row | None, after: Row, ask: Callable[[str], str]) -> Row | None:
    tell(f"\n{table}, row {number + 1}{' (new)' if before is None else ''}")
    for at, name in enumerate(("query", "key", "value")):
        if before is None or before[at] != after[at]:
            if before is not None:
                tell(f"  - {name}: {before[at]!r}")
            tell(f"  + {name}: {after[at]!r}")
    while True:
        answer = ask(QUESTION).strip().lower()
        if answer in ("y", "yes"):
            return after
        if answer in ("n", "no"):
            return None
        if answer in ("e", "edit"):
            query, key, value = after
            better = ask("the value: ")
            return rebuilt_query(key, better, words_of_its_own(query, key, value)), key, better

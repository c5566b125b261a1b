"""What `hdsl experience` shows and does not change: rows, steps, differences."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from hdsl.cli import output
from hdsl.cli.experience_tables import chosen, folders_of, names_in, of, tables_of
from hdsl.experience.differences import (
    Counts,
    counts_of,
    differences_of_rows,
    differences_of_step,
    query_line,
)
from hdsl.experience.history import HistoryEntry, votes_of, whole_history
from hdsl.experience.row_changes import Row
from hdsl.experience.step_names import in_order, run_of, steps_named
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.experience.undoing import is_taken_back
from hdsl.ground.display import marked_line

QUERY_WIDTH, TEXT_WIDTH = 28, 36


@dataclass(frozen=True, slots=True)
class _ShownRow:
    """A row with its number, from 1, and the votes for its answers."""

    number: int
    row: Row
    votes: Counter[str]


@dataclass(frozen=True, slots=True)
class _ShownStep:
    """A step with what it did to each table, by the tables' names."""

    entry: HistoryEntry
    tables: Mapping[str, Counts]
    votes: int
    is_taken_back: bool


def show(options: argparse.Namespace) -> int:
    """Prints the rows of tables."""
    tables = chosen(tables_of(options.file), options.table)
    shown = {table.name: _shown_rows(table, options.find) for table in tables}
    if options.json:
        listed = [
            {
                "name": table.name,
                "learned": table.is_learned,
                "place": _place(table),
                "rows": [_row_as_json(row) for row in shown[table.name]],
            }
            for table in tables
        ]
        output.show(json.dumps({"file": options.file, "tables": listed}, indent=2, ensure_ascii=False))
    else:
        blocks = ("\n".join(_table_lines(table, shown[table.name], options.find)) for table in tables)
        output.show("\n\n".join(blocks))
    return 0


def log(options: argparse.Namespace) -> int:
    """Prints the steps, newest first."""
    steps = list(reversed(_steps(tables_of(options.file))))
    if options.json:
        output.show(json.dumps({"file": options.file, "steps": list(map(_step_as_json, steps))}, indent=2))
    elif not steps:
        output.show(f"{options.file} has learned nothing yet")
    for is_counting, group in groupby([] if options.json else steps, key=_only_counts):
        if is_counting:
            output.show(_counting_line(list(group)))
        else:
            for step in group:
                output.show("\n".join(_step_lines(step)))
    return 0


def diff(options: argparse.Namespace) -> int:
    """Prints what learning changed in the seeds, or what a step or the steps of a run did."""
    tables = tables_of(options.file)
    if options.step is None:
        for table in tables.values():
            lines = list(differences_of_rows(table.seed(), table.rows()))
            if lines:
                output.show("\n".join([f"--- {table.name}, seed", f"+++ {table.name}, learned", *lines]))
        return 0
    histories = {folder: whole_history(folder) for folder in folders_of(tables)}
    for step in steps_named(list(histories.values()), options.step):
        for folder, entries in histories.items():
            for entry in entries:
                if entry.id == step:
                    output.show(f"step {step}: {entry.why}")
                    for line in differences_of_step(entry, names_in(tables, folder)):
                        output.show(line)
    return 0


def _shown_rows(table: ReachedTable, words: str) -> list[_ShownRow]:
    rows = table.rows()
    votes: dict[int, Counter[str]] = {}
    for vote in votes_of(table.history(), {table.stored: [value for _, _, value in rows]}):
        if vote.uid == table.stored:
            votes.setdefault(vote.row, Counter())[vote.value] += 1
    wanted = words.casefold().split()
    return [
        _ShownRow(number + 1, row, votes.get(number, Counter()))
        for number, row in enumerate(rows)
        if all(word in "\n".join(row).casefold() for word in wanted)
    ]


def _place(table: ReachedTable) -> str:
    if table.is_learned:
        return str(table.place)
    seed = table.table
    return str(Path(seed.module).parent / seed.load) if seed.load is not None else seed.module


def _row_as_json(shown: _ShownRow) -> dict[str, Any]:
    query, key, value = shown.row
    return {"row": shown.number, "query": query, "key": key, "value": value, "votes": dict(shown.votes)}


def _table_lines(table: ReachedTable, shown: Sequence[_ShownRow], words: str) -> Iterator[str]:
    matching = f" with {words!r}" if words else ""
    kind = "learned" if table.is_learned else "the seed"
    yield f"{table.name}: {of(len(shown), 'row')}{matching}, {kind}, in {_place(table)}"
    if not shown:
        return
    lines = [("row", "query", "key", "value", "votes" if any(each.votes for each in shown) else "")]
    for each in shown:
        query, key, value = each.row
        lines.append(
            (
                str(each.number),
                marked_line(query_line(query), QUERY_WIDTH),
                marked_line(key, TEXT_WIDTH),
                marked_line(value, TEXT_WIDTH),
                _votes_for(value, each.votes),
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        number, *texts = line
        cells = [number.rjust(widths[0]), *(text.ljust(width) for text, width in zip(texts, widths[1:], strict=True))]
        yield ("  " + "  ".join(cells)).rstrip()


def _votes_for(value: str, votes: Counter[str]) -> str:
    """How many votes a row's value has; where others have some too, of how many."""
    if not votes:
        return ""
    return str(votes[value]) if votes[value] == votes.total() else f"{votes[value]} of {votes.total()}"


def _steps(tables: dict[str, ReachedTable]) -> list[_ShownStep]:
    """All steps, oldest first; what one did in several folders is one step."""
    histories = {folder: whole_history(folder) for folder in folders_of(tables)}
    found: dict[str, _ShownStep] = {}
    for folder, entries in histories.items():
        names = names_in(tables, folder)
        for entry in entries:
            counts = {names.get(table, table): counted for table, counted in counts_of(entry).items()}
            votes = len(entry.all_votes)
            taken = is_taken_back(entries, entry)
            other = found.get(entry.id)
            if other is not None:
                counts, votes, taken = {**other.tables, **counts}, votes + other.votes, taken and other.is_taken_back
            found[entry.id] = _ShownStep(entry, counts, votes, taken)
    return [found[step] for step in in_order(histories.values())]


def _step_as_json(step: _ShownStep) -> dict[str, Any]:
    return {
        "id": step.entry.id,
        "time": step.entry.time,
        "why": step.entry.why,
        "undoes": step.entry.undoes or None,
        "taken_back": step.is_taken_back,
        "votes": step.votes,
        "tables": {name: counts._asdict() for name, counts in step.tables.items()},
    }


def _only_counts(step: _ShownStep) -> bool:
    return not step.tables and not step.entry.undoes and not step.is_taken_back


def _counting_line(steps: Sequence[_ShownStep]) -> str:
    first, last = steps[-1].entry, steps[0].entry
    ids = last.id if first.id == last.id else f"{first.id} … {last.id.removeprefix(run_of(first.id))}"
    votes = sum(step.votes for step in steps)
    return f"{ids}\n  {of(len(steps), 'step')} that changed no row: {of(votes, 'vote')} counted"


def _step_lines(step: _ShownStep) -> Iterator[str]:
    mark = "  (taken back)" if step.is_taken_back else ""
    yield f"{step.entry.id}  {step.entry.time}{mark}"
    yield f"  {step.entry.why}"
    for name, counts in step.tables.items():
        yield f"  {name}: {counts}"
    if not step.tables and not step.entry.undoes:
        yield f"  {of(step.votes, 'vote')} counted"

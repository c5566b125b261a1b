"""Differences between the rows of experiences, as lines for people, and what steps did in figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import NamedTuple

from hdsl.experience.history import HistoryEntry
from hdsl.experience.records import TensorChange
from hdsl.experience.row_changes import Row, Rows
from hdsl.ground.display import safe
from hdsl.ground.row import COLUMNS, WIDTH


class Counts(NamedTuple):
    """How many rows a step added, changed and dropped."""

    added: int = 0
    changed: int = 0
    dropped: int = 0

    def __str__(self) -> str:
        told = [(self.added, "added"), (self.changed, "changed"), (self.dropped, "dropped")]
        return ", ".join(f"{count} row{'s' * (count != 1)} {what}" for count, what in told if count) or "no row changed"


@dataclass(frozen=True, slots=True)
class _PartialRow:
    """A row as far as it is known: some of its texts, before and after."""

    before: dict[str, str]
    after: dict[str, str]


def counts_of(entry: HistoryEntry) -> dict[str, Counts]:
    """What a step did to each of its tables."""
    return {change.uid: _counts(change, entry) for change in entry.changes}


def shown_lines(text: str) -> list[str]:
    """The lines of a text, safe to show; a carriage return is spelled out, as it is a difference."""
    return safe(text.replace("\r", "\\x0d")).split("\n")


def query_line(query: str) -> str:
    """A query, which holds one word a line, on one line."""
    return " ".join(shown_lines(query))


def differences_of_rows(before: Rows, after: Rows) -> Iterator[str]:
    """What made the one table of the other, row by row, as in a unified diff."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            for offset in range(max(end - start, other_end - other_start)):
                old, new = start + offset, other_start + offset
                yield from _row_lines(
                    old if old < end else None,
                    new if new < other_end else None,
                    _named(before[old]) if old < end else {},
                    _named(after[new]) if new < other_end else {},
                )


def differences_of_step(entry: HistoryEntry, names: Mapping[str, str]) -> Iterator[str]:
    """What a step did, as in a unified diff. `names`: of the tables, where they are known by others than the history's.

    Of a row that it changed only the texts that changed are known.
    """
    for change in entry.changes:
        yield f"--- {names.get(change.uid, change.uid)}"
        yield f"+++ {names.get(change.uid, change.uid)}"
        dropped = {row.row for row in entry.dropped if row.uid == change.uid}
        for number, row in _partial_rows(change, dropped):
            yield from _row_lines(number if row.before else None, number if row.after else None, row.before, row.after)


def _counts(change: TensorChange, entry: HistoryEntry) -> Counts:
    more = change.rows_after - change.rows_before
    if any(row.uid == change.uid for row in entry.dropped):
        return Counts(max(more, 0), 0, max(-more, 0))
    common = min(change.rows_before, change.rows_after)
    changed = {cell.index // WIDTH for cell in change.cells if cell.index < common * WIDTH}
    return Counts(max(more, 0), len(changed), max(-more, 0))


def _partial_rows(change: TensorChange, dropped: set[int]) -> Iterator[tuple[int, _PartialRow]]:
    """The rows that a change touched. Where rows were dropped from among others (or put back), only those."""
    rows: dict[int, _PartialRow] = {}
    is_dropping = change.rows_after < change.rows_before
    for cell in change.cells:
        number, column = divmod(cell.index, WIDTH)
        if dropped and number not in dropped:
            continue
        row = rows.setdefault(number, _PartialRow({}, {}))
        if number < change.rows_before and not (dropped and not is_dropping):
            row.before[COLUMNS[column]] = cell.before or ""
        if number < change.rows_after and not (dropped and is_dropping):
            row.after[COLUMNS[column]] = cell.after or ""
    yield from sorted(rows.items())


def _row_lines(old: int | None, new: int | None, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    numbers = dict.fromkeys(number + 1 for number in (old, new) if number is not None)
    kind = ", new" if old is None else ", dropped" if new is None else ""
    yield f"@@ row {', now '.join(map(str, numbers))}{kind} @@"
    lines = unified_diff(_lines(before), _lines(after), n=len(_lines(before)), lineterm="")
    yield from list(lines)[3:]


def _lines(texts: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for name, text in texts.items():
        first, *rest = [query_line(text)] if name == "query" else shown_lines(text)
        lines += [f"{name}: {first}", *(f"{' ' * len(name)}  {line}" for line in rest)]
    return lines


def _named(row: Row) -> dict[str, str]:
    return dict(zip(COLUMNS, row, strict=True))

"""The rows of a project's tables as they are offered to a pool, with where they came from and what they did."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.experience.history import HistoryEntry, standing, votes_of
from hdsl.experience.row_changes import Rows, renumbering
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.pool.pool import Pool
from hdsl.pool.rows import UNSTATED, Evidence, PooledRow, Report, identity, row_id
from hdsl.pool.segments import Reports
from hdsl.pool.segments import Rows as PublishedRows

PULLED = "pull from pool "
"""What the history says of a step that pulled, before the pool's id."""
_NO_NAME = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a project has for a pool: rows of its own, and what rows that it pulled did for it."""

    rows: tuple[PooledRow, ...]
    reports: tuple[Report, ...]


def pooled_name(table: ReachedTable) -> str:
    """What a pool calls a table: the file that declares it without its suffix, and its own name."""
    module = table.table.module
    stem = module if module.startswith("std.") else Path(module).stem
    return ".".join(_NO_NAME.sub("-", part).strip("-") or "_" for part in [*stem.split("."), table.table.name])


def offer_of(tables: Iterable[ReachedTable], harness: str, licence: str = UNSTATED) -> Offer:
    """All that tables have. What was pulled is not a row of theirs: it is reported on, if there are votes for it."""
    rows: list[PooledRow] = []
    reports: list[Report] = []
    name = _NO_NAME.sub("-", harness).strip("-") or "_"
    for table in tables:
        now = table.rows()
        history = table.history()
        origins = _origins(history, table.stored, len(now))
        evidence = _evidence(history, table.stored, now, name)
        for number, (query, key, value) in enumerate(now):
            origin = origins.get(number)
            row = PooledRow(pooled_name(table), query, key, value, "", licence, evidence[number])
            if origin is None:
                rows.append(_from(row, f"{name}: seed"))
            elif not origin.why.startswith(PULLED):
                rows.append(_from(row, f"{name}: step {_NO_NAME.sub('-', origin.id)}"))
            elif row.evidence.helped or row.evidence.hurt:
                reports.append(Report(row_id(row), row.evidence))
    return Offer(tuple(rows), tuple(reports))


def new_to(pool: Pool, offer: Offer, writer: str) -> Offer:
    """What of an offer its writer has not published yet."""
    published, told = set(), set()
    for segment in pool.contents([writer]).segments:
        if segment.writer == writer:
            match segment.content:
                case PublishedRows(there):
                    published |= set(map(identity, there))
                case Reports(reports):
                    told |= {(report.row, report.evidence) for report in reports}
    rows: dict[object, PooledRow] = {}
    for row in offer.rows:
        if identity(row) not in published:
            rows.setdefault(identity(row), row)
    return Offer(tuple(rows.values()), tuple(each for each in offer.reports if (each.row, each.evidence) not in told))


def _from(row: PooledRow, source: str) -> PooledRow:
    return PooledRow(row.table, row.query, row.key, row.value, source, row.licence, row.evidence)


def _origins(history: Sequence[HistoryEntry], table: str, count: int) -> Mapping[int, HistoryEntry]:
    """The last step that stands and wrote each row; rows of the seed have none."""
    found: dict[int, HistoryEntry] = {}
    for entry in standing(history):
        dropped = {row.row: row.into for row in entry.dropped if row.uid == table}
        if dropped:
            number = renumbering(dropped)
            found = {number(row): origin for row, origin in found.items() if row not in dropped}
            continue
        for change in entry.changes:
            if change.uid == table:
                found.update((cell.index // 3, entry) for cell in change.cells)
    return {row: entry for row, entry in found.items() if row < count}


def _evidence(history: Sequence[HistoryEntry], table: str, rows: Rows, harness: str) -> list[Evidence]:
    values = [value for _, _, value in rows]
    helped: Counter[int] = Counter()
    hurt: Counter[int] = Counter()
    for vote in votes_of(history, {table: values}):
        if vote.uid == table:
            (helped if vote.value == values[vote.row] else hurt)[vote.row] += 1
    return [Evidence(harness, helped[number], hurt[number]) for number in range(len(rows))]

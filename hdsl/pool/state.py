"""What a pool says: its rows, duplicates joined, with who published them and what others report of them.

A state is a function of the set of segments and of whose count. The order and number of copies in which segments came
make no difference, and a key that does not count leaves nothing behind.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from hdsl.ground.collector import collector_paused
from hdsl.pool.canonical import canonical
from hdsl.pool.rows import PooledRow, Report, identity, row_id
from hdsl.pool.segments import Reports, Rows, Segment
from hdsl.pool.trust import EVERYONE_ADMITTED, Root, Trust, persons


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row of a state: everybody's copies of it, and the reports of those who did not publish it."""

    copies: tuple[PooledRow, ...]
    """The same row as each published it, in canonical order; never empty."""
    reports: tuple[Report, ...]
    publishers: tuple[str, ...]
    """The persons who published it, sorted."""
    confirmed: tuple[str, ...]
    """The other persons for whom it helped more often than it hurt, by their reports."""
    disputed: tuple[str, ...]
    """The other persons for whom it hurt more often than it helped."""

    @property
    def table(self) -> str:
        """Its table."""
        return self.copies[0].table

    @property
    def query(self) -> str:
        """The words it is found by."""
        return self.copies[0].query

    @property
    def key(self) -> str:
        """What it answers."""
        return self.copies[0].key

    @property
    def value(self) -> str:
        """Its answer."""
        return self.copies[0].value

    @property
    def id(self) -> str:
        """What reports call it."""
        return row_id(self.copies[0])

    @property
    def support(self) -> int:
        """How many persons stand for it, less those who dispute it. A person counts once, whatever keys they have."""
        return len(self.publishers) + len(self.confirmed) - len(self.disputed)


@dataclass(frozen=True)
class State:
    """The rows of a pool in canonical order, and whose they are."""

    rows: tuple[JoinedRow, ...]
    persons: Mapping[str, str]
    """The keys that count, and who holds each."""

    @cached_property
    def hash(self) -> str:
        """The hash of everything it says of rows; equal states have equal hashes, everywhere."""
        digest = sha256()
        for row in self.rows:
            digest.update(_as_bytes(row, self.persons))
        return digest.hexdigest()

    def to_bytes(self) -> bytes:
        """Its canonical form: one row a line."""
        return b"".join(_as_bytes(row, self.persons) for row in self.rows)

    def of_table(self, table: str) -> tuple[JoinedRow, ...]:
        """The rows of one table."""
        return tuple(row for row in self.rows if row.table == table)


def state_of(segments: Iterable[Segment], root: Root, trust: Trust = EVERYONE_ADMITTED) -> State:
    """The state of a set of segments."""
    distinct = {segment.name: segment for segment in segments}
    counted = persons(distinct.values(), root, trust)
    with collector_paused():
        rows: list[PooledRow] = []
        reports: list[Report] = []
        for segment in distinct.values():
            if segment.writer in counted:
                match segment.content:
                    case Rows(published):
                        rows += published
                    case Reports(told):
                        reports += told
        return State(tuple(joined(rows, reports, counted)), counted)


def joined(rows: Iterable[PooledRow], reports: Iterable[Report], counted: Mapping[str, str]) -> list[JoinedRow]:
    """Rows with their duplicates joined, in canonical order."""
    told: dict[str, set[Report]] = defaultdict(set)
    for report in reports:
        told[report.row].add(report)
    found = [_joined(group, told, counted) for group in _groups(rows)]
    found.sort(key=_order)
    return found


def _groups(rows: Iterable[PooledRow]) -> Iterator[list[PooledRow]]:
    """The rows that say the same, by `identity`. Queries are taken apart only where all else is equal."""
    alike: dict[Hashable, list[PooledRow]] = {}
    for row in rows:
        known = alike.setdefault((row.value, row.key.strip(), row.table), [])
        known.append(row)
    for group in alike.values():
        if len(group) == 1 or all(row.query == group[0].query for row in group):
            yield group
        else:
            by_words: dict[Hashable, list[PooledRow]] = {}
            for row in group:
                by_words.setdefault(identity(row), []).append(row)
            yield from by_words.values()


def _joined(group: list[PooledRow], told: Mapping[str, set[Report]], counted: Mapping[str, str]) -> JoinedRow:
    if len(group) > 1:
        group.sort(key=_order_of_copy)
        group = [row for number, row in enumerate(group) if not number or row != group[number - 1]]
        publishers = tuple(sorted({counted[row.writer] for row in group}))
    else:
        publishers = (counted[group[0].writer],)
    if not told:
        return JoinedRow(tuple(group), (), publishers, (), ())
    reports = tuple(sorted(told.get(row_id(group[0]), ()), key=_order_of_report))
    others: dict[str, int] = defaultdict(int)
    for report in reports:
        person = counted[report.writer]
        if person not in publishers:  # who publishes a row says nothing of worth about it
            others[person] += _sign(report.evidence.helped - report.evidence.hurt)
    confirmed = tuple(sorted(person for person, balance in others.items() if balance > 0))
    disputed = tuple(sorted(person for person, balance in others.items() if balance < 0))
    return JoinedRow(tuple(group), reports, publishers, confirmed, disputed)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _order(row: JoinedRow) -> tuple[str, ...]:
    first = row.copies[0]
    return first.key, first.value, first.table, first.query


def _order_of_copy(row: PooledRow) -> tuple[Any, ...]:
    evidence = row.evidence
    texts = (row.writer, row.query, row.key, row.source, row.licence, evidence.harness)
    return *texts, evidence.helped, evidence.hurt


def _order_of_report(report: Report) -> tuple[Any, ...]:
    evidence = report.evidence
    return report.writer, evidence.harness, evidence.helped, evidence.hurt


def _as_bytes(row: JoinedRow, counted: Mapping[str, str]) -> bytes:
    copies = [
        [each.query, each.key, each.source, each.licence, _evidence(each), each.writer, counted[each.writer]]
        for each in row.copies
    ]
    reports = [[_evidence(each), each.writer, counted[each.writer]] for each in row.reports]
    return canonical([row.table, row.value, copies, reports]) + b"\n"


def _evidence(each: PooledRow | Report) -> list[str | int]:
    return [each.evidence.harness, each.evidence.helped, each.evidence.hurt]

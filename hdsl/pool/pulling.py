"""What of a pool goes into a project's tables: rows that fit, that may be typed, and that are not outvoted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hdsl.experience.files import ExperienceError, StoredRow
from hdsl.experience.history import votes_of
from hdsl.experience.merging import Conflict, merged_rows
from hdsl.experience.row_changes import Row, Rows
from hdsl.experience.steps_by_hand import Planned, take_step
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.policy.decision import Rules
from hdsl.pool.offering import PULLED, pooled_name
from hdsl.pool.screening import denial
from hdsl.pool.state import JoinedRow, State


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of a pool that does not go into a table, and why."""

    row: JoinedRow
    reason: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows of a pool for one table."""

    rows: tuple[JoinedRow, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did. `step`: the step of the history, None where it changed nothing."""

    step: str | None
    added: Mapping[str, int]
    """Rows added, by the tables' names."""
    left_out: Mapping[str, tuple[LeftOut, ...]]
    conflicts: Mapping[str, tuple[Conflict, ...]]
    """Where a row of the table answers the same with another value: it stays."""


def fitting_rows(state: State, table: ReachedTable, rules: Rules, agree: int = 1) -> Chosen:
    """The rows of a state that may stand in a table, also where several answer the same question with other values."""
    left_out: list[LeftOut] = []
    fitting: list[JoinedRow] = []
    why_denied = denial(rules)
    for row in state.of_table(pooled_name(table)):
        reason = _unfit(row, table, why_denied, agree)
        if reason is None:
            fitting.append(row)
        else:
            left_out.append(LeftOut(row, reason))
    return Chosen(tuple(fitting), tuple(left_out))


def chosen_rows(state: State, table: ReachedTable, rules: Rules, agree: int = 1) -> Chosen:
    """The rows of a state for a table: of those that answer the same, the value that most persons stand for.

    Left out are rows that fewer persons than `agree` stand for, rows of equally many for different values, rows that
    the table's type does not have, and rows that the policy would deny to type.
    """
    fitting = fitting_rows(state, table, rules, agree)
    left_out = list(fitting.left_out)
    chosen: list[JoinedRow] = []
    for rivals in _by_question(fitting.rows).values():
        best = max(row.support for row in rivals)
        first = [row for row in rivals if row.support == best]
        if len({row.value for row in first}) > 1:
            left_out += (LeftOut(row, f"{best} of {len(first)} values for it have as many persons") for row in first)
        else:
            chosen += first
        left_out += (LeftOut(row, "more persons stand for another value") for row in rivals if row.support < best)
    return Chosen(tuple(chosen), tuple(left_out))


def pull_into(
    tables: Iterable[ReachedTable], chosen: Mapping[str, Sequence[JoinedRow]], pool: str, state: str
) -> Pulled:
    """Adds rows to tables, by the tables' names, as one step that can be undone. Rows of ours are not changed.

    `pool`: its id; `state`: the hash of the state that the rows are of.
    """
    plan = _Plan(chosen)
    wanted = [table for table in tables if chosen.get(table.name)]
    step = take_step(wanted, f"{PULLED}{pool[:12]} at {state}", plan)
    return Pulled(step, plan.added if step is not None else {}, {}, plan.conflicts)


@dataclass
class _Plan:
    """What becomes of each table. It is asked twice, before and under the lock, for rows that are mostly the same."""

    chosen: Mapping[str, Sequence[JoinedRow]]
    added: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, tuple[Conflict, ...]] = field(default_factory=dict)
    _before: dict[str, Rows] = field(default_factory=dict)
    _planned: dict[str, Planned] = field(default_factory=dict)

    def __call__(self, table: ReachedTable, rows: Rows) -> Planned:
        if self._before.get(table.name) != rows:
            self._before[table.name] = rows
            self._planned[table.name] = self._made(table, rows)
        return self._planned[table.name]

    def _made(self, table: ReachedTable, rows: Rows) -> Planned:
        answered = {key.strip() for _, key, _ in rows}
        theirs: list[Row] = []
        new: list[Row] = []
        for row in self.chosen[table.name]:  # rows that answer the same have the same key; the others need no comparing
            (theirs if row.key.strip() in answered else new).append((row.query, row.key, row.value))
        values = {table.stored: [value for _, _, value in rows]}
        ours = [vote for vote in votes_of(table.history(), values) if vote.uid == table.stored]
        merged = merged_rows(rows, theirs, ours, (), table.stored)
        kept = [*rows, *merged.rows[len(rows) :], *new]
        self.added[table.name] = len(kept) - len(rows)
        self.conflicts[table.name] = merged.conflicts
        return Planned(kept)


def _by_question(rows: Iterable[JoinedRow]) -> Mapping[object, list[JoinedRow]]:
    found: dict[object, list[JoinedRow]] = defaultdict(list)
    for row in rows:
        found[frozenset(row.query.split()), row.key.strip()].append(row)
    return found


def _unfit(row: JoinedRow, table: ReachedTable, why_denied: Callable[[str], str | None], agree: int) -> str | None:
    if row.support < agree:
        return f"{row.support} of the {agree} persons that you ask for stand for it"
    try:
        table.checked_rows([StoredRow(row.query, row.key, row.value, 1)], table.place)
    except ExperienceError as error:
        return error.message
    return why_denied(row.value)

"""Evidence that counts: rows of a pool that make a harness better on the puller's own validation data.

1. Each person's rows are tried together. Who makes validation better has a voice in what follows.
2. Each row is replayed (`replay.py`). Those that others confirm enter person by person, the most useful first. Of the
   others each must earn its place alone, or with the few that it needs.
3. Whatever enters must make the mean loss of the validation examples smaller, else it goes again; rows that others
   confirm must not make it larger. If it is no smaller in the end, nothing was worth taking.

What a row says of itself counts nowhere.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hdsl.experience.merging import merged_rows
from hdsl.experience.row_changes import Rows
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.learn.proving import Losses, mean
from hdsl.pool.replay import Verdict, verdicts
from hdsl.pool.rows import Evidence, Report
from hdsl.pool.state import JoinedRow

MOST_TRIALS = 100
"""Trials of rows that nobody confirms; each runs all validation examples."""
ALONE = "alone"
"""How one row was tried that nobody confirms."""
_ROUNDS = 3
"""How often the rows that did not earn a place are tried again beside those that did."""
_TOGETHER = 8
"""Rows that may be needed together, such as what to do and how."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows that were tried together: whose, how many, the mean losses before and with them, and whether they stay."""

    person: str
    what: str
    rows: int
    before: float
    after: float
    is_kept: bool


Watch = Callable[[Judged], None]


class Prover(Protocol):
    """Who knows what rows do on the validation examples: `hdsl.learn.proving.Proving` of a harness."""

    losses: Losses
    """Those of the examples with the rows that were kept."""

    def trial(self, rows: Mapping[str, Rows]) -> Losses:
        """The losses with some more rows, by the tables' keys."""
        ...

    def keep(self, rows: Mapping[str, Rows], losses: Losses) -> None:
        """Adds rows for what is tried from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Proven:
    """What came of it. Rows by the tables' names."""

    rows: Mapping[str, tuple[JoinedRow, ...]]
    left_out: Mapping[str, Mapping[str, int]]
    """By table: how many rows were left out, by the reason."""
    before: float
    after: float
    reports: tuple[Report, ...]
    """What rows that were tried alone did on the validation examples."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    table: str
    row: JoinedRow


@dataclass
class _Judge:
    proving: Prover
    keys: Mapping[str, str]
    watch: Watch
    harness: str
    most: int
    kept: list[_Candidate] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    trials: int = 0

    def losses(self, batch: Sequence[_Candidate]) -> Losses:
        return self.proving.trial(self._by_table(batch))

    def enter(self, person: str, what: str, batch: Sequence[_Candidate], *, is_confirmed: bool = False) -> bool:
        """Tries rows, and keeps them if validation gets better; those that others confirm, if it gets no worse."""
        return self._judge(person, what, batch, self.losses(batch), is_confirmed=is_confirmed)

    def _judge(
        self, person: str, what: str, batch: Sequence[_Candidate], after: Losses, *, is_confirmed: bool = False
    ) -> bool:
        before = self.proving.losses
        is_kept = mean(after) < mean(before) or (is_confirmed and mean(after) == mean(before))
        self.watch(Judged(person, what, len(batch), mean(before), mean(after), is_kept))
        if len(batch) == 1:
            self._report(batch[0], before, after)
        if is_kept:
            self.keep(batch, after)
        return is_kept

    def keep(self, batch: Sequence[_Candidate], losses: Losses) -> None:
        self.proving.keep(self._by_table(batch), losses)
        self.kept += batch

    def earn(self, person: str, batch: Sequence[_Candidate]) -> bool:
        """Keeps of rows that nobody confirms those that make validation better: alone, or the few that need each other.

        Of many rows a half is looked into only if all together make it better.
        """
        if len(batch) > _TOGETHER:
            if self._gain(batch) is None:
                return False
            half = len(batch) // 2
            found = [self.earn(person, part) for part in (batch[:half], batch[half:])]
            return any(found)
        alone = [
            not self._is_answered(each) and self._is_left() and self.enter(person, ALONE, [each]) for each in batch
        ]
        if any(alone):
            return True
        losses = self._gain(batch) if len(batch) > 1 else None
        needed = None if losses is None else self._needed(batch, losses)
        return needed is not None and self._judge(person, "each needed", *needed)

    def _gain(self, batch: Sequence[_Candidate]) -> Losses | None:
        """The losses with some rows if they make validation better; None if not, or if no trial is left."""
        losses = self.losses(batch) if self._is_left() else None
        return losses if losses is not None and mean(losses) < mean(self.proving.losses) else None

    def _is_answered(self, one: _Candidate) -> bool:
        """Whether a row that was kept answers the same question."""
        return (one.table, one.row.query, one.row.key) in {
            (each.table, each.row.query, each.row.key) for each in self.kept
        }

    def _is_left(self) -> bool:
        """Whether one more trial may be made; it counts."""
        self.trials += 1
        return self.trials <= self.most

    def _needed(self, batch: Sequence[_Candidate], losses: Losses) -> tuple[Sequence[_Candidate], Losses] | None:
        """Rows without those that change nothing by going, and the losses with them; `losses`: those with all.

        None if too few trials are left to tell: who is not needed must not enter beside who is.
        """
        best = mean(losses)
        for each in list(batch):
            fewer = [other for other in batch if other is not each]
            if not fewer:
                break
            if not self._is_left():
                return None
            without = self.losses(fewer)
            if mean(without) <= best:
                batch, losses = fewer, without
        return batch, losses

    def _report(self, one: _Candidate, before: Losses, after: Losses) -> None:
        helped = sum(now < was for was, now in zip(before, after, strict=True))
        hurt = sum(now > was for was, now in zip(before, after, strict=True))
        if helped or hurt:
            self.reports[one.row.id] = Report(one.row.id, Evidence(self.harness, helped, hurt))

    def _by_table(self, batch: Iterable[_Candidate]) -> Mapping[str, Rows]:
        rows: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for each in batch:
            rows[self.keys[each.table]].append(_texts(each.row))
        return rows


def proven(
    proving: Prover,
    tables: Mapping[str, ReachedTable],
    chosen: Mapping[str, Sequence[JoinedRow]],
    harness: str,
    watch: Watch,
    most_trials: int = MOST_TRIALS,
) -> Proven:
    """Judges rows (`chosen`, by the names of tables). `tables`: by their keys in the harness's program."""
    left_out: dict[str, dict[str, int]] = {name: defaultdict(int) for name in chosen}
    names = {table.name: key for key, table in tables.items()}
    candidates: dict[str, list[JoinedRow]] = {}
    for name, rows in chosen.items():
        if name not in names:
            left_out[name]["the harness does not use this table"] += len(rows)
            continue
        candidates[name] = _new(tables[names[name]], rows)
        left_out[name]["a row of yours answers the same"] += len(rows) - len(candidates[name])
    judge = _Judge(proving, names, watch, harness, most_trials)
    before = mean(proving.losses)
    by_person: dict[str, list[_Candidate]] = defaultdict(list)
    for name, rows in candidates.items():
        for row in rows:
            for person in row.publishers:
                by_person[person].append(_Candidate(name, row))
    gains = {person: before - mean(judge.losses(rows)) for person, rows in by_person.items()}
    for person in by_person:
        watch(Judged(person, "all", len(by_person[person]), before, before - gains[person], False))
    said = _replayed(tables, names, candidates, {person for person, gain in gains.items() if gain > 0})
    order = sorted(by_person, key=lambda person: (-gains[person], person))
    _enter_confirmed(judge, order, by_person, said)
    rounds = 0
    while rounds < _ROUNDS and _earned(judge, order, by_person, said):
        rounds += 1
    is_better = mean(proving.losses) < before
    kept = {(each.table, each.row.id) for each in judge.kept if is_better}
    for name, rows in candidates.items():
        for row in rows:
            if (name, row.id) not in kept:
                left_out[name][_why_not(said[row.id])] += 1
    return Proven(
        {name: tuple(row for row in rows if (name, row.id) in kept) for name, rows in candidates.items()},
        {name: {reason: count for reason, count in reasons.items() if count} for name, reasons in left_out.items()},
        before,
        mean(proving.losses) if is_better else before,
        tuple(judge.reports.values()),
    )


def _enter_confirmed(
    judge: _Judge,
    order: Sequence[str],
    by_person: Mapping[str, Sequence[_Candidate]],
    said: Mapping[str, Verdict],
) -> None:
    """Rows that others confirm, person by person; what made it worse is tried once more, together."""
    seen: set[str] = set()
    rest: list[_Candidate] = []
    for person in order:
        batch = _of(by_person[person], said, (Verdict.CONFIRMED,), seen)
        if batch and not judge.enter(person, "confirmed", batch, is_confirmed=True):
            rest += batch
    if rest:
        judge.enter(", ".join(order), "confirmed, together", rest)


def _earned(
    judge: _Judge,
    order: Sequence[str],
    by_person: Mapping[str, Sequence[_Candidate]],
    said: Mapping[str, Verdict],
) -> bool:
    """Lets rows that nobody confirms earn their place; whether any did, which may let others that did not before."""
    seen = {each.row.id for each in judge.kept}
    batches = [_of(by_person[person], said, (Verdict.UNKNOWN, Verdict.CONTRADICTED), seen) for person in order]
    earned = [judge.earn(person, batch) for person, batch in zip(order, batches, strict=True)]
    return any(earned)


def _of(
    rows: Sequence[_Candidate], said: Mapping[str, Verdict], wanted: Sequence[Verdict], seen: set[str]
) -> list[_Candidate]:
    """Rows with one of some verdicts that were not seen before; they are now."""
    found = [each for each in rows if said[each.row.id] in wanted and each.row.id not in seen]
    seen |= {each.row.id for each in found}
    return found


def _replayed(
    tables: Mapping[str, ReachedTable],
    names: Mapping[str, str],
    candidates: Mapping[str, Sequence[JoinedRow]],
    voices: set[str],
) -> Mapping[str, Verdict]:
    said: dict[str, Verdict] = {}
    for name, rows in candidates.items():
        table = tables[names[name]]
        values = table.table.type.value
        speaking = [row for row in rows if voices.intersection(row.publishers)]
        are_labels = values.labels is not None and values.form is None
        said.update(verdicts(rows, table.rows(), speaking, are_labels=are_labels))
    return said


def _new(table: ReachedTable, rows: Sequence[JoinedRow]) -> list[JoinedRow]:
    """The rows that answer what no row of the table answers yet; of each question all that are offered."""
    ours = table.rows()
    waiting, found = list(rows), set()
    while waiting:  # a merge takes the first of those that answer the same: what it left out is asked for again
        texts = [_texts(row) for row in waiting]
        added = set(merged_rows(ours, texts, (), (), table.stored).rows[len(ours) :])
        if not added:
            break
        found |= added
        waiting = [row for row in waiting if _texts(row) not in added]
    return [row for row in rows if _texts(row) in found]


def _texts(row: JoinedRow) -> tuple[str, str, str]:
    return row.query, row.key, row.value


def _why_not(verdict: Verdict) -> str:
    if verdict is Verdict.CONFIRMED:
        return "your validation is no better with it"
    return f"{verdict.value}, and your validation is no better with it alone"

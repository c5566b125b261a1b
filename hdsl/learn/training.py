"""The training loop: batches forward and backward, steps that are kept or taken back, every step on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hdsl.experience.folder import ExperienceFolder
from hdsl.experience.history import HistoryEntry, votes_of
from hdsl.experience.learned import learned_folder
from hdsl.experience.records import StepRecord, Vote, renamed
from hdsl.experience.row_changes import Rows
from hdsl.experience.training_data import Example
from hdsl.future.context import RowFinder
from hdsl.future.stopping import stopping
from hdsl.graph.program import Program
from hdsl.ground.files import make_private_folder
from hdsl.kernel.request import Kernel, Usage
from hdsl.learn.losses import Loss
from hdsl.learn.module import HarnessModule, seeds
from hdsl.learn.rollouts import HERE, Rollout, Rollouts, teach
from hdsl.learn.run_folder import Choices, ResumeError, Start, Step, TrainingRecord
from hdsl.learn.sgd import StSGD
from hdsl.learn.split import batches, split
from hdsl.policy.decision import Rules
from hdsl.run.answers import ANSWERS, AnswerLog
from hdsl.tensor.text_tensor import store_of

ALWAYS, NOT_WORSE, BETTER = "always", "not_worse", "better"

Review = Callable[[StepRecord, Mapping[str, Rows]], StepRecord | None]
"""Shown a step (tables by their keys) and the tables before it: the step to make, or None for none."""

Watch = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What a training is made of: a program, examples, a loss, choices, and where experience is kept."""

    program: Program
    examples: Sequence[Example]
    loss: Loss
    choices: Choices
    project: Path
    content: str
    """The hash of the files it is of."""
    rules: Rules = Rules()  # noqa: RUF009 - it cannot change
    """Which commands may be typed."""
    finder: RowFinder | None = None
    """Who finds rows, where it is not by their words."""
    rollouts: Rollouts = HERE
    """Who runs the examples."""


class Training:
    """One training. Tables on disk are changed step by step; they are locked from its beginning until it is closed.

    Raises what running raises (BudgetSpent, KernelUnreachable, RunEnded, BindingError, LoweringError, LossFailed),
    ExperienceLocked, ExperienceChanged, OSError; what was kept so far stays.
    """

    def __init__(self, work: Work, kernel: Kernel, record: TrainingRecord, tables: Mapping[str, Rows]) -> None:
        self.work = work
        self.record = record
        make_private_folder(record.folder)
        stopping().note_record(record.folder)
        answers = AnswerLog(kernel, record.folder / ANSWERS, record.redact, counts_recorded=True)
        self.module = HarnessModule(
            work.program, answers, tables, sandbox=work.choices.sandbox, rules=work.rules, finder=work.finder
        )
        self.optimizer = StSGD(self.module.parameters(), lr=work.choices.lr)
        self.steps: list[Step] = []
        self.calls = self.reflections = 0
        self.usage = Usage()
        """What all calls since this training was begun cost, but for those of the first validation."""
        self.training, self.validating = split(work.examples, work.choices.valid, work.choices.seed)
        self.validation: float | None = None
        self.start = Start(tables)
        self._keys = {store_of(table).uid: key for key, table in self.module.tables.items()}
        self._uids = {key: uid for uid, key in self._keys.items()}
        self._folders = _folders(work.program, work.project)
        self._published: dict[Path, set[str]] = {}
        self._locks = ExitStack()

    @classmethod
    def begun(cls, work: Work, kernel: Kernel, record: TrainingRecord) -> "Training":
        """A new training, from the tables as they are on disk and the evidence of earlier ones; it is written down."""
        with ExitStack() as locks:
            _lock(locks, work)
            tables = seeds(work.program, work.project)
            training = cls(work, kernel, record, tables)
            training._locks = locks.pop_all()
        with training._closed_by_failure():
            votes = tuple(_earlier_votes(training._folders, tables))
            training._count(votes)
            record.begin(work.choices, work.content, Start(tables, votes))
            training._begin_with(training._validated(Start(tables, votes)))
        return training

    @classmethod
    def resumed(cls, work: Work, kernel: Kernel, record: TrainingRecord) -> "Training":
        """A training as the last whole step of its record left it. ResumeError where its files have changed."""
        record.check_content(work.content)
        with ExitStack() as locks:
            _lock(locks, work)
            start, steps = record.start(), record.steps()
            _check_fit(start, steps, work.program)
            training = cls(work, kernel, record, start.tables)
            training._locks = locks.pop_all()
        with training._closed_by_failure():
            training._count(start.votes)
            record.note_state("running")
            training._begin_with(training._validated(start))
            for step in steps:
                training._note(step)
                if step.is_kept:
                    training.optimizer.take(renamed(step.record, training._uids))
                    if step.validation is not None:
                        training.validation = step.validation
        return training

    def run(self, watch: Watch, review: Review | None = None) -> None:
        """Takes the steps that are left, until the last epoch, or one in which nothing was wrong."""
        for folder in self._folders:
            self._published[folder] = {entry.id for entry in ExperienceFolder(folder).history()}
        for step in self.steps:
            self._publish(step)
        for epoch, number, batch in self._batches_left():
            step = self._step(epoch, number, batch, review)
            self.record.append(step)
            self._note(step)
            self._publish(step)
            watch(step)

    def _batches_left(self) -> Iterator[tuple[int, int, list[Example]]]:
        choices = self.work.choices
        done = {(step.epoch, step.batch) for step in self.steps}
        for epoch in range(choices.epochs):
            for number, batch in enumerate(batches(self.training, choices.batch, choices.seed, epoch)):
                if (epoch, number) not in done:
                    yield epoch, number, batch
            if self.epoch_loss(epoch) == 0.0:
                return

    def epoch_loss(self, epoch: int) -> float:
        """The mean loss of the examples of an epoch, each as it was before its step."""
        steps = [step for step in self.steps if step.epoch == epoch]
        count = sum(len(step.lines) for step in steps)
        return sum(step.loss * len(step.lines) for step in steps) / count if count else 0.0

    def close(self) -> None:
        """Closes sessions and kernel, and unlocks the tables on disk."""
        self._locks.close()
        self.module.close()

    def _begin_with(self, start: Start) -> None:
        self.start, self.validation, self.calls = start, start.validation, start.calls

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        self.calls += step.calls
        self.reflections += step.reflections
        self.usage += step.usage

    def _step(self, epoch: int, number: int, batch: Sequence[Example], review: Review | None) -> Step:
        self.optimizer.zero_grad()
        scope = f"step {len(self.steps) + 1}"
        rollouts = list(self.work.rollouts.run(self.module, batch, self.work.loss, scope, teach))
        calls = sum(each.forward.calls for each in rollouts)
        usage = _usage(rollouts)
        reflections = usage.calls - calls
        loss = _mean_loss(rollouts)
        record = replace(self.optimizer.propose(), number=len(self.steps) + 1)
        named = renamed(record, self._keys)
        if review is not None and record.changes:
            reviewed = review(named, self.module.rows())
            named = StepRecord(record.number, refused=named.refused) if reviewed is None else reviewed
            record = renamed(named, self._uids)
        self.optimizer.take(record)
        is_kept, validation, validation_usage = self._judge(record, scope)
        if not is_kept:
            self.optimizer.undo()
        return Step(
            record.number,
            epoch,
            number,
            tuple(example.line for example in batch),
            loss,
            validation,
            is_kept,
            calls + validation_usage.calls,
            reflections,
            named,
            usage + validation_usage,
        )

    def _judge(self, record: StepRecord, scope: str) -> tuple[bool, float | None, Usage]:
        """Whether a step that was made stays, the validation loss with it, and what it cost to know."""
        if not self._judges or not record.changes:
            return True, None, Usage()
        now, usage = self._validate(scope)
        before = self.validation if self.validation is not None else now
        is_kept = now < before if self.work.choices.keep == BETTER else now <= before
        if is_kept:
            self.validation = now
        return is_kept, now, usage

    @property
    def _judges(self) -> bool:
        return self.work.choices.keep != ALWAYS and bool(self.validating)

    def _validated(self, start: Start) -> Start:
        """The start with its validation loss, which is taken and written down where it was not yet."""
        if not self._judges or start.validation is not None:
            return start
        validation, usage = self._validate("start")
        start = replace(start, validation=validation, calls=usage.calls)
        self.record.write_start(start)
        return start

    def _validate(self, scope: str) -> tuple[float, Usage]:
        scope = f"{scope}, validation"
        rollouts = list(self.work.rollouts.run(self.module, self.validating, self.work.loss, scope))
        return _mean_loss(rollouts), _usage(rollouts)

    @contextmanager
    def _closed_by_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _count(self, votes: tuple[Vote, ...]) -> None:
        self.optimizer.evidence.add(renamed(StepRecord(0, votes=votes), self._uids).votes)

    def _publish(self, step: Step) -> None:
        """Makes a step in the folders that do not have it yet, in each for the tables that it holds."""
        for folder, tables in self._folders.items():
            experience = ExperienceFolder(folder)
            part = renamed(step.record, {key: name for name, key in tables.items()})
            if step.is_kept and (part.changes or part.votes) and self._id(step) not in self._published[folder]:
                for name, key in tables.items():
                    experience.create(name, self.start.tables[key])
                experience.take(self._entry(step, part))
                self._published[folder].add(self._id(step))

    def _entry(self, step: Step, part: StepRecord) -> HistoryEntry:
        lines = f"line{'s' if len(step.lines) > 1 else ''} {', '.join(map(str, step.lines))}"
        why = f"{Path(self.work.choices.data).name}, {lines}: loss {step.loss:.4f}"
        return HistoryEntry(self._id(step), _now(), why, part.changes, part.votes)

    def _id(self, step: Step) -> str:
        return f"{self.record.id}/{step.number}"


def _check_fit(start: Start, steps: Sequence[Step], program: Program) -> None:
    """ResumeError where the steps of a record are not steps from its start, or its tables are others."""
    counts = {key: len(rows) for key, rows in start.tables.items()}
    if counts.keys() != program.tables.keys():
        raise ResumeError(f"the record has the tables {sorted(counts)}, and the program {sorted(program.tables)}")
    for step in steps:
        for change in step.record.changes if step.is_kept else ():
            if counts.get(change.uid) != change.rows_before:
                raise ResumeError(
                    f"step {step.number} of the record changes {change.rows_before} rows of {change.uid!r}, "
                    f"which then had {counts.get(change.uid, 'none')}"
                )
            counts[change.uid] = change.rows_after


def _lock(locks: ExitStack, work: Work) -> None:
    """Locks all folders that a training changes, in an order that is the same for everybody."""
    for folder in sorted(_folders(work.program, work.project)):
        locks.enter_context(ExperienceFolder(folder).locked())


def _folders(program: Program, project: Path) -> dict[Path, dict[str, str]]:
    """By folder, the keys of its tables by the names of theirs."""
    found: dict[Path, dict[str, str]] = {}
    for key, table in program.tables.items():
        place = learned_folder(table, project, Path(program.module))
        found.setdefault(place.parent, {})[place.name] = key
    return found


def _earlier_votes(folders: Mapping[Path, Mapping[str, str]], tables: Mapping[str, Rows]) -> Iterator[Vote]:
    """The votes of earlier trainings, tables by their keys."""
    for folder, keys in folders.items():
        values = {name: [value for _, _, value in tables[key]] for name, key in keys.items()}
        for vote in votes_of(ExperienceFolder(folder).history(), values):
            yield replace(vote, uid=keys[vote.uid])


def _usage(rollouts: Sequence[Rollout]) -> Usage:
    return sum((each.usage for each in rollouts), start=Usage())


def _mean_loss(rollouts: Sequence[Rollout]) -> float:
    return sum(each.loss for each in rollouts) / len(rollouts)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""One instance of the bench: a search by rules with its controls on a planted fault, or on a graph without one.

The examples that the search learns from and judges by have wrong labels in a share of cases; the sealed ones have none.
Of the sealed questions, which are drawn like all others, each different one is answered once and counted as often as
it was drawn: the scripted model answers the same question alike. What a search and a random search need to solve an
instance is counted in model calls up to the edit after which at least `CLOSED` of the gap between the faulty and the
best graph is closed on the sealed questions.
"""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.evolution.asking import SCRIPTED, kernel_of
from benchmarks.evolution.family import Family, Instance
from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.comparing import interval
from hdsl.evolve.controls import Measured
from hdsl.evolve.edits.applying import digest_of
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.opened import open_text
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.record import Choices, Record
from hdsl.evolve.search import Rules, Search
from hdsl.evolve.tables import tables_of
from hdsl.evolve.trial import Answered, Outcome, Reseeded, learned, scored_on
from hdsl.experience.training_data import Example, read_examples
from hdsl.learn.start import Changed, work_of

ALLOWED = ("calls=8",)
SEEDS, WIDTH, ROUNDS = 2, 3, 2
VOTES, EPOCHS = 5, 3
"""At most so many answers vote in the control, and it trains at most so many times as long as a search does."""
CLOSED = 0.8
GAP = 0.05
"""An instance has a planted fault where the best graph loses so much less than the faulty one, both trained alike."""
PATIENCE = 3
"""A random search has so many times the calls in which the rules solved an instance."""
CONTROLS = ("trained longer", "vote", "refined", "random edits")


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured: an instance of a family, with a share of wrong labels; `none`: with nothing to find."""

    family: str
    wrong: float
    seed: int
    none: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an instance is measured with: sealed questions, a kernel and where its answers are kept.

    `calls`: the most that a search may ask, and the one by random edits; None: as many as its rounds take.
    """

    sealed: int
    kernel: str = SCRIPTED
    answers: Path = Path("answers.jsonl")
    calls: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the graph that is called the best is known to be: a real model may make nothing of it."""
        return self.kernel == SCRIPTED


@dataclass(slots=True)
class Result:
    """What came of one search. Losses are those on the sealed questions."""

    task: Task
    sealed: int
    kinds: list[str]
    calls: int
    proposed: int
    checked: int
    before: float
    """The loss of the graph that the search began with, trained."""
    evolved: float
    steps: list[float] = field(default_factory=list)
    """That of each graph that was kept on the way, trained."""
    best: float | None = None
    """That of the best graph that is known, trained."""
    controls: dict[str, float] = field(default_factory=dict)
    """At equal calls in all."""
    an_answer: dict[str, float] = field(default_factory=dict)
    """At equal calls an answer."""
    paired: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """What the evolved graph gains over each control of `controls`, question by question, and the 95 % interval."""
    solved_in: int | None = None
    """The model calls until it was solved; None where it was not."""
    random_solved_in: int | None = None
    random_calls: int = 0
    """The calls that the random search had."""
    blamed_first: bool = False
    """Whether the node that shows the fault was ranked first by blame."""
    named_first: bool = False
    """Whether the edit that was proposed first is of the kind that takes the fault away."""
    predictions: tuple[int, float, float] = (0, 0.0, 0.0)
    """How many there were, the sum of their squared errors, and that of saying the base rate of the instance."""
    kernel: str = SCRIPTED
    seconds: float = 0.0
    """Processor time."""

    @property
    def has_fault(self) -> bool:
        """Whether there is something to find."""
        return self.best is not None and self.before - self.best >= GAP

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Result":
        return cls(**{**value, "task": Task(**value["task"])})


def written(instance: Instance, folder: Path, task: Task, sealed: int) -> Path:
    """The files of an instance: the graph, the examples to learn from, and the sealed ones with clean labels."""
    chance = random.Random(f"{task.family} {task.seed}, examples")
    drawn = [instance.draw(chance) for _ in range(instance.examples)]
    answers = [answer for _, answer in drawn]
    lines = []
    for inputs, answer in drawn:
        told = chance.choice([each for each in answers if each != answer]) if chance.random() < task.wrong else answer
        lines.append(_line(inputs, told))
    (folder / "data.jsonl").write_text("".join(lines))
    (folder / "sealed.jsonl").write_text("".join(_line(*instance.draw(chance)) for _ in range(sealed)))
    (folder / "task.hg").write_text(instance.best if task.none else instance.faulty)
    return folder / "task.hg"


def _line(inputs: dict[str, str], answer: str) -> str:
    return json.dumps({**{name: [text] for name, text in inputs.items()}, "expected": [answer]}) + "\n"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed questions, each different one once, and by its line how often it was drawn."""

    examples: tuple[Example, ...]
    times: Mapping[int, int]

    @classmethod
    def read(cls, path: Path) -> "Sealed":
        first: dict[str, int] = {}
        times: Counter[int] = Counter()
        chosen = []
        lines = path.read_text().splitlines()
        for example, text in zip(read_examples(path), lines, strict=True):
            if text not in first:
                first[text] = example.line
                chosen.append(example)
            times[first[text]] += 1
        return cls(tuple(chosen), times)

    def loss(self, answered: Sequence[Answered]) -> float:
        return sum(each.loss * self.times[each.line] for each in answered) / self.times_in_all

    def gain(self, before: Sequence[Answered], after: Sequence[Answered]) -> tuple[float, float, float]:
        """What is gained from some answers to others, and its 95 % interval over the different questions."""
        whole = len(self.examples) / self.times_in_all
        gains = [
            (one.loss - other.loss) * self.times[one.line] * whole for one, other in zip(before, after, strict=True)
        ]
        low, high = interval(gains)
        return round(sum(gains) / len(gains), 4), round(low, 4), round(high, 4)

    @property
    def times_in_all(self) -> int:
        return sum(self.times.values())


def measured(family: Family, task: Task, conditions: Conditions) -> Result:
    """One instance, measured."""
    began = process_time()
    with _opened(family, task, conditions) as measuring:
        found = measuring.result()
    found.kernel = conditions.kernel
    found.seconds = round(process_time() - began, 2)
    return found


def random_for_longer(family: Family, known: Result, conditions: Conditions, patience: int) -> tuple[int | None, int]:
    """The random search of an instance that was measured, with so many times the calls of the rules.

    The calls in which it solved the instance, None where it did not; and all that it took.
    """
    with _opened(family, known.task, conditions) as measuring:
        return measuring.random_for_longer(known, patience)


@contextmanager
def _opened(family: Family, task: Task, conditions: Conditions) -> Iterator["_Measuring"]:
    instance = family.make(random.Random(f"{family.name} {task.seed}"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = written(instance, folder, task, conditions.sealed)
        settings = load_settings(folder, kernel="nearest")
        work = work_of(*checked_module(file, str(file)), settings, None, Changed())
        rules = Rules(task.seed, seeds=SEEDS, width=WIDTH, rounds=ROUNDS, calls=conditions.calls)
        choices = Choices(str(file), "task", rules=rules, sealed=0.0, allow=ALLOWED)
        model = kernel_of(conditions.kernel, instance.knowledge, conditions.answers)
        evolution = Evolution(work, file.read_text(), model, RulesProposer(), choices, Record(folder / "run"))
        sealed = Sealed.read(folder / "sealed.jsonl")
        try:
            yield _Measuring(evolution, sealed, family, instance, task, conditions)
        finally:
            evolution.close()


class _Measuring:
    def __init__(
        self,
        evolution: Evolution,
        sealed: Sealed,
        family: Family,
        instance: Instance,
        task: Task,
        conditions: Conditions,
    ) -> None:
        self._evolution, self._sealed, self._conditions = evolution, sealed, conditions
        self._family, self._instance, self._task = family, instance, task
        self._losses_of: dict[str, float] = {}

    def result(self) -> Result:
        search = self._evolution.search
        search.run(self._evolution.opened)
        events = search.archive.events
        proposed = [each for each in events if each["event"] in ("proposed", "refused")]
        kept = {each["id"] for each in self._evolution.lineage()}
        ranked = next(each["components"] for each in events if each["event"] == "ranked")
        before = self._loss(search.root.opened.text, search)
        found = Result(
            self._task,
            self._sealed.times_in_all,
            [each["edit"]["kind"] for each in proposed if each["id"] in kept],
            search.usage.calls,
            search.proposed,
            search.checked,
            before,
            before if search.best is search.root else self._loss(search.best.opened.text, search),
        )
        found.blamed_first = bool(ranked) and ranked[0]["node"] == self._family.where
        found.named_first = bool(proposed) and proposed[0]["edit"]["kind"] == self._family.repair
        found.predictions = _scores(search.predictions)
        texts = {each.number: each.text for each in search.members}
        found.steps = [self._loss(texts[each["id"]], search) for each in self._evolution.lineage()]
        if not self._task.none:
            self._beside(search, found)
        return found

    def random_for_longer(self, known: Result, patience: int) -> tuple[int | None, int]:
        """As the function of this name says. AssertionError where the search of today is not the one measured."""
        search = self._evolution.search
        search.run(self._evolution.opened)
        assert known.best is not None and known.solved_in is not None
        wanted = known.before - CLOSED * (known.before - known.best)
        assert self._solved_in(search, wanted) == known.solved_in, "measure the instance again"
        chance = self._evolution.searched_by_chance(patience * known.solved_in, "random_longer")
        return self._solved_in(chance, wanted), chance.usage.calls

    def _beside(self, search: Search, found: Result) -> None:
        """What the best graph and the controls do."""
        found.best = self._best(search)
        if not found.has_fault and self._conditions.is_known:
            return
        wanted = found.before - CLOSED * (found.before - found.best)
        found.solved_in = self._solved_in(search, wanted)
        chance = self._evolution.search_random()
        found.random_calls = chance.usage.calls
        found.random_solved_in = self._solved_in(chance, wanted)
        tables = tables_of(search, chance, self._sealed.examples, ", sealed", VOTES, EPOCHS)
        found.controls = self._losses(tables.in_all[1:])
        found.paired = {
            name: self._sealed.gain(each.answered, tables.evolved.answered)
            for name, each in zip(CONTROLS, tables.in_all[1:], strict=True)
        }
        found.an_answer = self._losses(tables.an_answer[1:], ("trained", *CONTROLS[1:]))
        if found.random_solved_in is None and found.solved_in is not None:
            calls = min(PATIENCE * found.solved_in, self._conditions.calls or PATIENCE * found.solved_in)
            if calls > search.usage.calls:
                longer = self._evolution.searched_by_chance(calls, "random_longer")
                found.random_calls = longer.usage.calls
                found.random_solved_in = self._solved_in(longer, wanted)

    def _losses(self, measured: Sequence[Measured], names: Sequence[str] = CONTROLS) -> dict[str, float]:
        return {name: round(self._sealed.loss(each.answered), 4) for name, each in zip(names, measured, strict=True)}

    def _solved_in(self, search: Search, wanted: float) -> int | None:
        texts = {each.number: each.text for each in search.members}
        for event in search.archive.events:
            if event["event"] == "accepted" and self._loss(texts[event["id"]], search) <= wanted + 1e-9:
                return int(event["spent"])
        return None

    def _loss(self, text: str, search: Search) -> float:
        """The loss of a graph that was tried, with the tables of each of its trials."""
        if text not in self._losses_of:
            self._losses_of[text] = self._measured(text, search)
        return self._losses_of[text]

    def _measured(self, text: str, search: Search) -> float:
        opened = open_text(search.root.opened.path, text)
        losses = []
        for seed in range(SEEDS):
            number = self._task.seed * 100 + seed
            outcome = search.store.read(f"{digest_of(opened.text)}-{number}")
            assert isinstance(outcome, Outcome)
            answered, _ = scored_on(
                opened.program("task"), search.kernel, search.setting, outcome.tables, self._sealed.examples,
                f"{digest_of(opened.text)}, sealed {seed}",
            )  # fmt: skip
            losses.append(self._sealed.loss(answered))
        return round(sum(losses) / len(losses), 4)

    def _best(self, search: Search) -> float:
        program = open_text(search.root.opened.path, self._instance.best).program("task")
        losses = []
        for seed in range(SEEDS):
            number, kernel = self._task.seed * 100 + seed, Reseeded(search.kernel, self._task.seed * 100 + seed)
            tables, _, _, _ = learned(program, kernel, search.setting, number, f"best, trial {seed}")
            answered, _ = scored_on(program, kernel, search.setting, tables, self._sealed.examples, f"best {seed}")
            losses.append(self._sealed.loss(answered))
        return round(sum(losses) / len(losses), 4)


def _scores(pairs: Sequence[tuple[float, bool]]) -> tuple[int, float, float]:
    rate = sum(right for _, right in pairs) / len(pairs) if pairs else 0.0
    score = sum((said - right) ** 2 for said, right in pairs)
    base = sum((rate - right) ** 2 for _, right in pairs)
    return len(pairs), round(score, 4), round(base, 4)

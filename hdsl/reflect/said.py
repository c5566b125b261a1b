"""What one reflection said, as plain data: the texts that were judged, what was handed to whom, what was asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

from hdsl.kernel.request import Usage
from hdsl.ops.better import Asked
from hdsl.ops.lessons import LessonFor
from hdsl.storage.layout import coordinates_of
from hdsl.tensor.gradients import GradientFor, RefusedFor
from hdsl.tensor.handing import Handed
from hdsl.tensor.reflection import Named, Outcome, Reflection

Coordinates = tuple[int, ...]
Kind = TypeVar("Kind")

NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class JudgedText:
    """One element of the result, as its consumers found it: what it is and should be, and how many found so."""

    at: Coordinates
    text: str
    better: str
    count: int

    @property
    def is_right(self) -> bool:
        """Whether it should stay as it is."""
        return self.text == self.better


@dataclass(frozen=True, slots=True)
class Passed:
    """What an element of an input should be. `better` is None where only a diff is known, and its own text if right."""

    to: str
    input: int
    at: Coordinates
    text: str
    patch: str
    better: str | None
    count: int

    @property
    def is_right(self) -> bool:
        """Whether it should stay as it is."""
        return not self.patch and self.better == self.text


@dataclass(frozen=True, slots=True)
class Taught:
    """A lesson for a table: what came in, and what should be answered; the goal is that of the loops around."""

    to: str
    input: int
    goal: str
    key: str
    value: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was wanted of an element and is not followed, and why."""

    at: Coordinates
    better: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the kernel: for which kind of text, what it was, what was expected, and what was answered."""

    role: str
    text: str
    expected: tuple[str, ...]
    answer: str
    failed: str


@dataclass(frozen=True, slots=True)
class Said:
    """One reflection. `refused` is the cause where a policy refused it; `usage` is what its questions cost."""

    operation: str
    node: str
    is_second: bool
    judged: tuple[JudgedText, ...]
    passed: tuple[Passed, ...]
    taught: tuple[Taught, ...]
    refusals: tuple[Refusal, ...]
    asked: tuple[Question, ...]
    usage: Usage
    refused: str = ""


def said_by(reflection: Reflection, outcome: Outcome, names: Mapping[str, str] = NO_NAMES) -> Said:
    """What a reflection said. `names`: those of text tensors that are not nodes, as tables, by uid."""
    inputs, results = reflection.seen.inputs, reflection.seen.results
    elements = tuple(
        JudgedText(each.coordinates, each.judged.text, each.judged.better, each.judged.count)
        for each in reflection.elements
    )
    asked = [each for each in outcome.asked if isinstance(each, Asked)]
    known = {named.store.uid: named for named in (*results, *inputs)}
    return Said(
        reflection.operation,
        reflection.node,
        reflection.is_second,
        elements,
        tuple(passed for each in _of(GradientFor, outcome.handed) for passed in _passed(each, inputs, names)),
        tuple(_taught(each, inputs, names) for each in _of(LessonFor, outcome.handed)),
        tuple(refusal for each in _of(RefusedFor, outcome.handed) for refusal in _refusals(each, known)),
        tuple(map(_question, asked)),
        reduce(Usage.__add__, (each.usage for each in asked), Usage()),
        outcome.refused,
    )


def _of(kind: type[Kind], handed: Sequence[Handed]) -> Iterator[Kind]:
    return (each for each in handed if isinstance(each, kind))


def _passed(handed: GradientFor, inputs: Sequence[Named], names: Mapping[str, str]) -> Iterator[Passed]:
    number, named = _input(handed.uid, inputs)
    at = (handed.index,) if named is None else coordinates_of(handed.index, named.store.shape)
    text = "" if named is None else named.store.read(handed.index) or ""
    counts: dict[tuple[str, str | None], int] = {}
    for gradient in handed.gradients:
        key = (gradient.patch, gradient.better)
        counts[key] = counts.get(key, 0) + 1
    for (patch, better), count in counts.items():
        yield Passed(_name(handed.uid, named, names), number, at, text, patch, better, count)


def _taught(handed: LessonFor, inputs: Sequence[Named], names: Mapping[str, str]) -> Taught:
    number, named = _input(handed.uid, inputs)
    lesson = handed.lesson
    name = _name(handed.uid, named, names)
    return Taught(name, number, lesson.goal, lesson.key, lesson.value, lesson.is_right)


def _refusals(handed: RefusedFor, known: Mapping[str, Named]) -> Iterator[Refusal]:
    named = known.get(handed.uid)
    at = (handed.index,) if named is None else coordinates_of(handed.index, named.store.shape)
    for each in handed.refused:
        yield Refusal(at, each.gradient.better, each.cause)


def _question(asked: Asked) -> Question:
    correction = asked.request.correction
    if correction is None:
        return Question(asked.request.kind, asked.request.input, (), asked.answer, asked.failed)
    return Question(correction.role, correction.text, correction.expected, asked.answer, asked.failed)


def _input(uid: str, inputs: Sequence[Named]) -> tuple[int, Named | None]:
    """Which of the inputs a text tensor is; -1 for none."""
    return next(((number, named) for number, named in enumerate(inputs) if named.store.uid == uid), (-1, None))


def _name(uid: str, named: Named | None, names: Mapping[str, str]) -> str:
    return names.get(uid) or ("" if named is None else named.name)

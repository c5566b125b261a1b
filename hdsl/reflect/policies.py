"""The policies that ship: a trace in memory, a recording in a file, a replay of one, and a budget of model calls.

Policies do not nest, but each of them can stand around another one, which it asks first.
"""

from collections import deque
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import torch

from hdsl.ground.errors import HdslError
from hdsl.ground.json_lines import LineLog
from hdsl.ground.secrets import Redactor, known_secrets, redacted
from hdsl.ops.lessons import Lesson, LessonFor
from hdsl.reflect.lines import as_json, read_said
from hdsl.reflect.said import NO_NAMES, JudgedText, Said, said_by
from hdsl.storage.layout import flat_index
from hdsl.tensor.gradients import GradientFor
from hdsl.tensor.handing import Handed
from hdsl.tensor.reflection import BackwardFunction, Outcome, Policy, Reflection
from hdsl.tensor.three_way import TextGradient


class ReflectionNotRecorded(HdslError, LookupError):  # noqa: N818 - says what happened
    """A replay was asked for a reflection that its recording does not have."""


@dataclass(frozen=True, slots=True)
class ReflectionRecord:
    """One reflection of a trace: the backward function, its arguments by name, its output, and when (monotonic).

    The output is the scalar that the framework's records have, 1; what was said in words is in `said`.
    """

    fn: BackwardFunction
    inputs: Mapping[str, Any]
    output: torch.Tensor
    timestamp: float
    said: Said | None = None

    @property
    def node(self) -> str:
        """The node of the `.hg`; empty in scripts."""
        return "" if self.said is None else self.said.node

    def as_json(self) -> dict[str, Any]:
        """The record as plain data, without the function and the numbers."""
        about = {"fn": self.fn.__name__} if self.said is None else as_json(self.said)
        return {**about, "timestamp": self.timestamp}


class _Around(Policy):
    """A policy around another one; without one, reflections have their own outcome."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._inner = policy or Policy()

    def reflect(self, reflection: Reflection) -> Outcome:
        outcome = self._inner.reflect(reflection)
        self.note(reflection, outcome)
        return outcome

    def note(self, reflection: Reflection, outcome: Outcome) -> None:
        """Told of each reflection with its outcome."""
        raise NotImplementedError


class TracePolicy(_Around):
    """Adds a ReflectionRecord for each reflection to a list. `names`: those of tables, by the tensor's uid."""

    def __init__(
        self,
        records: MutableSequence[ReflectionRecord],
        policy: Policy | None = None,
        *,
        names: Mapping[str, str] = NO_NAMES,
    ) -> None:
        super().__init__(policy)
        self.records = records
        self._names = names

    def note(self, reflection: Reflection, outcome: Outcome) -> None:
        """Adds the record."""
        said = said_by(reflection, outcome, self._names)
        self.records.append(ReflectionRecord(reflection.fn, reflection.inputs, _one(), monotonic(), said))

    def dispatch(self, fn: BackwardFunction, arg_name2inputs: Mapping[str, Any]) -> torch.Tensor:
        """Adds a record of a function and its arguments alone, for scripts that call it themselves."""
        self.records.append(ReflectionRecord(fn, dict(arg_name2inputs), _one(), monotonic()))
        return _one()


class RecordingPolicy(_Around):
    """Appends each reflection to a file of JSON Lines, from which ReplayPolicy answers. Close it, or use a `with`.

    `redact` hides secrets in what is written, by default those known to this process; `about` is written with each
    line.
    """

    def __init__(
        self,
        path: str | Path,
        policy: Policy | None = None,
        *,
        names: Mapping[str, str] = NO_NAMES,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(policy)
        self._log = LineLog(Path(path))
        self.names = names
        self._redact = redact or Redactor(known_secrets())
        self.about: Mapping[str, Any] = {}

    def note(self, reflection: Reflection, outcome: Outcome) -> None:
        """Writes the line."""
        said = said_by(reflection, outcome, self.names)
        self._log.append(redacted({**self.about, **as_json(said)}, self._redact))

    def append(self, line: Mapping[str, Any]) -> None:
        """Writes a line that was collected elsewhere."""
        self._log.append(redacted(dict(line), self._redact))

    def close(self) -> None:
        """Closes the file."""
        self._log.close()

    def __enter__(self) -> "RecordingPolicy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class CollectingPolicy(_Around):
    """Keeps the lines that a RecordingPolicy would write, for one that is elsewhere."""

    def __init__(self, about: Mapping[str, Any], policy: Policy | None = None, *, names: Mapping[str, str]) -> None:
        super().__init__(policy)
        self.lines: list[dict[str, Any]] = []
        self._about, self._names = about, names

    def note(self, reflection: Reflection, outcome: Outcome) -> None:
        """Keeps the line."""
        self.lines.append({**self._about, **as_json(said_by(reflection, outcome, self._names))})


class ReplayPolicy(Policy):
    """Answers reflections from a recording, each line once; no backward runs and no kernel is asked.

    ReflectionNotRecorded for a reflection that is not in it, JsonLinesError and OSError where it cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self._recorded: dict[_Key, deque[Said]] = {}
        for said in read_said(Path(path)):
            self._recorded.setdefault(_key(said), deque()).append(said)

    def reflect(self, reflection: Reflection) -> Outcome:
        """What the recording says."""
        said = said_by(reflection, Outcome((), ()))
        waiting = self._recorded.get(_key(said))
        if not waiting:
            raise ReflectionNotRecorded(self._missing(said))
        recorded = waiting.popleft()
        if recorded.refused:
            return reflection.refused(recorded.refused)
        return reflection.answered(tuple(_handed(recorded, reflection)))

    def _missing(self, said: Said) -> str:
        where = f"`{said.node}`" if said.node else "a script"
        same = [key for key in self._recorded if key.operation == said.operation and key.node == said.node]
        left = sum(len(self._recorded[key]) for key in same)
        wanted = ", ".join(repr(each.better[:60]) for each in said.judged) or "nothing"
        return (
            f"the recording has no reflection of {said.operation} at {where} where {wanted} is wanted; "
            f"of this operation there it has {left} others left"
        )


class BudgetPolicy(Policy):
    """Lets reflections ask the kernel `calls` times in all; what would take more is refused, and said to be."""

    def __init__(self, calls: int) -> None:
        if calls < 0:
            raise ValueError(f"a budget is 0 or more calls, not {calls}")
        self.calls = calls
        self.spent = 0
        self.refused = 0

    def reflect(self, reflection: Reflection) -> Outcome:
        """The reflection's own outcome, as long as there are calls for it."""
        if reflection.is_second:
            return reflection.outcome()
        outcome = reflection.outcome(self.calls - self.spent)
        self.spent += len(outcome.asked)
        if not outcome.denied:
            return outcome
        self.refused += 1
        return reflection.refused(f"the budget of {self.calls} model calls for reflections is spent")


@dataclass(frozen=True, slots=True)
class _Key:
    """What a reflection was about."""

    operation: str
    node: str
    judged: tuple[JudgedText, ...]


def _key(said: Said) -> _Key:
    return _Key(said.operation, said.node, said.judged)


def _handed(said: Said, reflection: Reflection) -> list[Handed]:
    """What was handed out, for the tensors that the reflection has now."""
    inputs = reflection.seen.inputs
    handed: list[Handed] = []
    for passed in said.passed:
        store = inputs[passed.input].store
        gradients = (TextGradient(passed.patch, passed.better),) * passed.count
        handed.append(GradientFor(store.uid, flat_index(passed.at, store.shape), gradients))
    for taught in said.taught:
        lesson = Lesson(taught.goal, taught.key, taught.value, taught.is_right)
        handed.append(LessonFor(inputs[taught.input].store.uid, lesson))
    return handed


def _one() -> torch.Tensor:
    return torch.ones(())

"""Facts about effects: orders that are not proven, loops that cannot work, and what is never reached.

`name` is the node that a finding is told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class UnknownDemand(Finding):
    """An operation that does not say what it asks for, with effects behind its inputs."""

    rule: ClassVar[str] = "unknown-demand"

    operation: str


@dataclass(frozen=True, slots=True)
class UnreachedWrite(Finding):
    """A write that the result does not need."""

    rule: ClassVar[str] = "unreached-write"

    name: str


@dataclass(frozen=True, slots=True)
class LoopWithoutValidator(Finding):
    """A loop of which no turn can fail."""

    rule: ClassVar[str] = "loop-without-validator"

    name: str


@dataclass(frozen=True, slots=True)
class LoopWithoutProgress(Finding):
    """A loop whose turns are all the same."""

    rule: ClassVar[str] = "loop-without-progress"

    name: str


@dataclass(frozen=True, slots=True)
class LooksAtOtherTurns(Finding):
    """A node of a loop that looks at effects of other turns."""

    rule: ClassVar[str] = "looks-at-other-turns"

    name: str


@dataclass(frozen=True, slots=True)
class SharedSession(Finding):
    """One session for several elements that run at once. `along_last`: along its last dimension."""

    rule: ClassVar[str] = "shared-session"

    name: str
    along_last: bool


@dataclass(frozen=True, slots=True)
class StackedTurns(Finding):
    """A stack whose inputs, with effects, are the turns of a loop. `takes_all`: of one that takes all of its turns."""

    rule: ClassVar[str] = "stacked-turns"

    name: str
    takes_all: bool


@dataclass(frozen=True, slots=True)
class OwedNeedsFirst(Finding):
    """What is owed needs what it comes after, or the other way round."""

    rule: ClassVar[str] = "owed-needs-first"

    name: str
    needing: str
    needed: str


@dataclass(frozen=True, slots=True)
class OwedAsksModel(Finding):
    """What is owed asks a model: `asking` is the node that does."""

    rule: ClassVar[str] = "owed-asks-model"

    name: str
    asking: str


@dataclass(frozen=True, slots=True)
class OwedUsedElsewhere(Finding):
    """An effect of what `name` ends, or ends with, that `user` needs too."""

    rule: ClassVar[str] = "owed-used-elsewhere"

    name: str
    effect: str
    user: str


@dataclass(frozen=True, slots=True)
class LoopNodeOutside(Finding):
    """A node that needs an effectful `node` of a loop, outside of it."""

    rule: ClassVar[str] = "loop-node-outside"

    name: str
    node: str


@dataclass(frozen=True, slots=True)
class AskedOutsideLoop(Finding):
    """A node that needs what a model answers in the turns of a loop, outside of it.

    `asking`: the node that asks with the goal and the turns; `call`: where its call is written in this body.
    """

    rule: ClassVar[str] = "asked-outside-loop"

    name: str
    asking: str
    call: Span | None


@dataclass(frozen=True, slots=True)
class UnorderedEffects(Finding):
    """Two effects on one thing in no proven order. `what`: the thing, as it is called."""

    rule: ClassVar[str] = "unordered-effects"

    first: str
    second: str
    what: str


@dataclass(frozen=True, slots=True)
class MisplacedStep(Finding):
    """A step of a sequence, and the `write` that it comes too early or too late for.

    `sequence`: the statement whose step it is; `statements`: where each name of the body is defined.
    """

    name: str
    write: str
    sequence: Span
    statements: Mapping[str, Span]
    can_be_copied: bool
    """Whether a copy of the step's statement, above the sequence, does it again."""


@dataclass(frozen=True, slots=True)
class StaleRead(MisplacedStep):
    """A step that was read before an earlier step writes; it can be copied if it is itself the read, in this body."""

    rule: ClassVar[str] = "stale-read"


@dataclass(frozen=True, slots=True)
class WaitBehindValidator(Finding):
    """A wait behind a step that may fail. `validator_step`: where the sequence names that step."""

    rule: ClassVar[str] = "wait-behind-validator"

    name: str
    validator: str
    validator_step: Span


@dataclass(frozen=True, slots=True)
class RepeatedWrite(MisplacedStep):
    """A step whose `write` was done by an earlier step."""

    rule: ClassVar[str] = "repeated-write"


@dataclass(frozen=True, slots=True)
class SharedPath(Finding):
    """A write of several elements at once to one thing."""

    rule: ClassVar[str] = "shared-path"

    name: str

"""Facts about the signatures of operations and harnesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.configuration.entry_points import EntryRefused
from hdsl.graph.shapes import Shape
from hdsl.graph.types import OptionKind
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class NoEntry(Finding):
    """An operation that names no function."""

    rule: ClassVar[str] = "no-entry"

    name: str


@dataclass(frozen=True, slots=True)
class BadEntry(Finding):
    """A text that is not an entry point."""

    rule: ClassVar[str] = "bad-entry"

    entry: str


@dataclass(frozen=True, slots=True)
class EntryNotAllowed(Finding):
    """An entry point that may not run."""

    rule: ClassVar[str] = "entry-not-allowed"

    entry: str
    refused: EntryRefused


@dataclass(frozen=True, slots=True)
class UnknownKind(Finding):
    """A kind of operation that there is not. `kinds`: those that there are."""

    rule: ClassVar[str] = "unknown-kind"

    name: str
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class KindDoesNotFit(Finding):
    """A kind that the dimensions of an operation do not allow, for this reason.

    `shape`: of its result; `inputs`: the shapes of its inputs, None for an experience.
    """

    rule: ClassVar[str] = "kind-does-not-fit"

    operation: tree.Operation
    kind: str
    reason: str
    shape: Shape
    inputs: Sequence[Shape | None]


@dataclass(frozen=True, slots=True)
class WrongDefault(Finding):
    """A default that is not a literal of the option's kind."""

    rule: ClassVar[str] = "wrong-literal"

    name: str
    kind: OptionKind
    default: tree.Value


@dataclass(frozen=True, slots=True)
class DefaultOfInput(Finding):
    """A default of an input. `behind`: the end of the input's type."""

    rule: ClassVar[str] = "default-of-input"

    name: str
    behind: int


@dataclass(frozen=True, slots=True)
class OnlyInOp(Finding):
    """A repeated or optional input of a harness."""

    rule: ClassVar[str] = "only-in-op"

    name: str


@dataclass(frozen=True, slots=True)
class SessionNotLast(Finding):
    """A session before another input of a harness."""

    rule: ClassVar[str] = "session-not-last"

    name: str


@dataclass(frozen=True, slots=True)
class OptionNameTaken(Finding):
    """An input with the name of an option of `hdsl run`."""

    rule: ClassVar[str] = "option-name-taken"

    name: str


@dataclass(frozen=True, slots=True)
class UnknownEffect(Finding):
    """An effect that there is not."""

    rule: ClassVar[str] = "unknown-effect"

    name: str


@dataclass(frozen=True, slots=True)
class EffectOption(Finding):
    """What bounds an effect and is not a number of the signature. `numbers`: the options that hold one."""

    rule: ClassVar[str] = "effect-option"

    name: str
    effect: str
    numbers: Sequence[str]

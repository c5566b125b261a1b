"""Facts about calls: inputs and options that are missing, too many, or of another name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from hdsl.check.findings.finding import Finding
from hdsl.graph.signature import Effect, Input, OperationOf, OptionParameter, Signature
from hdsl.graph.types import Type
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class UnknownOption(Finding):
    """An option that the operation or harness does not have.

    `known`: its options; `spare`: those that are not given; `missing`: those that must be.
    """

    rule: ClassVar[str] = "unknown-option"

    option: tree.Option
    operation: str
    known: Sequence[str]
    spare: Sequence[str] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ExtraArgument(Finding):
    """More inputs than the operation or harness has."""

    rule: ClassVar[str] = "extra-argument"

    signature: Signature
    most: int


@dataclass(frozen=True, slots=True)
class InputAfterOption(Finding):
    """An input that stands behind an option of its call."""

    rule: ClassVar[str] = "input-after-option"

    call: tree.Call
    signature: Signature


@dataclass(frozen=True, slots=True)
class InputByName(Finding):
    """An input that is given like an option."""

    rule: ClassVar[str] = "input-by-name"

    name: str
    call: tree.Call
    signature: Signature


@dataclass(frozen=True, slots=True)
class OptionByPosition(Finding):
    """An option that is given like an input.

    `spare`: the options that it may be, the likeliest first; `meant`: the one of them where it can be no other.
    """

    rule: ClassVar[str] = "option-by-position"

    value: tree.Value
    operation: str
    spare: Sequence[str]
    meant: str | None


@dataclass(frozen=True, slots=True)
class Misfit:
    """In what an operation does not fit a parameter: what it has itself, and what is given to it or wanted of it.

    `name`: the input that does not fit.
    """

    part: Literal["inputs needed", "inputs taken", "input", "result", "effects"]
    own: int | Type | Sequence[Effect]
    other: int | Type | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class OperationDoesNotFit(Finding):
    """An operation that an operation parameter does not take."""

    rule: ClassVar[str] = "operation-does-not-fit"

    name: str
    parameter: str
    misfit: Misfit
    wanted: OperationOf
    given: Signature


@dataclass(frozen=True, slots=True)
class RepeatedOption(Finding):
    """An option that the call, or the budget, gives already."""

    rule: ClassVar[str] = "duplicate-option"

    first: tree.Option
    again: tree.Option


@dataclass(frozen=True, slots=True)
class MissingInput(Finding):
    """An input that is not given."""

    rule: ClassVar[str] = "missing-argument"

    missing: Input
    signature: Signature


@dataclass(frozen=True, slots=True)
class MissingOption(Finding):
    """An option that must be given and is not."""

    rule: ClassVar[str] = "missing-argument"

    missing: OptionParameter
    operation: str


@dataclass(frozen=True, slots=True)
class WrongLiteral(Finding):
    """A value of an option that is of another kind. `kind`: that of the option, `op` where it is an operation."""

    rule: ClassVar[str] = "wrong-literal"

    name: str
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class OutOfRange(Finding):
    """A value of an option that is of its kind, but none that it may have. `wanted`: those, in words."""

    rule: ClassVar[str] = "wrong-literal"

    name: str
    wanted: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class NegativeSize(Finding):
    """A dimension, given as an option, of less than no elements."""

    rule: ClassVar[str] = "negative-dimension"

    size: int

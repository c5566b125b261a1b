"""Facts about types and shapes in calls: what is wanted, and what is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.shapes import Shape
from hdsl.graph.types import ExperienceOf, Type


@dataclass(frozen=True, slots=True)
class NotToSwitchOn(Finding):
    """A switch on a node that is not text, so that it has no labels."""

    rule: ClassVar[str] = "type-mismatch"

    given: Type | ExperienceOf | None


@dataclass(frozen=True, slots=True)
class TypeMismatch(Finding):
    """A value of another type than is wanted.

    `wanted`: the type, or what is said for any of several. `given` is None for a constant, and `constant` then how it
    is called where that is not "text".
    """

    rule: ClassVar[str] = "type-mismatch"

    name: str
    wanted: Type | ExperienceOf | str
    given: Type | ExperienceOf | None
    constant: str = ""


@dataclass(frozen=True, slots=True)
class ExperienceMismatch(Finding):
    """An experience of other keys or values than are wanted, or a text that is not a key of one.

    `table`: the experience whose keys are wanted, as it is called.
    """

    rule: ClassVar[str] = "experience-mismatch"

    name: str
    wanted: Type | ExperienceOf
    given: Type | ExperienceOf
    table: str = ""


@dataclass(frozen=True, slots=True)
class DimensionMismatch(Finding):
    """A tensor of as many dimensions as are wanted, but of other sizes."""

    rule: ClassVar[str] = "dimension-mismatch"

    name: str
    operation: str
    wanted: Shape
    given: Shape


@dataclass(frozen=True, slots=True)
class CannotExpand(Finding):
    """A shape that does not grow to the one that is wanted."""

    rule: ClassVar[str] = "cannot-expand"

    given: Shape
    target: Shape


@dataclass(frozen=True, slots=True)
class LoopOverNothing(Finding):
    """A loop whose turns are none."""

    rule: ClassVar[str] = "loop-over-nothing"

    operation: str


@dataclass(frozen=True, slots=True)
class RankDisagrees(Finding):
    """An input with fewer or more dimensions than the operation takes."""

    rule: ClassVar[str] = "rank-mismatch"

    name: str
    operation: str
    wanted: Shape
    given: Shape


@dataclass(frozen=True, slots=True)
class UnboundResult(Finding):
    """Dimensions of a result that neither the inputs nor an annotation give."""

    rule: ClassVar[str] = "unbound-dimension"

    missing: Sequence[str]

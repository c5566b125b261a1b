"""Facts about bodies: what is written of nodes and results, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class AnnotationDisagrees(Finding):
    """A node that is not what is written of it. `type` and `shape` are what it is."""

    rule: ClassVar[str] = "annotation-disagrees"

    name: str
    written: tree.TypeExpr
    written_shape: Shape
    type: Type
    shape: Shape


@dataclass(frozen=True, slots=True)
class MissingAnnotation(Finding):
    """A node of which nothing is written, and what it is. `is_open`: of another type if that were written."""

    rule: ClassVar[str] = "missing-annotation"

    name: str
    type: Type
    shape: Shape
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ResultDisagrees(Finding):
    """A returned node that is not what the harness gives. `declared` is where the harness says so."""

    rule: ClassVar[str] = "result-disagrees"

    name: str
    declared: tree.TypeExpr
    type: Type
    shape: Shape
    wanted: Type
    wanted_shape: Shape


@dataclass(frozen=True, slots=True)
class NotAnInput(Finding):
    """A literal that cannot be an input. `position`: which input, counted from 1, or what it is instead."""

    rule: ClassVar[str] = "not-an-input"

    position: str


@dataclass(frozen=True, slots=True)
class OptionAsInput(Finding):
    """An option of the harness that is given as an input."""

    rule: ClassVar[str] = "option-as-input"

    name: str


@dataclass(frozen=True, slots=True)
class ExpectAScore(Finding):
    """An operation that gives no score, and stands behind `expect`."""

    rule: ClassVar[str] = "expect-a-score"

    name: str


@dataclass(frozen=True, slots=True)
class TestWithoutExpect(Finding):
    """A test that expects nothing."""

    rule: ClassVar[str] = "test-without-expect"

    name: str


@dataclass(frozen=True, slots=True)
class TestOfNothing(Finding):
    """A node of a test that has no elements."""

    rule: ClassVar[str] = "test-without-expect"

    node: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class NodeWithoutShape(Finding):
    """A node whose annotation has a type alone. `shape`: what the node has, where that is known."""

    rule: ClassVar[str] = "missing-shape"

    type: str
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class UnboundRange(Finding):
    """A range whose length nothing gives."""

    rule: ClassVar[str] = "unbound-dimension"


@dataclass(frozen=True, slots=True)
class UselessRetries(Finding):
    """Retries at a node that takes any text for an answer."""

    rule: ClassVar[str] = "useless-retries"

    operation: str
    option: tree.Option

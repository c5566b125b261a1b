"""Facts about stubs: what `given` names, and what it says. `path` is as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type


@dataclass(frozen=True, slots=True)
class UnknownStub(Finding):
    """A path that names no node.

    `inside`: the harness or call whose nodes do not have that name; empty if the path begins with no harness. `nodes`:
    the paths that it could be; `known`: those it is compared with. `is_harness`: it is a harness, and no node of one.
    """

    rule: ClassVar[str] = "unknown-stub"

    path: str
    inside: str
    nodes: Sequence[str] = field(compare=False)
    known: Sequence[str] = field(compare=False)
    is_input: bool = False
    is_harness: bool = False


@dataclass(frozen=True, slots=True)
class StubInsideNode(Finding):
    """A path that goes on behind a `node` that has no nodes in it."""

    rule: ClassVar[str] = "unknown-stub"

    path: str
    node: str


@dataclass(frozen=True, slots=True)
class StubTwice(Finding):
    """A second stub of one node in a test."""

    rule: ClassVar[str] = "defined-twice"

    name: str


@dataclass(frozen=True, slots=True)
class StubOfNoText(Finding):
    """A stub of a node that holds no texts."""

    rule: ClassVar[str] = "stub-does-not-fit"

    path: str
    type: Type


@dataclass(frozen=True, slots=True)
class StubShapeDisagrees(Finding):
    """A stub of another shape than its node. `has_turns`: the node is in a loop."""

    rule: ClassVar[str] = "stub-does-not-fit"

    path: str
    given: str
    wanted: Shape
    has_turns: bool


@dataclass(frozen=True, slots=True)
class StubTooDeep(Finding):
    """A stub of more lists in each other than a node has dimensions."""

    rule: ClassVar[str] = "stub-does-not-fit"

    path: str
    most: int


@dataclass(frozen=True, slots=True)
class UnknownReply(Finding):
    """A stub that says something by another function than `fail`."""

    rule: ClassVar[str] = "unknown-reply"

    name: str


@dataclass(frozen=True, slots=True)
class UnusedStub(Finding):
    """A stub of a node that no expectation of its test needs."""

    rule: ClassVar[str] = "unused-stub"

    path: str

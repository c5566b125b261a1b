"""Facts about lines of training data. What is equal in many lines is one fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.shapes import Shape


@dataclass(frozen=True, slots=True)
class InData(Finding):
    """What all findings about lines have. `more`: in how many further lines the same was found."""

    more: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class MalformedData(InData):
    """A line that cannot be read."""

    rule: ClassVar[str] = "malformed-data"

    reason: str


@dataclass(frozen=True, slots=True)
class MissingInData(InData):
    """A line that does not give this input, or, where that is None, what is expected."""

    rule: ClassVar[str] = "missing-in-data"

    input: str | None
    harness: str


@dataclass(frozen=True, slots=True)
class UnknownInData(InData):
    """A key that is not an input of texts.

    `names`: the keys that a line may have; `known`: those of them that are compared with this one; `meant`: the one
    that it can only mean; `is_option`, `is_input`: what else of the harness has this name.
    """

    rule: ClassVar[str] = "unknown-in-data"

    name: str
    harness: str
    names: Sequence[str] = field(compare=False)
    known: Sequence[str] = field(compare=False)
    meant: str | None = field(compare=False)
    is_option: bool = field(compare=False)
    is_input: bool = field(compare=False)


@dataclass(frozen=True, slots=True)
class UnknownPath(InData):
    """A path of no node that gives texts.

    `nodes`: the paths of those that do; `inner`: those of them inside of this call; `known`: those that are compared
    with this path; `meant`: the one that it can only mean.
    """

    rule: ClassVar[str] = "unknown-path"

    path: str
    harness: str
    nodes: Sequence[str] = field(compare=False)
    inner: Sequence[str] = field(compare=False)
    known: Sequence[str] = field(compare=False)
    meant: str | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class DataShapeDisagrees(InData):
    """Texts of another shape than wanted. `sizes`: what its dimensions are found to be, in their order."""

    rule: ClassVar[str] = "data-shape-disagrees"

    name: str
    given: tuple[int, ...]
    wanted: Shape
    sizes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class NotALabelInData(InData):
    """A text that carries no label of the type of this name.

    `begins`: as much of the text as is shown, by which lines are alike; `known`: the labels compared with it.
    """

    rule: ClassVar[str] = "not-a-label"

    begins: str
    type: str
    text: str = field(compare=False)
    labels: Sequence[str] = field(compare=False)
    known: Sequence[str] = field(compare=False)


@dataclass(frozen=True, slots=True)
class NotOfRecordInData(InData):
    """A text that is not of the record type of this name. `why`: a clause that goes on from "the text"."""

    rule: ClassVar[str] = "not-of-record"

    type: str
    why: str

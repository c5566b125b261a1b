"""Facts about indexing: what is not an index, what is outside, and too many indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.shapes import Shape
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class BadIndex(Finding):
    """A name that is not an index, or an ellipsis that is not the first."""

    rule: ClassVar[str] = "bad-index"

    item: tree.IndexNew | tree.IndexEllipsis


@dataclass(frozen=True, slots=True)
class RankMismatch(Finding):
    """A node that has fewer dimensions than are indexed.

    `wanted`: how many dimensions; `shape`: what it has.
    """

    rule: ClassVar[str] = "rank-mismatch"

    name: str
    wanted: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class IndexOutOfRange(Finding):
    """An index that a dimension of this size does not have."""

    rule: ClassVar[str] = "index-out-of-range"

    index: int
    size: int

"""Facts about switches and about harnesses that call each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.types import Type
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class UnreachableCase(Finding):
    """A case that is never reached: it stands behind `else`, or is an `else` beside a case for every label."""

    rule: ClassVar[str] = "unreachable-case"

    is_else_of_nothing: bool


@dataclass(frozen=True, slots=True)
class DuplicateCase(Finding):
    """A second case of one label. `spare`: the labels that have none."""

    rule: ClassVar[str] = "duplicate-case"

    label: str
    first: tree.Case
    again: tree.Case
    spare: Sequence[str]


@dataclass(frozen=True, slots=True)
class CaseNotALabel(Finding):
    """A case for what is not a label. `known`: what it may be; `spare`: the labels that have no case."""

    rule: ClassVar[str] = "case-not-a-label"

    label: str
    type: Type
    known: Sequence[str]
    spare: Sequence[str]


@dataclass(frozen=True, slots=True)
class MissingCase(Finding):
    """A switch that does not cover everything. `missing`: the labels without a case, none where any text is one."""

    rule: ClassVar[str] = "missing-case"

    switch: tree.Switch
    condition: Type
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Recursion(Finding):
    """Harnesses that call each other, the first of them again at the end."""

    rule: ClassVar[str] = "recursion"

    harnesses: Sequence[str]

"""Facts about budgets: how they are written, and what a harness costs at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.polynomial import Maximum
from hdsl.graph.program import Budget
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class BadBudget(Finding):
    """A budget without limits, or an option of it that is not what it takes. `value`: what is given, if anything is."""

    rule: ClassVar[str] = "bad-budget"

    name: str
    wanted: str
    value: tree.Value | tree.BoundOperation | None = None


@dataclass(frozen=True, slots=True)
class UnknownBudgetOption(Finding):
    """An option that a budget does not have. `known`: those that it has, with what they take."""

    rule: ClassVar[str] = "unknown-option"

    name: str
    known: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OverBudget(Finding):
    """A harness that may cost more than a budget allows. `what`: in which unit; `bound`: how much at most."""

    rule: ClassVar[str] = "over-budget"

    budget: Budget
    limit: float
    what: str
    bound: Maximum

"""The budget that a body declares: its limits, and what they are per."""

from __future__ import annotations

from typing import Any

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.syntax import tree

BUDGET_OPTIONS = {"llm_calls": "an integer", "seconds": "a number", "per": "a list of dimensions such as `[B]`"}


class DeclaredBudget:
    """The budget of one body, with what it limits."""

    def __init__(self, report: Report, scope: Scope) -> None:
        self.report = report
        self.scope = scope
        self.source = scope.module.source
        self.limits: dict[str, float] = {}
        self.per: tuple[str, ...] = ()
        self.span: tree.Span | None = None

    def declare(self, budget: tree.Budget) -> None:
        """Takes the limits of one statement; a second one is reported."""
        if self.span is not None:
            first = Related("first budget here", Place(self.source, self.span))
            self.report.tell(findings.names.DefinedTwice("budget"), self.source, budget.span, related=[first])
            return
        self.span = budget.span
        if not budget.options:
            self.report.tell(findings.budgets.BadBudget("budget", "at least one limit"), self.source, budget.span)
        given: dict[str, tree.Option] = {}
        for option in budget.options:
            name, value = option.name.text, option.value
            if name in given:
                first = Related("first given here", Place(self.source, given[name].name.span))
                repeated = findings.calls.RepeatedOption(given[name], option)
                self.report.tell(repeated, self.source, option.name.span, related=[first])
                continue
            given[name] = option
            if name not in BUDGET_OPTIONS:
                self.report.tell(
                    findings.budgets.UnknownBudgetOption(name, BUDGET_OPTIONS), self.source, option.name.span
                )
            elif name == "per" and (named := self._named(value)) is not None:
                self.per = named
            elif (
                name != "per"
                and isinstance(value, tree.Number)
                and value.value >= 0
                and (name == "seconds" or isinstance(value.value, int))
            ):
                self.limits[name] = value.value
            else:
                self.report.tell(findings.budgets.BadBudget(name, BUDGET_OPTIONS[name], value), self.source, value.span)

    def _named(self, value: Any) -> tuple[str, ...] | None:
        """The names and packs in a list of dimensions of this scope, or None if it is something else."""
        if not isinstance(value, tree.ListValue):
            return None
        names = [
            f"*{item.name}" if isinstance(item, tree.Pack) else item.text
            for item in value.items
            if isinstance(item, tree.Name | tree.Pack)
        ]
        known = len(names) == len(value.items) and all(name in self.scope.dimensions for name in names)
        return tuple(names) if known else None

"""Rule of budgets: what a harness may cost at most, against the budget it and the harnesses it calls declare."""

from __future__ import annotations

from collections.abc import Callable

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.graph.cost import bounds
from hdsl.graph.inline import ProgramTooLarge
from hdsl.graph.polynomial import Maximum, Polynomial
from hdsl.graph.program import Budget, Program
from hdsl.graph.shapes import Shape
from hdsl.graph.typed import CallOf, Module, TypedHarness
from hdsl.syntax.tree import Span

MOST_BOUNDS = 1_000_000
"""Nodes that are looked at for all budgets of a harness and of those it calls."""


def check_budgets(
    report: Report, module: Module, harness: TypedHarness, span: Span | None, inlined: Callable[[], Program]
) -> None:
    """Compares every budget of a sound harness, inlined, with the bound; `span` is that of its own budget."""
    calls = any(isinstance(node.value, CallOf) and node.value.signature.is_harness for node in harness.nodes)
    if not harness.budget and not calls:
        return
    program = inlined()
    if program.result not in program.nodes:
        return
    if len(program.budgets) * len(program.nodes) > MOST_BOUNDS:
        raise ProgramTooLarge(f"a harness calls others with {len(program.budgets):,} budgets")
    sizes = {name: size for name, size in program.dimensions.items() if isinstance(size, int)}
    places = {node.name: node.span for node in harness.nodes}
    for budget in program.budgets:
        place = span if not budget.path else places[budget.path.partition(".")[0]]
        if place is not None:
            _compare(report, module, program, budget, sizes, place)


def _compare(
    report: Report, module: Module, program: Program, budget: Budget, sizes: dict[str, int], span: Span
) -> None:
    bound, each = bounds(program, sizes, within=budget.path)
    for what, limit, amount in (
        ("model calls", budget.llm_calls, bound.llm_calls),
        ("seconds of waiting", budget.seconds, bound.seconds),
    ):
        if limit is None or fits(amount, limit, budget.per, sizes):
            continue
        most_expensive = max(
            each, key=lambda path: _size(each[path].llm_calls if what == "model calls" else each[path].seconds)
        )
        node = program.nodes[most_expensive]
        related = [Related("most of the cost is here", Place(node.source, node.span))]
        report.tell(findings.budgets.OverBudget(budget, limit, what, amount), module.source, span, related=related)


def fits(amount: Maximum, limit: float, per: Shape, sizes: dict[str, int]) -> bool:
    """Whether a bound is within a limit at all sizes from 1; the limit is multiplied by the sizes it is given per."""
    times, names = limit, set()
    for dimension in per:
        if isinstance(dimension, int) or dimension in sizes:
            times *= dimension if isinstance(dimension, int) else sizes[dimension]
        else:
            names.add(dimension)
    return all(_within(polynomial, times, names) for polynomial in amount.alternatives)


def _within(polynomial: Polynomial, limit: float, names: set[str]) -> bool:
    """Each monomial grows no faster than the limit's, so it is enough to compare where all sizes are 1."""
    divides = all(set(monomial) <= names and len(set(monomial)) == len(monomial) for monomial, _ in polynomial.terms)
    return divides and sum(number for _, number in polynomial.terms) <= limit


def _size(amount: Maximum) -> float:
    return max(sum(number for _, number in polynomial.terms) for polynomial in amount.alternatives)

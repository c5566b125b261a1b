"""The words of findings about budgets."""

from __future__ import annotations

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.budgets import BadBudget, OverBudget, UnknownBudgetOption
from hdsl.check.fixes import literal_as, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.polynomial import Maximum
from hdsl.graph.program import Budget
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax import tree


def _bad_budget(finding: BadBudget, place: Place) -> Words:
    name, meant = finding.name, None
    if name != "per":
        meant = literal_as(finding.value, "float" if name == "seconds" else "int")
    fixes: list[Fix] = [] if meant is None else [written(place.source, place.span, meant)]
    help = None
    if name == "per":
        value = finding.value
        fixes = [written(place.source, place.span, f"[{value.text}]")] if isinstance(value, tree.Name) else []
        help = "Example: `budget(llm_calls=2, per=[B])`."
    what = "the budget" if name == "budget" else f"`{name}` of the budget"
    return Words({"what": what, "wanted": finding.wanted}, help=help, fixes=fixes, expected=finding.wanted)


def _unknown_budget_option(finding: UnknownBudgetOption, place: Place) -> Words:
    name, known = finding.name, finding.known
    return Words(
        {"name": name, "operation": "budget"},
        help=did_you_mean(name, known, "The options of a budget are `llm_calls`, `seconds` and `per`."),
        fixes=renamed(place.source, place.span, name, known),
    )


def _over_budget(finding: OverBudget, place: Place) -> Words:
    budget = finding.budget
    grows = [name for name in _names(finding.bound) if name not in budget.per]
    limit, bound = f"{finding.limit:g}{_per(budget)}", str(finding.bound)
    whose = "The budget" if not budget.path else f"The budget of `{budget.harness}`, called by `{budget.path}`,"
    return Words(
        {"whose": whose, "limit": limit, "what": finding.what, "bound": bound},
        help="Raise the budget, or reduce the number of turns."
        if not grows
        else f"Set the budget per dimension: `per=[{', '.join(grows)}]`.",
        expected=f"at most {limit}",
        found=bound,
    )


def _per(budget: Budget) -> str:
    """What a limit is multiplied by, in the dimensions of the harness that declares it."""
    if not budget.declared_per:
        return ""
    declared, here = (", ".join(map(str, shape)) for shape in (budget.declared_per, budget.per))
    return f" per {declared}" if declared == here else f" per {declared} (here {here})"


def _names(amount: Maximum) -> list[str]:
    return sorted({name for each in amount.alternatives for monomial, _ in each.terms for name in monomial})


WORDING: Wording = {
    BadBudget: _bad_budget,
    OverBudget: _over_budget,
    UnknownBudgetOption: _unknown_budget_option,
}

"""Budgets as they are spent: model calls by the inlined call they belong to, seconds by the clock."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from hdsl.future.context import BudgetSpent
from hdsl.graph.cost import bounds
from hdsl.graph.program import Budget, Program
from hdsl.kernel.request import Usage


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget at the sizes of one run."""

    path: str
    llm_calls: int | None
    seconds: float | None


def limits(budgets: Sequence[Budget], dimensions: Mapping[str, int]) -> list[Limit]:
    """The budgets of a program: what is given per a dimension is multiplied by its size."""
    found: list[Limit] = []
    for budget in budgets:
        times = 1
        for dimension in budget.per:
            times *= dimension if isinstance(dimension, int) else dimensions[dimension]
        calls = None if budget.llm_calls is None else budget.llm_calls * times
        seconds = None if budget.seconds is None else budget.seconds * times
        found.append(Limit(budget.path, calls, seconds))
    return found


@dataclass(frozen=True, slots=True)
class UpperBound:
    """The most that a call can come to at the sizes of one run; None where that is not a number."""

    llm_calls: float | None
    seconds: float | None
    """Seconds of waiting."""


BoundWithin = Callable[[str], UpperBound | None]
"""The static bound by the path of an inlined call (empty: the whole program); None where nobody knows it."""


def beyond_budget(program: Program, dimensions: Mapping[str, int]) -> str | None:
    """What a run of this size may cost beyond a budget, in one sentence; None where every budget allows it."""
    return beyond_budgets(program.budgets, dimensions, bound_within(program, dimensions))


def beyond_budgets(budgets: Sequence[Budget], dimensions: Mapping[str, int], bound_within: BoundWithin) -> str | None:
    """`beyond_budget` of what need not be a checked program."""
    for limit in limits(budgets, dimensions):
        bound = bound_within(limit.path)
        if bound is None:
            continue
        for what, allowed, most in (
            ("model calls", limit.llm_calls, bound.llm_calls),
            ("seconds of waiting", limit.seconds, bound.seconds),
        ):
            if allowed is not None and most is not None and most > allowed:
                sizes = ", ".join(f"{name}={size}" for name, size in dimensions.items())
                where = f"the budget of `{limit.path}`" if limit.path else "the budget"
                return f"{where} is {allowed:g} {what}, and with {sizes} it can come to {most:g}"
    return None


def bound_within(program: Program, dimensions: Mapping[str, int]) -> BoundWithin:
    """The static bounds of a program at some sizes."""

    def within(path: str) -> UpperBound:
        bound, _ = bounds(program, dimensions, within=path)
        return UpperBound(bound.llm_calls.number, bound.seconds.number)

    return within


class BudgetMeter:
    """Charges each model call to the budgets of all the calls it is part of.

    `bound_within`: the static bound of what a budget is for.
    """

    def __init__(self, limits: Sequence[Limit], bound_within: BoundWithin | None = None) -> None:
        self._limits = limits
        self._bound_within = bound_within
        self._spare: dict[str, float] = {}
        self._calls = dict.fromkeys((limit.path for limit in limits), 0)
        self._started: dict[str, float] = {}
        self._lock = threading.Lock()
        self.usage = Usage()
        self.usage_by_node: dict[str, Usage] = {}

    def charge(self, site_name: str) -> None:
        """Counts one model call of a node; BudgetSpent where a budget above it allows none."""
        with self._lock:
            above = self._above(site_name)
            for limit in above:
                self._check(limit)
            for limit in above:
                self._calls[limit.path] += 1

    def charge_beyond(self, site_name: str) -> bool:
        """Counts a call that the static bound does not know of, if every budget above the node leaves one beyond its
        bound: what the bound counts can then still be asked. Without a budget of calls the bound is kept.
        """
        with self._lock:
            above = [limit for limit in self._above(site_name) if limit.llm_calls is not None]
            if not above or any(self._left(limit) < 1 for limit in above):
                return False
            for limit in above:
                self._spare[limit.path] -= 1
            for limit in self._above(site_name):
                self._check(limit)
                self._calls[limit.path] += 1
            return True

    def _above(self, site_name: str) -> list[Limit]:
        return [limit for limit in self._limits if not limit.path or site_name.startswith(limit.path + ".")]

    def _left(self, limit: Limit) -> float:
        """The calls that a budget leaves beyond the static bound; none where nobody knows the bound."""
        if limit.path not in self._spare:
            bound = None if self._bound_within is None else self._bound_within(limit.path)
            most = None if bound is None else bound.llm_calls
            self._spare[limit.path] = 0 if most is None or limit.llm_calls is None else limit.llm_calls - most
        return self._spare[limit.path]

    def _check(self, limit: Limit) -> None:
        where = f"the budget of `{limit.path}`" if limit.path else "the budget"
        if limit.llm_calls is not None and self._calls[limit.path] >= limit.llm_calls:
            raise BudgetSpent(f"{where} is spent: {limit.llm_calls} model calls")
        began = self._started.setdefault(limit.path, monotonic())
        if limit.seconds is not None and monotonic() - began > limit.seconds:
            raise BudgetSpent(f"{where} is spent: {limit.seconds:g} s")

    def add(self, site_name: str, usage: Usage) -> None:
        """Notes what a call cost."""
        with self._lock:
            self.usage = self.usage + usage
            self.usage_by_node[site_name] = self.usage_by_node.get(site_name, Usage()) + usage

    @property
    def seconds(self) -> float | None:
        """The seconds that the whole run may take, if its budget names them."""
        return next((limit.seconds for limit in self._limits if not limit.path), None)

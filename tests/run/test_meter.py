"""Budgets while they are spent, and compared with what a run may cost."""

import pytest

from hdsl.future.context import BudgetSpent
from hdsl.graph.program import Budget
from hdsl.kernel.request import Usage
from hdsl.run.meter import BudgetMeter, Limit, limits


def test_a_call_is_charged_to_every_budget_it_is_under() -> None:
    meter = BudgetMeter([Limit("", 5, None), Limit("one", 2, None), Limit("one.two", None, 60.0)])
    for site in ("one.two.asks", "one.asks"):
        meter.charge(site)
    with pytest.raises(BudgetSpent, match=r"^the budget of `one` is spent: 2 model calls$"):
        meter.charge("one.asks")
    for site in ("asks", "onely.asks", "one_more.asks"):
        meter.charge(site)
    with pytest.raises(BudgetSpent, match=r"^the budget is spent: 5 model calls$"):
        meter.charge("asks")


def test_a_call_that_a_budget_refuses_is_charged_to_none() -> None:
    meter = BudgetMeter([Limit("", 2, None), Limit("one", 0, None)])
    for _ in range(3):
        with pytest.raises(BudgetSpent, match="of `one`"):
            meter.charge("one.asks")
    meter.charge("asks")
    meter.charge("asks")


def test_seconds_run_from_the_first_call_of_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("hdsl.run.meter.monotonic", lambda: now)
    meter = BudgetMeter([Limit("", None, 60.0), Limit("one", None, 2.5)])
    meter.charge("asks")
    now = 150.0
    meter.charge("one.asks")
    now = 152.0
    meter.charge("one.asks")
    now = 153.0
    with pytest.raises(BudgetSpent, match=r"^the budget of `one` is spent: 2.5 s$"):
        meter.charge("one.asks")
    assert meter.seconds == 60.0


def test_usage_is_summed_in_all_and_for_each_node() -> None:
    meter = BudgetMeter([])
    meter.add("a", Usage(1, 2, 30, 4))
    meter.add("a", Usage(1, 0, 5, 1))
    meter.add("b", Usage(calls=1))
    assert meter.usage == Usage(3, 2, 35, 5)
    assert meter.usage_by_node == {"a": Usage(2, 2, 35, 5), "b": Usage(calls=1)}


def test_a_budget_per_dimension_grows_with_it() -> None:
    budgets = [Budget("", 2, None, ("B", 3)), Budget("one", None, 1.5, ("T",)), Budget("two", 4, None, ())]
    assert limits(budgets, {"B": 5, "T": 2}) == [
        Limit("", 30, None),
        Limit("one", None, 3.0),
        Limit("two", 4, None),
    ]

"""What the model calls of one example cost: those of its run within the harness's budgets, and those of reflection."""

from collections.abc import Mapping

from hdsl.graph.program import Program
from hdsl.kernel.request import Usage
from hdsl.run.clock import Clock
from hdsl.run.meter import BudgetMeter, bound_within, limits


class ExampleMeter:
    """Charges the budgets of a harness while it runs; what is asked afterwards, to learn, is counted alone."""

    def __init__(self, program: Program, dimensions: Mapping[str, int]) -> None:
        budgets = limits(program.budgets, dimensions)
        self._budget = BudgetMeter(budgets, bound_within(program, dimensions))
        self.clock = Clock(budgets)
        self._has_run = False

    def charge(self, site_name: str) -> None:
        """Counts one model call; BudgetSpent where the running harness has none left."""
        if not self._has_run:
            self._budget.charge(site_name)

    def charge_beyond(self, site_name: str) -> bool:
        """Whether a call beyond the static bound may be made: while the harness runs, where its budgets leave one."""
        return self._has_run or self._budget.charge_beyond(site_name)

    def add(self, site_name: str, usage: Usage) -> None:
        """Notes what a call cost."""
        self._budget.add(site_name, usage)

    def end_run(self) -> None:
        """From now on calls are made to learn."""
        self._has_run = True

    @property
    def seconds(self) -> float | None:
        """How long the run may take."""
        return self._budget.seconds

    @property
    def usage(self) -> Usage:
        """All calls so far."""
        return self._budget.usage

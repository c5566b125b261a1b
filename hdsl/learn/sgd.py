"""StSGD: numbers by gradient descent, texts by patches and lessons; a step is a transaction that can be undone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch

from hdsl.experience.records import StepRecord
from hdsl.learn.changes import make_change, refused_change
from hdsl.learn.evidence import Evidence
from hdsl.learn.plan import Plan, plan_table, plan_texts
from hdsl.ops.lessons import lesson_registry
from hdsl.ops.rows import WIDTH, is_table
from hdsl.tensor.counts import Counts
from hdsl.tensor.gradients import gradient_registry, gradients_of
from hdsl.tensor.text_tensor import is_text_tensor, store_of


@dataclass(frozen=True, slots=True)
class StepStats(Counts):
    """What one step did."""

    rows_added: int = 0
    rows_changed: int = 0
    applied: int = 0
    rejected: int = 0
    fuzzed: int = 0
    skipped: int = 0

    def counts(self) -> dict[str, int]:
        return {**{field.name: getattr(self, field.name) for field in fields(self)}, "rej_files": 0}


class StSGD:
    """Descends in both channels, without momentum; the same steps for the same gradients.

    Numbers: `p ← (1 - lr)·p + lr·g`, where there is a gradient. Texts follow their diffs, several of one text merged;
    an experience `[N, 3]` follows its lessons too, and the queries of rows that changed are rebuilt. TypeError for a
    parameter without texts, ValueError for no parameters or a rate outside (0, 1].

    It is used as a torch.optim.Optimizer is, with groups of parameters, and is none: importing that costs seconds. What
    it has learned is in the texts and in `records`, and not in its `state_dict`.
    """

    def __init__(
        self, params: Iterable[torch.Tensor] | Iterable[dict[str, Any]], lr: float = 0.01, llm_env: object = None
    ) -> None:
        given = list(params)
        if not given:
            raise ValueError("StSGD has nothing to train: no parameter was given")
        self.defaults: dict[str, Any] = {"lr": lr}
        self.param_groups: list[dict[str, Any]] = []
        groups = [each for each in given if isinstance(each, dict)]
        for group in groups if len(groups) == len(given) else [{"params": given}]:
            self.add_param_group(group)
        self.evidence = Evidence()
        self.records: list[StepRecord] = []
        self._stats = StepStats()
        self._steps = 0

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Trains more parameters, at a rate of their own if the group has one: `{"params": [...], "lr": .5}`."""
        params = param_group["params"]
        group = {
            **self.defaults,
            **param_group,
            "params": [params] if isinstance(params, torch.Tensor) else list(params),
        }
        if not 0.0 < group["lr"] <= 1.0:
            raise ValueError(f"the rate is over 0 and at most 1, not {group['lr']}")
        if not all(map(is_text_tensor, group["params"])):
            raise TypeError("StSGD trains text tensors, and a parameter has no texts")
        self.param_groups.append(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Follows what waits for the parameters, all of it or, where an exception ends it, nothing."""
        loss = None if closure is None else closure()
        self.take(self.propose())
        for group in self.param_groups:
            for tensor in group["params"]:
                _descend(tensor, group["lr"])
        return loss

    def propose(self) -> StepRecord:
        """The step that follows what waits for the parameters, which then waits no more; nothing is changed yet."""
        plans = [_plan(tensor, self.evidence) for tensor in self._tensors()]
        self._stats = _stats(plans)
        refused = [each for plan in plans for each in plan.refused]
        refused += [refused_change(one.uid, one.index, one.refused) for one in gradient_registry().take_refused()]
        changes = tuple(plan.change for plan in plans if not plan.change.is_nothing)
        votes = tuple(vote for plan in plans for vote in plan.votes)
        return StepRecord(self._steps + 1, changes, votes, tuple(refused))

    def take(self, record: StepRecord) -> None:
        """Makes a step that was proposed, here or by another process that recorded it; all of it or nothing."""
        tensors = {store_of(tensor).uid: tensor for tensor in self._tensors()}
        made = []
        try:
            for change in record.changes:
                made.append(change)
                make_change(tensors[change.uid], change)
        except BaseException:
            for change in reversed(made):
                make_change(tensors[change.uid], change.reversed())
            raise
        self.evidence.add(record.votes)
        self.records.append(record)
        self._steps = record.number

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets numbers, diffs and lessons that wait for the parameters."""
        for tensor in self._tensors():
            if set_to_none or tensor.grad is None:
                tensor.grad = None
            else:
                tensor.grad.zero_()
            uid = store_of(tensor).uid
            gradient_registry().take(uid)
            lesson_registry().take(uid)

    def get_last_step_stats(self) -> StepStats:
        """What the last step did."""
        return self._stats

    def state_dict(self) -> dict[str, Any]:
        """What a torch.optim.Optimizer gives: the rates of its groups, whose parameters are numbered."""
        numbers = iter(range(len(self._tensors())))
        groups = [{**group, "params": [next(numbers) for _ in group["params"]]} for group in self.param_groups]
        return {"state": {}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the rates of the groups of another; ValueError where they are not as many, with as many parameters."""
        given = state_dict["param_groups"]
        if [len(group["params"]) for group in given] != [len(group["params"]) for group in self.param_groups]:
            raise ValueError("the state is of an optimizer with other groups of parameters")
        for group, other in zip(self.param_groups, given, strict=True):
            group.update({name: value for name, value in other.items() if name != "params"})

    def undo(self) -> StepRecord:
        """Takes the last step back, texts and evidence, and is its record; IndexError where there is none."""
        if not self.records:
            raise IndexError("there is no step to take back")
        record = self.records.pop()
        tensors = {store_of(tensor).uid: tensor for tensor in self._tensors()}
        for change in reversed(record.changes):
            make_change(tensors[change.uid], change.reversed())
        self.evidence.take_back(record.votes)
        return record

    def _tensors(self) -> list[torch.Tensor]:
        return [tensor for group in self.param_groups for tensor in group["params"]]


def _plan(tensor: torch.Tensor, evidence: Evidence) -> Plan:
    store = store_of(tensor)
    gradients = gradient_registry().take(store.uid)
    if not gradients and tensor.grad is not None and is_text_tensor(tensor.grad):
        gradients = gradients_of(tensor.grad)
    lessons = lesson_registry().take(store.uid)
    return plan_table(store, gradients, lessons, evidence) if is_table(store.shape) else plan_texts(store, gradients)


def _descend(tensor: torch.Tensor, rate: float) -> None:
    """Numbers that have a gradient; rows that a step added have none."""
    if tensor.grad is None:
        return
    store = store_of(tensor)
    flat, gradient = tensor.data.view(-1), tensor.grad.reshape(-1)
    for index in torch.nonzero(gradient).reshape(-1).tolist():
        value = (1.0 - rate) * float(flat[index]) + rate * float(gradient[index])
        flat[index] = value
        store.mark(index, float(flat[index]))


def _stats(plans: Sequence[Plan]) -> StepStats:
    added = sum(plan.change.rows_after - plan.change.rows_before for plan in plans)
    changed = sum(
        len({cell.index // WIDTH for cell in plan.change.cells if cell.index < plan.change.rows_before * WIDTH})
        for plan in plans
    )
    return StepStats(
        added,
        changed,
        sum(plan.patches.applied for plan in plans),
        sum(plan.patches.rejected for plan in plans),
        sum(plan.patches.fuzzed for plan in plans),
        sum(plan.patches.skipped for plan in plans),
    )

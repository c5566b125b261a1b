"""Running a harness on examples and scoring what came out; backward then teaches what it reaches."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from hdsl.experience.training_data import Example
from hdsl.future.context import BudgetSpent, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import TimeSpent, run_sync, run_together
from hdsl.future.status import Status
from hdsl.kernel.request import Usage
from hdsl.learn.binding import bound, placed
from hdsl.learn.losses import Loss, score_of
from hdsl.learn.meter import ExampleMeter
from hdsl.learn.module import HarnessModule
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.losses import edit_distance_ratio
from hdsl.ops.passing import element_of
from hdsl.run.lower import Lowered

NOT_REACHED = 1.0
"""The loss of a demonstration whose node was never asked, and of a result that is absent."""

SLACK = 0.25
"""Seconds after its budget in which an example may say itself that it is spent."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An example that was run. `loss`: the mean of the result's score and of the demonstrations' edit distances."""

    example: Example
    loss: float
    root: FutureTensor
    meter: ExampleMeter
    lowered: Lowered

    def backward(self) -> None:
        """Adds what this example teaches to what waits for the tables."""
        if self.root.requires_grad:
            torch.autograd.backward(self.root)

    @property
    def usage(self) -> Usage:
        """What its model calls cost so far, those of backward too."""
        return self.meter.usage


@contextmanager
def run_examples(module: HarnessModule, examples: Sequence[Example], loss: Loss, scope: str) -> Iterator[list[Scored]]:
    """Runs examples concurrently, each by itself; their sessions and texts last until the context ends.

    `scope` tells what they ask from what others ask of the same training. Raises what ends a run (BudgetSpent,
    KernelUnreachable, RunEnded), BindingError, LoweringError and LossFailed.
    """
    try:
        runs = [_Run(module, example, loss, scope) for example in examples]
        limits = [run.meter.seconds for run in runs if run.meter.seconds is not None]
        limit = max(limits) if limits and len(limits) == len(runs) else None
        try:
            timed = any(run.meter.clock for run in runs)
            pulling = run_together(run.pull() for run in runs)
            run_sync(pulling, limit, SLACK, (lambda: _spent(runs)) if timed else None)
        except TimeSpent as spent:
            raise BudgetSpent(str(spent)) from None
        yield [run.scored() for run in runs]
    finally:
        module.close_sessions()
        module.scratch.clear()


def _spent(runs: "Sequence[_Run]") -> str:
    for run in runs:
        if reason := run.meter.clock.spent():
            return f"the example in line {run.example.line}: {reason}"
    return ""


class _Run:
    def __init__(self, module: HarnessModule, example: Example, loss: Loss, scope: str) -> None:
        self.example = example
        self.loss = loss
        self.meter = ExampleMeter(module.program, bound(module.program, example.inputs).dimensions)
        self.lowered: Lowered = module.lowered(
            example.inputs, example.at, self.meter, module.scratch, f"{scope}, line {example.line}: "
        )
        self.result = self.lowered.seen[module.program.result]
        self.root = self.result
        self.score: Element = "", Status.absent
        if example.expected is not None:
            shape = tuple(self.result.ft_capacity_shape)
            texts = placed(example.expected, shape, module.program.nodes[module.program.result].type)
            with use_context(self.result.ft_node.context):
                expected = ft_make_forwarded(module.scratch, shape, list(texts.values()))
                self.root = loss.mean_score(self.result, expected)

    async def pull(self) -> None:
        seconds = self.meter.seconds
        try:
            async with asyncio.timeout(seconds) as clock:
                await self.root.ft_pull_all()
                if self.example.expected is not None:
                    self.score = await self.root.ft_node.get(())
        except BudgetSpent as spent:
            raise BudgetSpent(f"the example in line {self.example.line}: {spent}") from None
        except TimeoutError:
            if not clock.expired():
                raise
            reason = f"the budget is spent: {seconds:g} s"
            raise BudgetSpent(f"the example in line {self.example.line}: {reason}") from None
        self.meter.end_run()

    def scored(self) -> Scored:
        losses = [self._demonstrated(path) for path in self.lowered.demonstrations]
        if self.example.expected is not None:
            text, status = self.score
            losses.append(NOT_REACHED if status.is_absent else score_of(text, status, self.loss.name))
        return Scored(self.example, sum(losses) / len(losses), self.root, self.meter, self.lowered)

    def _demonstrated(self, path: str) -> float:
        node = self.lowered.nodes[path].ft_node
        asked = ((element_of((node, at)), text) for at, text in self.lowered.demonstrations[path].items())
        scores = [edit_distance_ratio(entry.text, text) for entry, text in asked if entry is not None]
        return sum(scores) / len(scores) if scores else NOT_REACHED

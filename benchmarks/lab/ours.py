"""hdsl in the lab: experts in a chain, a loss against what the teacher says, and a step of StSGD after each batch."""

from collections.abc import Sequence

import torch

from benchmarks.lab.kernel import ScriptedKernel
from benchmarks.lab.model import ScriptedModel
from benchmarks.lab.scoring import Score, score
from benchmarks.lab.tasks import EPOCHS, Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch
from hdsl.future.context import RunContext, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.learn.sgd import StSGD
from hdsl.ops.expert import ft_expert
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.rows import rows_of
from hdsl.ops.text_losses import get_edit_distance_ratio, texts_of
from hdsl.tensor.make import make_tensor
from hdsl.tensor.store import Home

TOPK = 16


class Chain:
    """Experts of which each answers what the one before it did."""

    def __init__(self, task: Task, home: Home) -> None:
        self._home = home
        tables = [[[key, key, value] for key, value in rows.items()] for rows in task.start]
        self.tables: list[torch.Tensor] = [make_tensor(rows, home).requires_grad_() for rows in tables]

    def __call__(self, keys: Sequence[str]) -> FutureTensor:
        """The answers to some keys."""
        answers = ft_make_forwarded(self._home, [len(keys)], list(keys))
        for table in self.tables:
            answers = ft_expert(answers, table, topk=TOPK)
        return answers

    def rows(self) -> list[dict[str, str]]:
        """What each table holds."""
        return [{row.key: row.value for row in rows_of(table)} for table in self.tables]


def train(task: Task) -> Score:
    """All epochs of the task, a step after each key."""
    model = ScriptedModel(task.dropped_rows, task.seed)
    kernel, evaluation = ScriptedKernel(model), ScriptedKernel(model)
    context = RunContext(kernel=kernel)
    with use_context(context):
        chain, teacher = Chain(task, context.home), Teacher(task)
        optimizer = StSGD(chain.tables, lr=1.0)

        def answer(key: str, _: str) -> str:
            with use_context(RunContext(kernel=evaluation, home=context.home)):
                return texts_of(chain([key]))[1][0]

        watch = Watch(task, answer)
        watch.look(chain.rows())
        calls = [0]
        for epoch in range(EPOCHS):
            for key in task.order(epoch):
                optimizer.zero_grad()
                answers = chain([key])
                said = teacher.visit(key, texts_of(answers)[1][0])
                expected = make_tensor([said.expected], context.home)
                get_edit_distance_ratio(answers, expected).sum().backward()
                optimizer.step()
                if watch.look(chain.rows()):
                    calls.append(kernel.calls)
    seen = watch.seen
    return score(seen.accuracies, calls, kernel.calls, seen.edits, seen.innocent_rows)

"""The yardstick: a plain row patch, which asks once forward, once for each mistake, and writes the one row."""

import asyncio
from collections.abc import Sequence

from benchmarks.lab.kernel import ScriptedKernel
from benchmarks.lab.model import ScriptedModel
from benchmarks.lab.scoring import Score, score
from benchmarks.lab.tasks import EPOCHS, Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch
from hdsl.kernel.request import Correction, Request, Row
from hdsl.retrieval.index import select
from hdsl.retrieval.tokens import tokens

TOPK = 16


class RowPatch:
    """A table of rows found by the tokens of the input."""

    def __init__(self, task: Task) -> None:
        self._kernel = ScriptedKernel(ScriptedModel(task.dropped_rows, task.seed))
        self._task = task
        self._rows = {key: Row(key, key, value) for key, value in task.start[0].items()}

    def train(self) -> Score:
        """All epochs of the task, one key at a time."""
        teacher = Teacher(self._task)
        watch = Watch(self._task, self._evaluated)
        watch.look([self._table()])
        calls = [0]
        for epoch in range(EPOCHS):
            for key in self._task.order(epoch):
                said = teacher.visit(key, self._answer(key))
                if not said.is_right:
                    self._learn(key, said.answer, said.expected)
                    if watch.look([self._table()]):
                        calls.append(self._kernel.calls)
        seen = watch.seen
        return score(seen.accuracies, calls, self._kernel.calls, seen.edits, seen.innocent_rows)

    def _evaluated(self, keys: Sequence[str], _: str) -> list[str]:
        with self._kernel.uncounted():
            return [self._answer(key) for key in keys]

    def _answer(self, key: str) -> str:
        return asyncio.run(self._kernel.answer(Request("expert", key, rows=self._shown(key)))).text

    def _learn(self, key: str, answer: str, expected: str) -> None:
        value = self._rows[key].value if key in self._rows else ""
        correction = Correction("value", value, answer, (expected,))
        request = Request("gradient", key, rows=self._shown(key), correction=correction)
        self._rows[key] = Row(key, key, asyncio.run(self._kernel.answer(request)).text)

    def _shown(self, key: str) -> tuple[Row, ...]:
        return tuple(match.row for match in select(tuple(self._rows.values()), tokens(key), TOPK))

    def _table(self) -> dict[str, str]:
        return {key: row.value for key, row in self._rows.items()}

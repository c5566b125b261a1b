"""hdsl in the lab: a harness as a torch module, a loss against what the teacher says, StSGD.

Validated: a step after which fewer answers over the data are right is taken back.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lab.kernel import ScriptedKernel
from benchmarks.lab.model import ScriptedModel
from benchmarks.lab.scoring import Score, score
from benchmarks.lab.tasks import EPOCHS, Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch
from hdsl.future.future_tensor import FutureTensor
from hdsl.learn.module import HarnessModule, load
from hdsl.learn.sgd import StSGD
from hdsl.ops.text_losses import get_edit_distance_ratio, texts_of
from hdsl.tensor.make import make_tensor

ONE = """hdsl 1

experience table0: text -> text = load("table0.jsonl")

harness answer(key: text[N]) -> text[N] {
  answer: text[N] = expert(key, table0)
  return answer
}
"""
CHAIN = """hdsl 1

experience table0: text -> text = load("table0.jsonl")

experience table1: text -> text = load("table1.jsonl")

harness answer(key: text[N]) -> text[N] {
  middle: text[N] = expert(key, table0)
  answer: text[N] = expert(middle, table1)
  return answer
}
"""


def train(task: Task, batch: int, validated: bool) -> Score:
    """All epochs of the task, a step after each batch."""
    kernel = ScriptedKernel(ScriptedModel(task.dropped_rows, task.seed))
    with TemporaryDirectory() as folder, _harness(task, Path(folder), kernel) as harness:
        return _Training(task, harness, kernel, validated).run(batch)


class _Training:
    """One training of a harness."""

    def __init__(self, task: Task, harness: HarnessModule, kernel: ScriptedKernel, validated: bool) -> None:
        self._task, self._harness, self._kernel, self._validated = task, harness, kernel, validated
        self._teacher = Teacher(task)
        self._optimizer = StSGD(harness.parameters(), lr=1.0)

    def run(self, batch: int) -> Score:
        watch = Watch(self._task, self._evaluated)
        watch.look(self._rows())
        calls = [0]
        best = self._count_right() if self._validated else 0
        for epoch in range(EPOCHS):
            keys = self._task.order(epoch)
            for start in range(0, len(keys), batch):
                self._learn(keys[start : start + batch])
                changed = bool(self._optimizer.records[-1].changes)
                if self._validated and changed:
                    right = self._count_right()
                    if right < best:
                        self._optimizer.undo()
                    best = max(best, right)
                if watch.look(self._rows()):
                    calls.append(self._kernel.calls)
        seen = watch.seen
        return score(seen.accuracies, calls, self._kernel.calls, seen.edits, seen.innocent_rows)

    def _learn(self, keys: Sequence[str]) -> None:
        self._optimizer.zero_grad()
        answers = self._asked(keys)
        said = [self._teacher.visit(key, text) for key, text in zip(keys, texts_of(answers)[1], strict=True)]
        expected = make_tensor([each.expected for each in said], self._harness.home)
        get_edit_distance_ratio(answers, expected).sum().backward()
        self._optimizer.step()

    def _count_right(self) -> int:
        keys = self._task.keys
        answers = texts_of(self._asked(keys))[1]
        return sum(self._teacher.is_right(key, text) for key, text in zip(keys, answers, strict=True))

    def _asked(self, keys: Sequence[str]) -> FutureTensor:
        answers: FutureTensor = self._harness(key=list(keys))
        return answers

    def _evaluated(self, keys: Sequence[str], _: str) -> list[str]:
        with self._kernel.uncounted():
            return texts_of(self._asked(keys))[1]

    def _rows(self) -> list[dict[str, str]]:
        tables = self._harness.rows()
        return [{key: value for _, key, value in tables[name]} for name in sorted(tables)]


def _harness(task: Task, folder: Path, kernel: ScriptedKernel) -> HarnessModule:
    for number, rows in enumerate(task.start):
        lines = (json.dumps({"query": key, "key": key, "value": value}) for key, value in rows.items())
        (folder / f"table{number}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    file = folder / "answer.hg"
    file.write_text(CHAIN if len(task.start) == 2 else ONE, encoding="utf-8")
    return load(file, kernel=kernel)

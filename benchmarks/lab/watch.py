"""Watching a training: after each step the accuracy over the clean mapping, and which rows the step changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.lab.tasks import Task

EVALUATION = "evaluation"
"""How the names of models begin whose calls are not counted; a number follows, that of the evaluation."""


@dataclass(slots=True)
class Seen:
    """What was seen of one training."""

    accuracies: list[float] = field(default_factory=list)
    """At the start and after each step that changed something."""
    edits: list[int] = field(default_factory=list)
    """Rows that were added, changed or dropped, node by node."""
    innocent_rows: int = 0
    """Those of them that were right before."""


class Watch:
    """Watches the rows of a program's nodes. Its evaluations ask a model of their own, whose calls do not count."""

    def __init__(self, task: Task, answers: Callable[[Sequence[str], str], Sequence[str]]) -> None:
        """`answers` gives the program's answers to keys by the model of a name."""
        self._task = task
        self._answers = answers
        self._rows = list(task.start)
        self.seen = Seen(edits=[0] * len(task.truth))

    def look(self, rows: Sequence[Mapping[str, str]]) -> bool:
        """To be called once before training and after each step, with what each node's text holds.

        Looks only where something changed since it last did, and says whether it looked.
        """
        if self.seen.accuracies and list(rows) == self._rows:
            return False
        for node, (before, after) in enumerate(zip(self._rows, rows, strict=True)):
            changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
            right = self._task.truth[node]
            self.seen.edits[node] += len(changed)
            self.seen.innocent_rows += sum(key in before and before[key] == right.get(key) for key in changed)
        self._rows = [dict(each) for each in rows]
        model = f"{EVALUATION}-{len(self.seen.accuracies)}"
        keys = self._task.keys
        answers = zip(keys, self._answers(keys, model), strict=True)
        right_ones = sum(answer == self._task.right_answer(key) for key, answer in answers)
        self.seen.accuracies.append(right_ones / len(keys))
        return True

    def report(self) -> dict[str, object]:
        """What was seen, as plain data."""
        return asdict(self.seen)

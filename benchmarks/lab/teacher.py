"""The teacher: judges an answer and says in one sentence what is wrong with it, as truthfully as the task lets it."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from benchmarks.lab.tasks import Task


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the teacher says of one answer: whether it is right, and what it should be."""

    answer: str
    is_right: bool
    expected: str

    def __str__(self) -> str:
        if self.is_right:
            return f'The answer "{self.answer}" is right.'
        return f'The answer "{self.answer}" is wrong; it should be "{self.expected}".'


class Teacher:
    """Judges by the labels of a task. What it errs in depends on the key and on how often that key has come."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._visits: Counter[str] = Counter()

    def visit(self, key: str, answer: str) -> Feedback:
        """The feedback on what the program answered to a key."""
        self._visits[key] += 1
        label = self.label(key)
        source = Random(f"feedback {self._task.seed} {key} {self._visits[key]}")
        chance = self._task.wrong_verdicts or (self._task.wrong_corrections if answer != label else 0.0)
        expected = label
        if source.random() < chance:
            expected = source.choice([value for value in self._task.truth[-1].values() if value != label])
        return Feedback(answer, answer == expected, expected)

    def is_right(self, key: str, answer: str) -> bool:
        """Whether the answer is what the label says; for a validation, which gives no feedback."""
        return answer == self.label(key)

    def label(self, key: str) -> str:
        """What the data says that the answer should be."""
        return self._task.wrong_labels.get(key) or self._task.right_answer(key)

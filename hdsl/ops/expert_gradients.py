"""Backward of an expert: whether what came in is to blame for an answer, or what was known about it.

Where the input can learn, the kernel is asked, once for each wrong answer, for the input that would have led to the
right one; it is shown the rows that were shown then, and those that know the right answer. A better input learns alone.
Else the table learns, by a lesson: this is what came in, and this should be answered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from hdsl.future.context import RunContext
from hdsl.future.node import Coordinates, Node
from hdsl.ground.labels import label_of
from hdsl.kernel.request import Correction, Label, Request
from hdsl.ops.better import ask_for_better
from hdsl.ops.lessons import Lesson, lesson_registry
from hdsl.ops.passing import Place, element_of, give, has_failed, judged_elements, refuse
from hdsl.ops.rows import KEY, VALUE, WIDTH, row_of_key, rows_with_value, table_rows
from hdsl.ops.site import Site
from hdsl.structure.reading import NotOfStructure, read_strictly
from hdsl.tensor.gradients import Judged, judgement
from hdsl.tensor.text_tensor import store_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What one element was asked with, beside its input: the goal, and the numbers of the rows that were shown."""

    goal: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Answered:
    """One judged answer."""

    coordinates: Coordinates
    judged: Judged
    input: Place
    key: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class ExpertLesson:
    """One application of an expert, from which its input and its table learn."""

    site: Site
    result: Node
    input: Node
    memory: torch.Tensor
    task: str
    context: RunContext
    input_coordinates: Callable[[Coordinates], Coordinates]
    asked: Mapping[Coordinates, Asked]

    def teach(self, input_learns: bool, memory_learns: bool) -> torch.Tensor | None:
        """Hands out what is known of the answers. The numbers for the table: 1 for the keys and values that learn."""
        answers = self._answers(input_learns)
        to_blame = self._blame_inputs(answers) if input_learns else set()
        if input_learns:
            for answer in answers:
                if answer.judged.is_right:
                    give(answer.input, judgement(answer.key, answer.key, answer.judged.count))
        if not memory_learns:
            return None
        return self._teach_memory([answer for answer in answers if answer.coordinates not in to_blame])

    def _answers(self, input_learns: bool) -> list[_Answered]:
        """The judged answers; what was wanted of one that failed by its input goes to the input."""
        answers = []
        for coordinates, judged in judged_elements(self.result):
            place = (self.input, self.input_coordinates(coordinates))
            if has_failed(place):
                if input_learns:
                    give(place, judgement(judged.text, judged.better, judged.count))
                continue
            entry = element_of(place)
            asked = self.asked.get(coordinates)
            if entry is not None and asked is not None:
                answers.append(_Answered(coordinates, judged, place, entry.text, asked))
        return answers

    def _blame_inputs(self, answers: Sequence[_Answered]) -> set[Coordinates]:
        """Gives better inputs where the kernel knows one, and is the answers that they are to blame for."""
        store = store_of(self.memory)
        table = table_rows(store)
        names = self.site.input_labels[0] if self.site.input_labels else ()
        labels = tuple(Label(name) for name in names)
        asked = {}
        for answer in answers:
            judged, goal = answer.judged, answer.asked.goal
            shown = dict.fromkeys((*answer.asked.rows, *rows_with_value(store, judged.better)))
            # A table that shows nothing knows nothing: no other input would have helped.
            if shown and not judged.is_right and answer.input[1] not in self.input.given:
                rows = tuple(table[row] for row in shown)
                correction = Correction("input", answer.key, judged.text, (judged.better,))
                asked[answer.coordinates] = Request(
                    "gradient",
                    answer.key,
                    self.task,
                    goal,
                    rows=rows,
                    labels=labels,
                    correction=correction,
                    form=self.site.input_form(0),
                )
        answered = ask_for_better(asked, self.context, self.site.name)
        to_blame = set()
        for answer in answers:
            text, status = answered.get(answer.coordinates, ("", None))
            if status is not None and not status.failed and text != answer.key:
                give(answer.input, judgement(answer.key, text, answer.judged.count))
                to_blame.add(answer.coordinates)
        return to_blame

    def _teach_memory(self, answers: Sequence[_Answered]) -> torch.Tensor:
        store = store_of(self.memory)
        touched = torch.zeros(self.memory.shape, dtype=torch.bfloat16)
        lessons: dict[Lesson, None] = {}
        for answer in answers:
            judged = answer.judged
            try:
                better = self._of_its_type(judged.better)
            except NotOfStructure as error:
                refuse(self.result, answer.coordinates, judged, f"the better answer {error}")
                continue
            lessons[Lesson(answer.asked.goal, answer.key, better, judged.is_right)] = None
            row = row_of_key(store, answer.key, answer.asked.goal)
            if row is not None:
                touched.view(-1, WIDTH)[row, KEY : VALUE + 1] = 1.0
        lesson_registry().add(store.uid, lessons)
        return touched

    def _of_its_type(self, text: str) -> str:
        """A better answer as it is kept. Raises NotOfStructure."""
        if self.site.form is not None:
            return read_strictly(text, self.site.form)
        labels = [label.text for label in self.site.labels]
        if labels and label_of(text, labels) is None:
            raise NotOfStructure(f"carries none of the labels {', '.join(map(repr, labels))}")
        return text

"""What a wrong answer of a mixture teaches: a better input, and better keys and values of the rows that were shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hdsl.future.context import RunContext
from hdsl.kernel.request import Correction, Label, Request, Role, Row
from hdsl.ops.better import ask_for_better, refuse_failed
from hdsl.ops.prompts import UNWRITTEN, Folder, Prompt, element_folder, rows_folder, text_of_prompt
from hdsl.ops.rows import KEY, VALUE, WIDTH, table_rows
from hdsl.storage.store import Store
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.gradients import gradient_registry, text_gradient

_ROLES: tuple[tuple[int, Role], ...] = ((KEY, "key"), (VALUE, "value"))
NAME = "st_moe"


@dataclass(frozen=True, slots=True)
class Example:
    """One element that should have been answered otherwise, and the rows (numbers) that were shown for it."""

    index: int
    text: str
    actual: str
    expected: str | None
    rows: tuple[int, ...]
    goal: str = ""
    advice: str = ""
    """What is wrong, in words; all there is where nothing is known to expect."""

    def correction(self, role: Role, text: str) -> Correction:
        """What a better version of a text is asked for with."""
        return Correction(role, text, self.actual, () if self.expected is None else (self.expected,), self.advice)


class Corrected(Protocol):
    """What of a mixture's options a correction of its rows needs."""

    @property
    def task_prompt(self) -> str:
        """The task."""
        ...

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the answers, and so of the values."""
        ...


def correct_inputs(
    store: Store,
    memory: Store,
    examples: Sequence[Example],
    prompt: Prompt | None,
    options: Corrected,
    context: RunContext,
) -> None:
    """Adds the gradient from each input to the better one the kernel gives; a merged input is corrected by frames."""
    asked = {}
    table = table_rows(memory)
    for example in examples:
        views = _views(example, tuple(table[row] for row in example.rows))
        output = element_folder("mutable_grad_input_dir", UNWRITTEN)
        task = text_of_prompt(prompt, options.task_prompt, [*views, output])
        for part, text in enumerate(_parts(example.text)):
            correction = example.correction("input", text)
            asked[example.index, part] = Request("gradient", example.text, task, example.goal, correction=correction)
    answers = ask_for_better(asked, context, NAME)
    for example in examples:
        parts = _parts(example.text)
        better = []
        for part, text in enumerate(parts):
            answer = answers[example.index, part]
            if answer[1].failed:
                refuse_failed(store.uid, example.index, answer)
            better.append(text if answer[1].failed else answer[0])
        whole = _whole(example.text, better)
        gradient_registry().add(store.uid, {example.index: text_gradient(example.text, whole)})


def correct_rows(
    store: Store,
    examples: Sequence[Example],
    prompts: tuple[Prompt | None, Prompt | None],
    options: Corrected,
    context: RunContext,
) -> list[int]:
    """Adds the gradients of the keys and values of the rows that were shown; is those rows.

    An example that was shown none, as while the table is cold, is given the next row without a value, if there is one.
    """
    table = table_rows(store)
    free = iter([number for number, row in enumerate(table) if not row.value.strip()])
    asked = {}
    for example in examples:
        chosen = example.rows or tuple(row for row in (next(free, None),) if row is not None)
        shown = tuple(table[row] for row in example.rows)
        folders = [*_views(example, shown), element_folder("mutable_grad_experience_dir", UNWRITTEN)]
        for row in chosen:
            for (column, role), prompt in zip(_ROLES, prompts, strict=True):
                asked[example.index, row, column] = Request(
                    "gradient",
                    example.text,
                    text_of_prompt(prompt, options.task_prompt, folders),
                    example.goal,
                    rows=shown,
                    labels=options.labels if column == VALUE else (),
                    correction=example.correction(role, _cell(table[row], column)),
                )
    for (_, row, column), answer in ask_for_better(asked, context, NAME).items():
        cell = row * WIDTH + column
        if answer[1].failed:
            refuse_failed(store.uid, cell, answer)
        else:
            gradient_registry().add(store.uid, {cell: text_gradient(_cell(table[row], column), answer[0])})
    return sorted({row for _, row, _ in asked})


def _views(example: Example, rows: Sequence[Row]) -> list[Folder]:
    """What a correction is about, as the folders that a prompt is made of."""
    return [
        element_folder(
            "const_grad_output_view", example.advice or unified_diff(example.actual, example.expected or "")
        ),
        element_folder("const_input_view", example.text),
        element_folder("const_output_view", example.actual),
        rows_folder("const_experience_view", rows),
    ]


def _cell(row: Row, column: int) -> str:
    return row.key if column == KEY else row.value


def _parts(text: str) -> list[str]:
    """The texts of a merged text's frames; the text itself where it is none."""
    try:
        return [frame.content for frame in split_frames(text)] or [text]
    except ValueError:
        return [text]


def _whole(text: str, parts: Sequence[str]) -> str:
    try:
        frames = split_frames(text)
    except ValueError:
        frames = []
    if not frames:
        return parts[0]
    return merge_frames(Frame(frame.index, frame.coefficient, part) for frame, part in zip(frames, parts, strict=True))

"""The one prompt renderer: a request as the messages of a chat, in one of three forms.

What the author of a harness wrote (task, documentation, labels) instructs, and stands in the system message. What came
in (input, goal, rows, turns) is data, and stands in the others: as the messages of a chat that has gone on for a while
(`chat`), in frames (`frames`), or indented under headings (`plain`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hdsl.kernel.prompt_frames import Frames, telling_query
from hdsl.kernel.prompt_plain import plain_sections
from hdsl.kernel.prompt_words import WHOLE_ANSWER, instructions, is_task_alone
from hdsl.kernel.request import Request, Row

VERSION = 4
"""Of what is rendered: another one where the same request is shown in another way."""

_ROW_FRAMES = ("example", "query", "key", "value", "part")
_TEMPLATE_TOKEN = re.compile(
    r"<(?=[|｜][\w▁/ -]{1,40}[|｜]>)|<(?=/?(?:start|end)_of_turn>)|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS)\])"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of a request: a system message, perhaps questions with their answers, and the question."""

    messages: tuple[Message, ...]

    @property
    def system(self) -> str:
        """What instructs."""
        return self.messages[0].content

    @property
    def question(self) -> str:
        """The last message."""
        return self.messages[-1].content


def render(request: Request, form: str = "chat", *, held_to_labels: bool = False) -> Prompt:
    """The prompt of a request. Raises KeyError for a form that there is not.

    `held_to_labels`: the server lets the model write nothing but a label of the request.
    """
    form = "frames" if form == "chat" and _is_repeated(request) else form
    shown = iter([Message("user", request.task)]) if is_task_alone(request) else _FORMS[form](request)
    messages = (Message("system", instructions(request, form, held_to_labels=held_to_labels)), *shown)
    return Prompt(tuple(Message(each.role, _without_template_tokens(each.content)) for each in messages))


def render_rows(rows: Iterable[Row]) -> str:
    """Rows as the examples of a prompt; empty without rows."""
    shown = tuple(rows)
    frames = Frames.around([text for row in shown for text in (row.query, row.key, row.value)], _ROW_FRAMES)
    return "\n\n".join(frames.example(row, row.query) for row in shown)


def render_parts(parts: Sequence[tuple[str, str]]) -> str:
    """Named texts, each in its frame, as one prompt that asks for the answer alone. Empty ones are left out."""
    frames = Frames.around([text for _, text in parts], [name for name, _ in parts])
    framed = (frames.frame(name, text) for name, text in parts if text)
    return "\n\n".join((*framed, WHOLE_ANSWER))


def _chat(request: Request) -> Iterator[Message]:
    """Rows as questions that were answered, the best last; a question that is more than its input in frames."""
    if request.kind in ("keywords", "gradient"):
        yield from _framed(request)  # a bare text would be answered like a chat
        return
    frames = Frames.around(_texts(request))
    bare = _is_bare(request)
    for row in reversed(request.rows):
        yield Message("user", _row_question(row, frames, bare=bare))
        yield Message("assistant", row.value)
    yield Message("user", _joined(_question(request, frames, bare=bare)) or frames.frame("input", ""))


def _is_bare(request: Request) -> bool:
    """Whether a question is its input alone, outside of loops."""
    in_a_loop = _goal(request) or request.trajectory or request.positions
    return not in_a_loop and not any(telling_query(row) and row.key for row in request.rows)


def _is_repeated(request: Request) -> bool:
    """Whether a row is of exactly this question. In a chat where one is asked again, a small model seldom gives the
    same answer again; in frames it does (docs/reality.md)."""
    asked = request.input.strip()
    is_a_row = any(asked == (row.key or row.query).strip() for row in request.rows)
    return bool(asked) and is_a_row and _is_bare(request)


def _row_question(row: Row, frames: Frames, *, bare: bool) -> str:
    if bare:
        return frames.merged(row.key) or row.query
    query = telling_query(row)
    return _joined(
        [frames.frame("when", query) if query else "", frames.frame("input", frames.merged(row.key)) if row.key else ""]
    )


def _framed(request: Request) -> Iterator[Message]:
    frames = Frames.around(_texts(request))
    examples = [frames.example(row, row.query if request.correction else telling_query(row)) for row in request.rows]
    yield Message("user", _joined([*examples, *_question(request, frames, bare=False), _closing(request)]))


def _question(request: Request, frames: Frames, *, bare: bool) -> Iterator[str]:
    """What is asked now: goal, earlier turns, which turn it is, input, and of a correction the text."""
    if goal := _goal(request):
        yield frames.frame("goal", goal)
    yield from frames.turns(request)
    yield _where(request)
    if request.input or not (request.task or request.correction):
        yield frames.merged(request.input) if bare else frames.frame("input", frames.merged(request.input))
    if request.correction is not None:
        yield from frames.correction(request.correction)


def _plain(request: Request) -> Iterator[Message]:
    sections = plain_sections(request, _goal(request))
    yield Message("user", _joined([*sections, _where(request), _closing(request)]))


def _goal(request: Request) -> str:
    """The goal, as far as the input does not say it already."""
    said = request.input.strip()
    if not said or request.goal.strip() == said:
        return "" if said else request.goal
    return request.goal.removeprefix(f"{said}\n").removesuffix(f"\n{said}")


def _where(request: Request) -> str:
    """Which turn it is."""
    turns = [f"turn {position.turn + 1} of {position.turns}" for position in reversed(request.positions)]
    return f"This is {' of the loop in '.join(turns)}." if turns else ""


def _closing(request: Request) -> str:
    if request.kind == "agent":
        return ""
    if request.kind == "keywords":
        return "The keywords:"
    return "The better text:" if request.correction is not None and request.wanted is None else "The answer:"


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _without_template_tokens(text: str) -> str:
    """A text that cannot end its message: what chat templates are made of is told apart by a blank."""
    return _TEMPLATE_TOKEN.sub(lambda match: f"{match[0]} ", text)


_FORMS: Mapping[str, Callable[[Request], Iterator[Message]]] = {"chat": _chat, "frames": _framed, "plain": _plain}
FORMS = tuple(_FORMS)


def _texts(request: Request) -> Iterator[str]:
    yield from (request.goal, request.input)
    for row in request.rows:
        yield from (row.query, row.key, row.value)
    for turn in request.trajectory:
        yield from (turn.text, turn.cause)
        yield from (step.text for step in turn.steps)
    if request.correction is not None:
        yield from (request.correction.text, request.correction.actual, request.correction.advice)
        yield from request.correction.expected

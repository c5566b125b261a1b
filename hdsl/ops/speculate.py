"""Speculation: several actions from one answer, one a turn, each confirmed on the screen before the next."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ground.json_lines import text_lines
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import element_coordinates, tensor_operation
from hdsl.ops.passing import element_of, give, judged_elements
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.gradients import judgement
from hdsl.tensor.text_tensor import home_of

BLANK_LINE = "\n\n"
_ACTION = re.compile(r"^\s*(T |C |text:|key:)")
_KEY = re.compile(r"^\s*(?:C |key:)")
_PROMPT = re.compile(r"[$#%>❯λ](?: |$)")


@tensor_operation
def speculate(actions: FutureTensor, screen: FutureTensor, *, site: Site, separator: str = BLANK_LINE) -> FutureTensor:
    """One action a turn (the last dimension). `actions` is pulled in a turn that finds none left (the first does) and
    in one whose screen does not confirm the action before. Returns texts of the shape of `actions`."""
    return Speculate.future(site, separator, actions, screen)


def split_actions(answer: str, separator: str = BLANK_LINE) -> list[str]:
    """The actions of one answer: a line each if some line says what it is (`T …`, `C …`, `text:…`, `key:…`), else parts
    between separators. Blank ones are left out."""
    parts = _lines(answer) if _are_lines(answer) else answer.split(separator)
    return [part.strip("\r\n") for part in parts if part.strip()]


def _lines(answer: str) -> list[str]:
    return text_lines(answer.replace("\r\n", "\n"))


def _are_lines(answer: str) -> bool:
    return any(map(_ACTION.match, _lines(answer)))


def is_confirmed(action: str, screen: str) -> bool:
    """Whether the screen shows that an action was done: the typed text stands in its last line (or runs on to it), or,
    after a key, a prompt does."""
    shown = screen.rstrip()
    last_line = shown.rpartition("\n")[2]
    if _KEY.match(action):
        return _PROMPT.search(last_line) is not None
    typed = _ACTION.sub("", action, count=1).strip()
    return typed in last_line or shown.replace("\n", "").endswith(typed.replace("\n", ""))


@dataclass
class _Queue:
    """What is left of the last answer, and what was done in which turn."""

    turn: int
    last: str
    asked_at: Coordinates
    left: deque[str]
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.left)


@dataclass(frozen=True, slots=True)
class _Done:
    """Which action of which answer was done."""

    asked_at: Coordinates
    number: int


class Speculate(PassThrough):
    """One action after the other; the numbers pass through, texts to the action of the answer."""

    operation = "speculate"

    @staticmethod
    def forward(ctx: Any, site: Site, separator: str, actions: FutureTensor, screen: FutureTensor) -> FutureTensor:
        """The scalar of the shape of `actions`."""
        asked, shown = actions.ft_node, screen.ft_node
        shape = site.shape if site.shape is not None else asked.shape
        queues: dict[Coordinates, _Queue] = {}
        done: dict[Coordinates, _Done] = {}

        sources = sources_of(demand_of("confirm", shape, (asked, shown)), (asked, shown))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            seen = await shown.get(element_coordinates(shown.shape, coordinates, shape), trajectory)
            if not seen[1].is_confidence:
                return seen
            *outer, turn = coordinates or (0,)
            queue = queues.get(tuple(outer))
            if queue is None or queue.turn != turn - 1 or not queue.left or not is_confirmed(queue.last, seen[0]):
                queues.pop(tuple(outer), None)
                asked_at = element_coordinates(asked.shape, coordinates, shape)
                answer = await asked.get(asked_at, trajectory)
                parts = split_actions(answer[0], separator)
                if not answer[1].is_confidence or not parts:
                    return answer
                queue = queues[tuple(outer)] = _Queue(turn, "", asked_at, deque(parts))
            done[coordinates] = _Done(queue.asked_at, queue.count - len(queue.left))
            queue.turn, queue.last = turn, queue.left.popleft()
            return queue.last, Status.confidence(1.0)

        result = make_future(generate, shape, place=home_of(asked.static), name=site.name, sources=sources, inline=True)
        ctx.teach = partial(_teach, result.ft_node, asked, done, separator)
        return result


def _teach(result: Node, asked: Node, done: Mapping[Coordinates, _Done], separator: str) -> None:
    """Each action learns in the answer it was one of."""
    for coordinates, judged in judged_elements(result):
        if coordinates not in done:
            whole = element_coordinates(asked.shape, coordinates, result.shape)
            give((asked, whole), judgement(judged.text, judged.better, judged.count))
            continue
        action = done[coordinates]
        answer = element_of((asked, action.asked_at))
        actual = "" if answer is None else answer.text
        parts = split_actions(actual, separator)
        parts[action.number] = judged.better
        better = actual if judged.is_right else ("\n" if _are_lines(actual) else separator).join(parts)
        give((asked, action.asked_at), judgement(actual, better, judged.count))

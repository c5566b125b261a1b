"""in_order: evaluates its body along the last dimension, one element after the other, and is all of them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.kernel.request import Turn
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import element_coordinates, tensor_operation
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.recurrent import outside_of_loop, steps_of
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class InOrder(PassThrough):
    """Turn after turn, those behind one that failed too; numbers pass to body and goal, texts to the turn they are."""

    operation = "in_order"

    @staticmethod
    def forward(ctx: Any, stop: bool, name: str, body: FutureTensor, goal: FutureTensor | None) -> FutureTensor:
        """The scalar of the body's shape."""
        node = body.ft_node
        turns = _Turns(node, None if goal is None else goal.ft_node, stop)
        place = home_of(node.static)
        result = make_future(turns.evaluate, node.shape, place=place, name=name, sources=turns.sources, inline=True)
        turns.result = result.ft_node
        result.ft_node.takes_turns = True
        ctx.teach = partial(pass_on, result.ft_node, lambda coordinates: (node, coordinates))
        return result


@dataclass(slots=True)
class _Progress:
    """Where the turns of one loop stand."""

    trajectory: Trajectory
    shared: frozenset[tuple[Node, Coordinates]]
    """What is outside of the loop, and evaluated before its turns."""


class _Turns:
    """The evaluation of all elements of one in_order. Each element first asks for the one before it."""

    def __init__(self, body: Node, goal: Node | None, stop: bool) -> None:
        self._body = body
        self._goal = goal
        self._stop = stop
        self._progress: dict[Coordinates, _Progress] = {}
        nodes = (body, goal)
        self.sources = sources_of(demand_of("successive", body.shape, nodes), nodes)
        """The goal and the first turn, by which an outer loop finds what is outside of it."""
        self.result: Node

    async def evaluate(self, coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        """One element: the elements before it, then its turn of the body."""
        *outer, turn = coordinates
        loop = tuple(outer)
        if turn:
            before = await self.result.get((*loop, turn - 1), trajectory)
            if self._stop and before[1].failed:
                return "", Status(before[1].coefficient, before[1].cause)
        progress = self._progress.get(loop)
        if progress is None:
            goal = await self._pull_goal(coordinates, trajectory)
            if not goal[1].is_confidence:
                return goal
            progress = self._progress[loop] = await self._begun(loop, goal[0], trajectory, turn)
        text, status = await self._body.get(coordinates, progress.trajectory)
        self._note(progress, coordinates, text, status)
        return text, status

    async def _begun(self, loop: Coordinates, goal: str, trajectory: Trajectory, turn: int) -> _Progress:
        """What the turns share, evaluated; the turns that an earlier process took are part of the trajectory."""
        shared = outside_of_loop(self._body, loop)
        await pull_all(shared, trajectory)
        progress = _Progress(trajectory.enter(goal, self._body.shape[-1]), frozenset(shared))
        for earlier in range(turn):
            element = self._body.stored((*loop, earlier)) or ("", Status.confidence(1.0))
            self._note(progress, (*loop, earlier), *element)
        return progress

    def _note(self, progress: _Progress, coordinates: Coordinates, text: str, status: Status) -> None:
        if status.is_absent:
            progress.trajectory = progress.trajectory.past(coordinates[-1])
            return
        steps = steps_of(self._body, coordinates, progress.shared)
        taken = Turn(text, status.failed, status.cause, steps)
        progress.trajectory = progress.trajectory.after(coordinates[-1], taken)

    async def _pull_goal(self, coordinates: Coordinates, trajectory: Trajectory) -> Element:
        if self._goal is None:
            return "", Status.confidence(1.0)
        return await self._goal.get(element_coordinates(self._goal.shape, coordinates, self._body.shape), trajectory)


@tensor_operation
def in_order(body: FutureTensor, goal: FutureTensor | None = None, *, stop: bool = False, site: Site) -> FutureTensor:
    """All elements of the body, those of its last dimension one after the other.

    With `stop`, the elements behind one that failed are not evaluated, and fail with its cause.
    """
    return _in_order(body, goal, stop, site.name)


def ft_in_order(body: FutureTensor, stop: bool = False) -> FutureTensor:
    """`in_order` by hand, without a goal but the prompt it is pulled with."""
    return _in_order(body, None, stop, "")


def _in_order(body: FutureTensor, goal: FutureTensor | None, stop: bool, name: str) -> FutureTensor:
    if not body.ft_node.shape:
        raise ValueError("in_order goes along the last dimension of its body, which has none")
    return InOrder.future(stop, name, body, goal)

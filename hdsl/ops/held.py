"""A tensor operation of a user's, held to its kind: what it asks for and in which order was proven from that."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from hdsl.future.context import RunEnded
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.meaning.demand import After, At, Demand, Need, Stage, UpTo, asked, is_turn, required, whole
from hdsl.meaning.kind import Kind
from hdsl.ops.demanded import sources_of
from hdsl.ops.element import apply_operation
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of

Place = tuple[int, Coordinates]
"""An element of an input, by the input's position."""

_ENDED = {After.SUCCESS: "succeeded", After.FAILURE: "failed", After.END: "ended"}


class UndeclaredDemand(RunEnded):
    """An operation asked for what its kind does not say, or did not ask for what it says: the run ends."""


@dataclass(slots=True)
class _Held:
    """What one operation was seen to ask for."""

    name: str
    kind: Kind
    demand: Demand
    shapes: Sequence[tuple[int, ...] | None]
    asked: set[Place] = field(default_factory=set)
    ended: dict[Place, bool] = field(default_factory=dict)
    """By the elements that were evaluated whether they failed or are absent."""

    def before(self, place: Place, coordinates: Coordinates) -> None:
        """Ends the run where an element must not ask for a place, or not yet."""
        reason = ""
        for number, stage in enumerate(self.demand):
            if place in set(asked((stage,), coordinates, self.shapes)):
                reason = self._too_early(place, number, coordinates)
                if not reason:
                    self.asked.add(place)
                    return
        raise UndeclaredDemand(
            f"`{self.name}` asks for element {list(place[1])} of its input {place[0] + 1} at {list(coordinates)}"
            f"{reason or ', which'} its kind `{self.kind.name}` does not allow"
        )

    def after(self, coordinates: Coordinates) -> None:
        """Ends the run where an element that succeeded did not ask for what its kind says it does."""
        missing = [place for place in required(self.demand, coordinates, self.shapes) if place not in self.asked]
        if missing:
            number, at = missing[0]
            raise UndeclaredDemand(
                f"`{self.name}` at {list(coordinates)} did not ask for element {list(at)} of its input {number + 1}, "
                f"as its kind `{self.kind.name}` says; say its kind in its declaration: `as unknown`"
            )

    def _too_early(self, place: Place, number: int, coordinates: Coordinates) -> str:
        for earlier, following in zip(self.demand[:number], self.demand[1:], strict=False):
            reason = self._not_behind(earlier, following.after, coordinates)
            if reason:
                return reason
        stage = self.demand[number]
        if stage.is_choice and self._others(stage, place, coordinates):
            return " beside another alternative, which"
        for access in stage.accesses:
            for axis, at in enumerate(access.at):
                if access.input == place[0] and is_turn(at) and not self._is_next_turn(axis, at, place):
                    return f" before the turn before it has {'ended' if isinstance(at, UpTo) else 'failed'}, which"
        return ""

    def _not_behind(self, stage: Stage, after: After, coordinates: Coordinates) -> str:
        """Why a stage that follows another is not reached yet; empty if it is."""
        places = list(whole(stage, coordinates, self.shapes)) if stage.need is Need.ALL else []
        if not all(place in self.ended for place in places):
            return f" before what comes first has {_ENDED[after]}, which"
        has_failed = any(self.ended[place] for place in places) and not stage.catches
        is_reached = after is After.END or has_failed == (after is After.FAILURE) or not places
        return "" if is_reached else f" although what comes first has {'failed' if has_failed else 'succeeded'}, which"

    def _others(self, stage: Stage, place: Place, coordinates: Coordinates) -> bool:
        return any(each != place and each in self.asked for each in asked((stage,), coordinates, self.shapes))

    def _is_next_turn(self, axis: int, turn: At, place: Place) -> bool:
        number, at = place
        before = (number, (*at[:axis], at[axis] - 1, *at[axis + 1 :]))
        return at[axis] == 0 or (before in self.ended if isinstance(turn, UpTo) else self.ended.get(before, False))


@dataclass(frozen=True, slots=True)
class _Asking:
    """An element of a held operation that is being evaluated, inside of another."""

    held: _Held
    coordinates: Coordinates
    around: "_Asking | None"


_asking: ContextVar[_Asking | None] = ContextVar("hdsl_held_operation", default=None)


def apply_held(
    function: Callable[..., Any],
    inputs: Sequence[torch.Tensor | None],
    options: Mapping[str, Any],
    site: Site,
    kind: Kind,
) -> FutureTensor:
    """Applies a tensor operation; the run ends with UndeclaredDemand if it does not ask as its kind says."""
    nodes = [given.ft_node if isinstance(given, FutureTensor) else None for given in inputs]
    shapes = [None if node is None else node.shape for node in nodes]
    if site.shape is None:
        raise ValueError("a held operation has a shape")
    held = _Held(site.name, kind, kind.demand(site.shape, shapes), shapes)
    watched = [
        _Watched.future(held, i, given) if isinstance(given, FutureTensor) else given for i, given in enumerate(inputs)
    ]
    return _Whole.future(held, nodes, apply_operation(function, watched, options, site))


class _Watched(PassThrough):
    """An input: each pull of it is held against the demand, and its gradients pass."""

    @staticmethod
    def forward(ctx: Any, held: _Held, number: int, x: FutureTensor) -> FutureTensor:
        node = x.ft_node

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            asking = _asking.get()
            while asking is not None and asking.held is not held:
                asking = asking.around
            if asking is None:
                raise UndeclaredDemand(f"`{held.name}` asks for its input {number + 1} for no element of its own")
            place = (number, coordinates)
            held.before(place, asking.coordinates)
            element = await node.get(coordinates, trajectory)
            held.ended[place] = not element[1].is_confidence
            return element

        def itself(coordinates: Coordinates) -> tuple[Node, Coordinates]:
            return node, coordinates

        # It looks at each pull, so that none passes unseen; a loop inside finds what its turns share behind it.
        result = make_future(
            generate,
            node.shape,
            place=home_of(node.static),
            sources=lambda coordinates: (itself(coordinates),),
            inline=True,
            live=True,
        )
        ctx.teach = partial(pass_on, result.ft_node, itself)
        return result


class _Whole(PassThrough):
    """The result: an element that succeeded has asked for all that it must."""

    @staticmethod
    def forward(ctx: Any, held: _Held, nodes: Sequence[Node | None], x: FutureTensor) -> FutureTensor:
        node = x.ft_node

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            token = _asking.set(_Asking(held, coordinates, _asking.get()))
            try:
                element = await node.get(coordinates, trajectory)
            finally:
                _asking.reset(token)
            if element[1].is_confidence:
                held.after(coordinates)
            return element

        place = home_of(node.static)
        result = make_future(generate, node.shape, place=place, sources=sources_of(held.demand, nodes))
        ctx.teach = partial(pass_on, result.ft_node, lambda coordinates: (node, coordinates))
        return result

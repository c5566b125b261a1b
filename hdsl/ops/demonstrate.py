"""Demonstrations: a node is shown what it should have said, and what needs it goes on with that.

So one look at how a task is done teaches every step of it: what a step needs is as it would be if the steps before it
had learned already, in a terminal too.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Generate, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.passing import element_of, give, is_absent, judged_elements
from hdsl.ops.passthrough import PassThrough
from hdsl.tensor.gradients import judgement
from hdsl.tensor.text_tensor import home_of


def demonstrate(x: FutureTensor, texts: Mapping[Coordinates, str]) -> FutureTensor:
    """`x` with the texts at some coordinates instead of its own, which it learns in backward where it was asked."""
    return _Demonstrate.future(dict(texts), x)


def forgive(x: FutureTensor) -> FutureTensor:
    """`x` with what failed as the text that it kept, so that a loss can score it."""
    return _Forgive.future(x)


class _Demonstrate(PassThrough):
    """The element is evaluated, and the demonstrated text goes on."""

    @staticmethod
    def forward(ctx: Any, texts: Mapping[Coordinates, str], x: FutureTensor) -> FutureTensor:
        node = x.ft_node

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            element = await node.get(coordinates, trajectory)
            text = texts.get(coordinates)
            return element if text is None else (text, Status.confidence(1.0))

        result = _instead_of(node, generate)
        result.ft_node.given = frozenset(texts)
        ctx.teach = partial(_teach, node, result.ft_node, texts)
        return result


class _Forgive(PassThrough):
    """Failure is left behind; gradients go to the element, failed or not."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor) -> FutureTensor:
        node = x.ft_node

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            text, status = await node.get(coordinates, trajectory)
            return text, Status.confidence(1.0) if status.failed else status

        result = _instead_of(node, generate)
        ctx.teach = partial(_teach, node, result.ft_node, {})
        return result


def _instead_of(node: Node, generate: Generate) -> FutureTensor:
    """A tensor that stands where a node stands, of its shape and name, with other elements."""
    return make_future(
        generate,
        node.shape,
        place=home_of(node.static),
        name=node.name,
        sources=lambda coordinates: ((node, coordinates),),
        inline=True,
    )


def _teach(node: Node, result: Node, texts: Mapping[Coordinates, str]) -> None:
    """What is demonstrated is all there is to say of an element; of others what their consumers say."""
    for coordinates, judged in judged_elements(result):
        if coordinates not in texts:
            give((node, coordinates), judgement(judged.text, judged.better, judged.count))
    for coordinates, text in texts.items():
        entry = element_of((node, coordinates))
        is_evaluated = entry is not None and not is_absent((node, coordinates))
        if is_evaluated and element_of((result, coordinates)) is not None:
            assert entry is not None
            give((node, coordinates), judgement(entry.text, text))

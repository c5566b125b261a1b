"""A FutureTensor that comes into a harness from outside, as the node of the input."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough


def come_in(x: FutureTensor, name: str) -> FutureTensor:
    """`x` under the name of an input; what is right whatever comes of it stays so."""
    return _ComeIn.future(x, name)


class _ComeIn(PassThrough):
    """Each element is that of the other graph, and its gradients go there."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, name: str) -> FutureTensor:
        node = x.ft_node

        def itself(coordinates: Coordinates) -> tuple[Node, Coordinates]:
            return node, coordinates

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            return await node.get(coordinates, trajectory)

        result = make_future(
            generate, node.shape, name=name, sources=lambda coordinates: (itself(coordinates),), inline=True
        )
        result.ft_node.given = node.given
        ctx.teach = partial(pass_on, result.ft_node, itself)
        return result

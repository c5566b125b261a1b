"""The base of operations that only say which element of their input an element is."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.meaning.demand import At
from hdsl.ops.demanded import finder
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.tensor.store import Shape
from hdsl.tensor.text_tensor import home_of


class Remap(PassThrough):
    """Each element is one of the input's, which is asked when the element is; live where the input is.

    Gradients go to that element; those of its copies come together there.
    """

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, shape: Shape, at: Sequence[At], name: str) -> FutureTensor:
        """The scalar of `shape`; `at` says where in the input an element is."""
        node = x.ft_node
        source_of = finder(at, node.shape)

        def sources(coordinates: Coordinates) -> Iterator[tuple[Node, Coordinates]]:
            yield node, source_of(coordinates)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            return await node.get(source_of(coordinates), trajectory)

        place = home_of(node.static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True, live=node.live)
        ctx.teach = partial(pass_on, result.ft_node, lambda coordinates: (node, source_of(coordinates)))
        return result

"""stack: joins tensors of one shape along a new dimension."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.meaning.demand import Access, Need, Own, Stage
from hdsl.ops.demanded import sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class Stack(PassThrough):
    """An element is that of the one input its new coordinate names, and so do its gradients."""

    operation = "stack"

    @staticmethod
    def forward(ctx: Any, name: str, at: int, *inputs: FutureTensor) -> FutureTensor:
        """The scalar of the inputs' shape with one dimension more at `at`."""
        nodes = [given.ft_node for given in inputs]

        def source_of(coordinates: Coordinates) -> tuple[Node, Coordinates]:
            return nodes[coordinates[at]], (*coordinates[:at], *coordinates[at + 1 :])

        kept = tuple(Own(axis) for axis in range(len(nodes[0].shape) + 1) if axis != at)
        accesses = tuple(Access(i, kept) for i in range(len(nodes)))
        sources = sources_of((Stage(accesses, Need.ONE, axis=at),), nodes)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            node, source = source_of(coordinates)
            return await node.get(source, trajectory)

        own = nodes[0].shape
        live = any(node.live for node in nodes)
        shape = (*own[:at], len(nodes), *own[at:])
        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True, live=live)
        ctx.teach = partial(pass_on, result.ft_node, source_of)
        return result


@tensor_operation
def stack(*inputs: FutureTensor, site: Site) -> FutureTensor:
    """The inputs along a new first dimension; ValueError for none or for shapes that differ."""
    return _stacked(inputs, 0, site.name)


def ft_stack(tensors: Sequence[FutureTensor], dim: int = 0) -> FutureTensor:
    """The tensors along a new dimension at `dim`, which may count from the end."""
    return _stacked(tensors, dim, "")


def _stacked(inputs: Sequence[FutureTensor], dim: int, name: str) -> FutureTensor:
    shapes = {given.ft_node.shape for given in inputs}
    if len(shapes) != 1:
        raise ValueError(f"stack takes inputs of one shape, not {sorted(map(list, shapes)) or 'none'}")
    rank = len(shapes.pop())
    if not -rank - 1 <= dim <= rank:
        raise IndexError(f"dimension {dim} of a tensor of {rank} dimensions and one more")
    return Stack.future(name, dim % (rank + 1), *inputs)

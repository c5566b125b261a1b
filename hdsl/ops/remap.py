"""The base of operations that only say which element of their input an element is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from hdsl.storage.layout import all_coordinates
from hdsl.storage.store import Shape
from hdsl.tensor.text_tensor import home_of


class Remap(PassThrough):
    """Each element is one of the input's, which is asked when the element is; live where the input is.

    Gradients go to that element; those of its copies come together there.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: FutureTensor,
        shape: Shape,
        at: Sequence[At],
        name: str,
        at_once: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> FutureTensor:
        """The scalar of `shape`; `at` says where in the input an element is.

        With `at_once` the elements of an input that is complete are the result's already. `arguments`: what the
        operation was given, by name, for policies.
        """
        node = x.ft_node
        source_of = finder(at, node.shape)

        def sources(coordinates: Coordinates) -> Iterator[tuple[Node, Coordinates]]:
            yield node, source_of(coordinates)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            return await node.get(source_of(coordinates), trajectory)

        place = home_of(node.static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True, live=node.live)
        if at_once and node.complete and not node.live:
            _copy_all(node, result.ft_node, source_of)
        ctx.about = lambda: {"original_shape": node.shape, "shape": shape, **(arguments or {})}
        ctx.teach = partial(pass_on, result.ft_node, lambda coordinates: (node, source_of(coordinates)))
        return result


def _copy_all(input: Node, result: Node, source_of: Callable[[Coordinates], Coordinates]) -> None:
    for coordinates in all_coordinates(result.shape):
        element = input.stored(source_of(coordinates))
        if element is not None:
            result.store_element(coordinates, element)
    result.closed = input.closed

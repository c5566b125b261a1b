"""merge: the texts of one dimension in one text, framed or with a separator between them."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.meaning.demand import Access, Every, Own, Stage
from hdsl.ops.demanded import sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.outcomes import none_left
from hdsl.ops.passing import pass_frames, pass_pieces
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.frames import Frame, merge_frames
from hdsl.tensor.text_tensor import home_of


def merged_element(elements: Iterable[tuple[int, Element]]) -> Element:
    """The numbered elements that succeeded as frames of one text, as sure as all of them together, at most 1."""
    frames = [Frame(index, status.coefficient, text) for index, (text, status) in elements if status.is_confidence]
    return merge_frames(frames), Status.confidence(min(1.0, sum(frame.coefficient for frame in frames)))


def joined_element(elements: Iterable[Element], separator: str) -> Element:
    """The elements that succeeded with a separator between them, as sure as all of them together, at most 1."""
    kept = [(text, status.coefficient) for text, status in elements if status.is_confidence]
    return separator.join(text for text, _ in kept), Status.confidence(min(1.0, sum(sure for _, sure in kept)))


class Merge(PassThrough):
    """Failed and absent elements are left out; the confidence is the sum of those merged, at most 1. With nothing left
    it is failed if any failed, else absent.

    A better text is taken apart, and each of those merged learns from its own frame, or from its own piece.
    """

    operation = "merge"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, axis: int, separator: str | None, name: str) -> FutureTensor:
        """The scalar of the input's shape without `axis`. Framed if there is no separator."""
        node = x.ft_node

        own = [Own(i) for i in range(len(node.shape) - 1)]
        access = Access(0, (*own[:axis], Every.AT_ONCE, *own[axis:]))
        asked = sources_of((Stage((access,), catches=True),), (node,))

        def sources(coordinates: Coordinates) -> list[tuple[Node, Coordinates]]:
            return list(asked(coordinates))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            elements = await pull_all(sources(coordinates), trajectory)
            if not any(status.is_confidence for _, status in elements):
                return none_left(elements)
            return merged_element(enumerate(elements)) if separator is None else joined_element(elements, separator)

        shape = (*node.shape[:axis], *node.shape[axis + 1 :])
        result = make_future(generate, shape, place=home_of(node.static), name=name, sources=sources, inline=True)
        if separator is None:
            ctx.teach = partial(pass_frames, result.ft_node, sources)
        else:
            ctx.teach = partial(pass_pieces, result.ft_node, sources, separator)
        return result


@tensor_operation
def merge(x: FutureTensor, *, site: Site, **options: str | None) -> FutureTensor:
    """The texts of the last dimension of `x` in one text each: framed, or with the option `with` between them."""
    return _merged(x, -1, options.get("with"), site.name)


def ft_merge(x: FutureTensor, axis: int = -1) -> FutureTensor:
    """The texts of the dimension `axis` in one text each."""
    return _merged(x, axis, None, "")


def _merged(x: FutureTensor, axis: int, separator: str | None, name: str) -> FutureTensor:
    rank = len(x.ft_node.shape)
    if not -rank <= axis < rank:
        raise IndexError(f"dimension {axis} of a tensor of {rank} dimensions")
    return Merge.future(x, axis % rank, separator, name)

"""Attention over texts: which position may attend to which, and what it then sees."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.merge import merged_element
from hdsl.ops.outcomes import unmet
from hdsl.ops.passing import pass_frames
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of

TRUE = "true"


@tensor_operation
def causal_mask(x: FutureTensor, *, strict: bool = False, site: Site | None = None) -> FutureTensor:
    """`"true"` at (b, i, j) where i may attend to j: j up to i (before it when strict), for texts `[B, L]`.

    A text that has failed attends to nothing, and its row of the mask is false; what lies ahead is false unasked.
    """
    _sizes(x)
    return _CausalMask.future(x, strict, site or Site())


@tensor_operation
def attend(x: FutureTensor, mask: FutureTensor, *, site: Site | None = None) -> FutureTensor:
    """For each position (b, i) of texts `[B, L]` those at (b, j) where the mask (b, i, j) is true, framed in one text.

    A position whose mask has failed fails so; failed texts are left out. Texts that nothing attends to are not asked.
    """
    batch, length = _sizes(x)
    if mask.ft_node.shape != (batch, length, length):
        wanted = [batch, length, length]
        raise ValueError(f"the mask of texts {[batch, length]} is {wanted}, not {list(mask.ft_node.shape)}")
    return _Attend.future(x, mask, site or Site())


def _sizes(x: FutureTensor) -> tuple[int, int]:
    if len(x.ft_node.shape) != 2:
        raise ValueError(f"attention is over texts [B, L], not {list(x.ft_node.shape)}")
    batch, length = x.ft_node.shape
    return batch, length


class _Attend(PassThrough):
    """The mask is asked first, then what it lets through."""

    operation = "attend"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, mask: FutureTensor, site: Site) -> FutureTensor:
        node, allowed = x.ft_node, mask.ft_node
        length = node.shape[1]

        asked = sources_of(demand_of("attend", node.shape, (node, allowed)), (node, allowed))

        def sources(coordinates: Coordinates) -> list[tuple[Node, Coordinates]]:
            return list(asked(coordinates))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            verdicts = await pull_all(sources(coordinates)[:length], trajectory)
            if (ended := unmet(verdicts)) is not None:
                return ended
            seen = [attended for attended, (text, _) in enumerate(verdicts) if text == TRUE]
            elements = await pull_all([(node, (coordinates[0], attended)) for attended in seen], trajectory)
            return merged_element(zip(seen, elements, strict=True))

        place = home_of(node.static)
        result = make_future(generate, node.shape, place=place, name=site.name, sources=sources, inline=True)
        ctx.teach = partial(pass_frames, result.ft_node, lambda coordinates: sources(coordinates)[length:])
        return result


class _CausalMask(PassThrough):
    """The mask, which asks for a text only where the text decides."""

    operation = "causal_mask"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, strict: bool, site: Site) -> FutureTensor:
        node = x.ft_node
        batch, length = node.shape

        shape = (batch, length, length)
        sources = sources_of(demand_of("mask", shape, (node,)), (node,))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            _, attending, attended = coordinates
            attends = attended < attending or (attended == attending and not strict)
            if attends:
                ((source, at),) = sources(coordinates)
                _, status = await source.get(at, trajectory)
                attends = status.is_confidence
            return TRUE if attends else "false", Status.confidence(1.0)

        return make_future(
            generate,
            shape,
            place=home_of(node.static),
            name=site.name,
            sources=sources,
            inline=True,
        )

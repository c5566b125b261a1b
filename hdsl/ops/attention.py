"""Attention over texts: which position may attend to which."""

from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.element import tensor_operation
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


@tensor_operation
def causal_mask(x: FutureTensor, *, strict: bool = False, site: Site | None = None) -> FutureTensor:
    """`"true"` at (b, i, j) where i may attend to j: j up to i (before it when strict), for texts `[B, L]`.

    A text that has failed attends to nothing, and its row of the mask is false; what lies ahead is false unasked.
    """
    if len(x.ft_node.shape) != 2:
        raise ValueError(f"a causal mask is made of texts [B, L], not {list(x.ft_node.shape)}")
    return _CausalMask.future(x, strict, site or Site())


class _CausalMask(PassThrough):
    """The mask, which asks for a text only where the text decides."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, strict: bool, site: Site) -> FutureTensor:
        node = x.ft_node
        batch, length = node.shape

        def sources(coordinates: Coordinates) -> tuple[tuple[Node, Coordinates], ...]:
            row, attending, attended = coordinates
            allowed = attended < attending or (attended == attending and not strict)
            return ((node, (row, attending)),) if allowed else ()

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            asked = sources(coordinates)
            attends = False
            for source, at in asked:
                _, status = await source.get(at, trajectory)
                attends = not status.failed
            return "true" if attends else "false", Status.confidence(1.0)

        return make_future(
            generate,
            (batch, length, length),
            place=home_of(node.static),
            name=site.name,
            sources=sources,
            inline=True,
        )

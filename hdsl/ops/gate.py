"""gate: a value with the status of another node."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.passing import pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class Gate(PassThrough):
    """Keeps the value and fails by the verdict; numbers pass to both, texts to the value."""

    operation = "gate"

    @staticmethod
    def forward(ctx: Any, value: FutureTensor, by: FutureTensor, name: str) -> FutureTensor:
        """The scalar of the value's shape."""
        nodes = (value.ft_node, by.ft_node)
        shape = value.ft_node.shape

        sources = sources_of(demand_of("elementwise", shape, nodes), nodes)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            kept, verdict = await pull_all(sources(coordinates), trajectory)
            if verdict[1].is_absent:
                return verdict
            if not kept[1].is_confidence:
                return kept
            text, status = verdict
            cause = (text.strip() or status.cause) if status.failed else ""
            return kept[0], Status(status.coefficient, cause)

        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True)
        ctx.teach = partial(pass_on, result.ft_node, lambda coordinates: (nodes[0], coordinates))
        return result


@tensor_operation
def gate(value: FutureTensor, by: FutureTensor, *, site: Site) -> FutureTensor:
    """`value` where `by` does not fail; where it does, `value` failed, with the text of `by` as its cause."""
    return Gate.future(value, by, site.name)


def ft_gate(value: FutureTensor, by: FutureTensor) -> FutureTensor:
    """`gate` by hand."""
    return gate(value, by, site=Site())

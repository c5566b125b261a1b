"""mean: the mean of the coefficients of a FutureTensor, a scalar loss for autograd to start from."""

from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.passthrough import PassThrough
from hdsl.tensor.text_tensor import home_of


class Mean(PassThrough):
    """A failed element counts as a confidence of 0; the gradient passes through."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor) -> FutureTensor:
        """The scalar of shape []."""
        node = x.ft_node

        sources = sources_of(demand_of("reduce", (), (node,)), (node,))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            elements = await pull_all(sources(coordinates), trajectory)
            sure = [max(0.0, status.coefficient) for _, status in elements]
            mean = sum(sure) / len(sure) if sure else 0.0
            return repr(mean), Status.confidence(min(1.0, mean))

        result = make_future(generate, (), place=home_of(node.static), sources=sources, inline=True)
        known = node.static.detach().clamp(min=0.0)
        result.data.fill_(float(known.float().mean()) if known.numel() else 0.0)
        return result


def ft_mean(input: FutureTensor) -> FutureTensor:
    """A FutureTensor of one element: the mean confidence of `input`, as text and as status.

    Its number is the mean of the coefficients that are there already.
    """
    return Mean.future(input)

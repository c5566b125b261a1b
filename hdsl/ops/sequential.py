"""sequential: evaluates its inputs in order; the first that fails or is absent ends it, else it is the last."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation, widest_shape
from hdsl.ops.passing import Place, has_failed, is_absent, pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class Sequential(PassThrough):
    """One step after the other, each with all it still needs; numbers pass to every step, texts to that seen last."""

    operation = "sequential"

    @staticmethod
    def forward(ctx: Any, name: str, *steps: FutureTensor) -> FutureTensor:
        """The scalar of the steps' shape."""
        nodes = [step.ft_node for step in steps]
        shape = widest_shape(nodes)

        sources = sources_of(demand_of("sequence", shape, nodes), nodes)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            for node, at in sources(coordinates):
                element = await node.get(at, trajectory)
                if not element[1].is_confidence:
                    break
            return element

        def shown(coordinates: Coordinates) -> Place:
            """The step whose text the element has: the first that failed, else the last."""
            steps = list(sources(coordinates))
            return next((step for step in steps if has_failed(step) or is_absent(step)), steps[-1])

        ctx.about = lambda: {"num_inputs": len(nodes)}
        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True)
        ctx.teach = partial(pass_on, result.ft_node, shown)
        return result


@tensor_operation
def sequential(*steps: FutureTensor, site: Site) -> FutureTensor:
    """The steps in order; ValueError for none."""
    return Sequential.future(site.name, *steps)


def ft_sequential(*steps: FutureTensor) -> FutureTensor:
    """`sequential` by hand."""
    return sequential(*steps, site=Site())

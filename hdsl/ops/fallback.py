"""fallback: evaluates its inputs in order until one does not fail, and is that one; cause: why an input failed."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation, widest_shape
from hdsl.ops.passing import Place, element_of, pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class Fallback(PassThrough):
    """One alternative after the other; numbers pass to all of them, texts to the one that answered."""

    operation = "fallback"

    @staticmethod
    def forward(ctx: Any, name: str, *alternatives: FutureTensor) -> FutureTensor:
        """The scalar of the alternatives' shape."""
        nodes = [each.ft_node for each in alternatives]
        shape = widest_shape(nodes)

        sources = sources_of(demand_of("alternatives", shape, nodes), nodes)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            for node, at in sources(coordinates):
                element = await node.get(at, trajectory)
                if not element[1].failed:
                    break
            return element

        def answered(coordinates: Coordinates) -> Place:
            """The alternative whose text the element has: the first that did not fail, else the last."""
            places = list(sources(coordinates))
            evaluated = [(place, element_of(place)) for place in places]
            return next((place for place, entry in evaluated if entry and entry.coefficient >= 0), places[-1])

        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True)
        ctx.teach = partial(pass_on, result.ft_node, answered)
        return result


class Cause(PassThrough):
    """The words of a status. What a text should have been says nothing of why it failed: texts' gradients end here."""

    operation = "cause"

    @staticmethod
    def forward(ctx: Any, name: str, x: FutureTensor) -> FutureTensor:
        """The scalar of the input's shape."""
        node = x.ft_node

        sources = sources_of(demand_of("outcome", node.shape, (node,)), (node,))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            ((source, at),) = sources(coordinates)
            text, status = await source.get(at, trajectory)
            if status.is_absent:
                return text, status
            why = (status.cause.strip() or text.strip() or "failed") if status.failed else ""
            return why, Status.confidence(1.0)

        return make_future(generate, node.shape, place=home_of(node.static), name=name, sources=sources, inline=True)


@tensor_operation
def fallback(*alternatives: FutureTensor, site: Site) -> FutureTensor:
    """The first alternative that does not fail, else the last; ValueError for none."""
    return Fallback.future(site.name, *alternatives)


def ft_fallback(*alternatives: FutureTensor) -> FutureTensor:
    """`fallback` by hand."""
    return fallback(*alternatives, site=Site())


@tensor_operation
def cause(x: FutureTensor, *, site: Site) -> FutureTensor:
    """Why each element failed; empty where it did not."""
    return Cause.future(site.name, x)


def ft_cause(x: FutureTensor) -> FutureTensor:
    """`cause` by hand."""
    return cause(x, site=Site())

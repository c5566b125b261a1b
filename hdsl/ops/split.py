"""split: the parts of a text along a new last dimension, as far as there are any; the rest of it is absent."""

from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.outcomes import ABSENT, room_for
from hdsl.ops.parts import Items, Parts, Pieces
from hdsl.ops.passing import element_of, give, judged_elements, refuse
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.structure.structures import ListOf
from hdsl.tensor.gradients import Judged, judgement
from hdsl.tensor.text_tensor import home_of


class Split(PassThrough):
    """Each part is cut out of the text; a better one is put in its place there."""

    operation = "split"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, parts: Parts, site: Site) -> FutureTensor:
        """The scalar of the site's shape."""
        node, shape = x.ft_node, site.shape
        assert shape is not None
        sources = sources_of(demand_of("elementwise", shape, (node,)), (node,))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            ((source, place),) = sources(coordinates)
            text, status = await source.get(place, trajectory)
            if not status.is_confidence:
                return text, status
            try:
                found = parts.of(text)
            except ValueError as error:
                return text, Status.failed_because(f"the text {error}")
            too_many = room_for(len(found), shape[-1])
            if too_many is not None:
                return "", too_many
            number = coordinates[-1]
            return (found[number], status) if number < len(found) else ABSENT

        result = make_future(generate, shape, place=home_of(node.static), name=site.name, sources=sources, inline=True)
        ctx.teach = partial(_teach, result.ft_node, node, parts)
        return result


def _teach(result: Node, node: Node, parts: Parts) -> None:
    """Puts the better parts of each text into it."""
    judged: dict[Coordinates, dict[Coordinates, Judged]] = {}
    for coordinates, found in judged_elements(result):
        judged.setdefault(coordinates[:-1], {})[coordinates] = found
    for place, wanted in judged.items():
        entry = element_of((node, place))
        if entry is None:
            continue
        try:
            whole = parts.replaced(entry.text, {at[-1]: each.better for at, each in wanted.items()})
        except ValueError as error:
            for at, each in wanted.items():
                refuse(result, at, each, f"the text {error}")
            continue
        give((node, place), judgement(entry.text, whole, max(each.count for each in wanted.values())))


@tensor_operation
def split(x: FutureTensor, *, at: str = "\n\n", size: int = 0, site: Site) -> FutureTensor:
    """The parts of each text, or the items of each list, along the last dimension of the site's shape."""
    structure = site.input_form(0)
    return Split.future(x, Items(structure) if isinstance(structure, ListOf) else Pieces(at, size), site)

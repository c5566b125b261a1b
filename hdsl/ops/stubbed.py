"""A node whose elements a test says: it asks for nothing, and what is said of it is recorded like an evaluation."""

from collections.abc import Mapping

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.outcomes import ABSENT
from hdsl.ops.site import Site


def stubbed(elements: Mapping[Coordinates, Element], site: Site, *, is_room: bool = False) -> FutureTensor:
    """These elements; any other is absent where the last dimension `is_room`, else failed."""
    assert site.shape is not None

    async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        element = elements.get(coordinates)
        if element is not None:
            return element
        return ABSENT if is_room else ("", Status.failed_because(f"the stub gives no element {list(coordinates)}"))

    return make_future(generate, site.shape, name=site.name, inline=True)

"""split: the parts of a text along a new last dimension, as far as there are any; the rest of it is absent."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.outcomes import ABSENT
from hdsl.ops.passing import element_of, give, judged_elements
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.gradients import judgement
from hdsl.tensor.text_tensor import home_of

Ranges = Sequence[tuple[int, int]]
"""Where the parts of a text begin and end."""

_BREAKS = "\r\n"


@lru_cache(maxsize=64)
def parts_of(text: str, at: str, size: int) -> Ranges:
    """The parts between the separators (of an empty one: the characters), without line breaks around them and without
    those that are blank; as many neighbours together as have at most `size` characters."""
    if not at:
        step = max(1, size)
        return [(start, min(start + step, len(text))) for start in range(0, len(text), step)]
    found: list[tuple[int, int]] = []
    start = 0
    for part in text.split(at):
        begin = start + len(part) - len(part.lstrip(_BREAKS))
        end = begin + len(part.strip(_BREAKS))
        start += len(part) + len(at)
        if not part.strip():
            continue
        if found and end - found[-1][0] <= size:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return found


def room_for(count: int, room: int) -> Status | None:
    """Why so many parts cannot be given; None if they can."""
    if count <= room:
        return None
    return Status.failed_because(f"there are {count} parts, and there is room for {room}")


class Split(PassThrough):
    """Each part is cut out of the text; a better one is put in its place there."""

    operation = "split"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, at: str, size: int, site: Site) -> FutureTensor:
        """The scalar of the site's shape."""
        node, shape = x.ft_node, site.shape
        assert shape is not None
        sources = sources_of(demand_of("elementwise", shape, (node,)), (node,))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            ((source, place),) = sources(coordinates)
            text, status = await source.get(place, trajectory)
            if not status.is_confidence:
                return text, status
            ranges = parts_of(text, at, size)
            too_many = room_for(len(ranges), shape[-1])
            if too_many is not None:
                return "", too_many
            number = coordinates[-1]
            return (text[slice(*ranges[number])], status) if number < len(ranges) else ABSENT

        result = make_future(generate, shape, place=home_of(node.static), name=site.name, sources=sources, inline=True)
        ctx.teach = partial(_teach, result.ft_node, node, at, size)
        return result


def _teach(result: Node, node: Node, at: str, size: int) -> None:
    """Puts the better parts of each text into it."""
    better: dict[Coordinates, dict[int, tuple[str, int]]] = {}
    for coordinates, judged in judged_elements(result):
        better.setdefault(coordinates[:-1], {})[coordinates[-1]] = judged.better, judged.count
    for place, parts in better.items():
        entry = element_of((node, place))
        if entry is None:
            continue
        whole = entry.text
        ranges = parts_of(entry.text, at, size)
        for number in sorted(parts, reverse=True):
            if number < len(ranges):
                start, end = ranges[number]
                whole = f"{whole[:start]}{parts[number][0]}{whole[end:]}"
        give((node, place), judgement(entry.text, whole, max(count for _, count in parts.values())))


@tensor_operation
def split(x: FutureTensor, *, at: str = "\n\n", size: int = 0, site: Site) -> FutureTensor:
    """The parts of each text along the last dimension of the site's shape, which has to be known."""
    return Split.future(x, at, size, site)

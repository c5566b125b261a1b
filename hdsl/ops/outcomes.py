"""How an element ends whose inputs did not all succeed: absent if one is absent, else failed by the first."""

from collections.abc import Iterable, Sequence

from hdsl.future.flight import Element
from hdsl.future.status import Status

ABSENT: Element = ("", Status.absent)


def unmet(elements: Sequence[Element]) -> Element | None:
    """How an element ends that needs all of these; None where they have all succeeded."""
    if all(status.coefficient >= 0.0 for _, status in elements):
        return None
    if any(status.is_absent for _, status in elements):
        return ABSENT
    return next(element for element in elements if element[1].failed)


def none_left(elements: Iterable[Element]) -> Element:
    """How an element ends that left all of these out: failed as the first that failed, else absent."""
    return next((("", status) for _, status in elements if status.failed), ABSENT)


def room_for(count: int, room: int) -> Status | None:
    """Why so many elements cannot be given along a dimension; None if they can."""
    if count <= room:
        return None
    return Status.failed_because(f"there are {count} parts, and there is room for {room}")

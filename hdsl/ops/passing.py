"""Symbolic gradients through the nodes of a graph: from an element to those that it was made of.

Torch runs the backward of a node when all its consumers have run theirs, so that all that is wanted of its texts waits
in the registry by then. World operations only pass on what they got: nothing is evaluated here.
"""

from collections.abc import Callable, Sequence

from hdsl.future.node import Coordinates, Node
from hdsl.future.status import Status
from hdsl.ops.pieces import better_pieces
from hdsl.storage.layout import coordinates_of, flat_index
from hdsl.storage.store import Entry
from hdsl.tensor.frames import split_frames
from hdsl.tensor.gradients import Judged, gradient_registry, judgement, take_judged, text_gradient
from hdsl.tensor.text_tensor import store_of
from hdsl.tensor.three_way import Refused, TextGradient

Place = tuple[Node, Coordinates]
"""An element of a node."""

Origin = Callable[[Coordinates], Place | None]
"""Which element an element of a result is, unchanged; None where it is none."""


def pass_on(result: Node, origin: Origin) -> None:
    """Hands the gradients of each element of a result to the element that it is."""
    wanted = gradient_registry().take(store_of(result.static).uid)
    for index, gradients in wanted.items():
        coordinates = coordinates_of(index, result.shape)
        place = None if is_absent((result, coordinates)) else origin(coordinates)
        if place is not None:
            give(place, gradients)


def pass_frames(result: Node, parts: Callable[[Coordinates], Sequence[Place]]) -> None:
    """Takes merged texts apart: each part, by its number, gets the gradient to what stands in its frame.

    A better text that has other frames than the merged one is refused.
    """
    for coordinates, judged in judged_elements(result):
        places = parts(coordinates)
        try:
            are = {frame.index: frame.content for frame in split_frames(judged.text)}
            should = {frame.index: frame.content for frame in split_frames(judged.better)}
            if list(are) != list(should):
                raise ValueError("the better text has other frames than the merged one")
        except ValueError as error:
            refuse(result, coordinates, judged, str(error))
            continue
        for number, actual in are.items():
            give(places[number], judgement(actual, should[number], judged.count))


def pass_pieces(result: Node, parts: Callable[[Coordinates], Sequence[Place]], separator: str) -> None:
    """Takes joined texts apart: each part that succeeded gets the gradient to the piece that it is.

    A better text of which nobody can say whose change it is is refused.
    """
    for coordinates, judged in judged_elements(result):
        found = [(place, element_of(place)) for place in parts(coordinates)]
        kept = [(place, entry.text) for place, entry in found if entry is not None and _has_succeeded(place)]
        try:
            should = better_pieces([text for _, text in kept], separator, judged.better)
        except ValueError as error:
            refuse(result, coordinates, judged, str(error))
            continue
        for (place, text), better in zip(kept, should, strict=True):
            give(place, judgement(text, better, judged.count))


def _has_succeeded(place: Place) -> bool:
    return not has_failed(place) and not is_absent(place)


def judged_elements(result: Node) -> list[tuple[Coordinates, Judged]]:
    """What consumers found of the elements of a result, which is then taken; an absent element has nothing to learn."""
    judged = take_judged(store_of(result.static))
    found = [(coordinates_of(index, result.shape), each) for index, each in judged.items()]
    return [(coordinates, each) for coordinates, each in found if not is_absent((result, coordinates))]


def give(place: Place, gradients: Sequence[TextGradient]) -> None:
    """Adds gradients to what is wanted of an element."""
    node, coordinates = place
    gradient_registry().add(store_of(node.static).uid, {flat_index(coordinates, node.shape): gradients})


def refuse(node: Node, coordinates: Coordinates, judged: Judged, cause: str) -> None:
    """Keeps a change that could not be passed on, and why."""
    whole = text_gradient(judged.text, judged.better)
    refused = [Refused(gradient, judged.count, cause) for gradient in whole]
    gradient_registry().refuse(store_of(node.static).uid, flat_index(coordinates, node.shape), refused)


def element_of(place: Place) -> Entry | None:
    """What is stored of an element; None where it was not evaluated."""
    node, coordinates = place
    index = flat_index(coordinates, node.shape)
    return store_of(node.static).entry(index) if node.is_done(index) else None


def has_failed(place: Place) -> bool:
    """Whether an element was evaluated and failed."""
    entry = element_of(place)
    return entry is not None and Status(entry.coefficient).failed


def is_absent(place: Place) -> bool:
    """Whether an element was evaluated and is absent."""
    entry = element_of(place)
    return entry is not None and Status(entry.coefficient).is_absent

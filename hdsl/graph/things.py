"""What an effect is on: an element of a session, found through what hands sessions on, or the files of a coordinate."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hdsl.graph.places import ALL, AT, Coordinate, Place, Places, coordinates_at
from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.meaning.demand import Access, Own, repeated
from hdsl.meaning.kind import Gives

FILES = ""
"""The file system, for operations that take no session."""


class Thing(NamedTuple):
    """A session by the path of the node that opens it, or FILES; which element of it."""

    origin: str
    coordinates: tuple[Coordinate, ...]


def things_of(program: Program, node: Node, place: Place) -> tuple[Thing, ...]:
    """The sessions that an effectful node works on at a place; the files of its coordinates where it takes none."""
    found = tuple(_walk(program, session, node, place)[0] for session in _sessions(node))
    return found or (Thing(FILES, place.coordinates),)


def shared_session(program: Program, places: Places, node: Node) -> tuple[str, bool] | None:
    """The node that gives one session to several elements of an effectful node at once, if there is one.

    And whether along its last dimension. Along the turns of a loop elements follow each other.
    """
    own = places.of_node[node.path]
    for place in own:
        for session in _sessions(node):
            _, dropped = _walk(program, session, node, place)
            for path, coordinate in dropped:
                if coordinate.axis not in places.turns and (coordinate.axis != AT or len(own) > 1):
                    return path, place.coordinates[-1:] == (coordinate,)
    return None


def origin(program: Program, path: str) -> str:
    """The node that opens the session which a node hands on; a node of texts is its own."""
    node = program.nodes[path]
    while node.type.kind == "session" and (handed := _handed_on(program, node)) is not None:
        node = handed[0]
    return node.path


def _handed_on(program: Program, node: Node) -> tuple[Node, Access] | None:
    """The one node whose elements a node hands on, and which ones; None if it has elements of its own."""
    if node.meaning.gives is not Gives.LAST or len(node.arguments) != 1 or not node.input_paths:
        return None
    return program.nodes[node.input_paths[0]], program.demands[node.path][0].accesses[0]


def _sessions(node: Node) -> Iterator[str]:
    for argument, is_session in zip(node.arguments, node.sessions, strict=False):
        if is_session and isinstance(argument, NodeArgument):
            yield argument.path


def _walk(program: Program, path: str, user: Node, place: Place) -> tuple[Thing, Sequence[tuple[str, Coordinate]]]:
    """The session an argument hands on, and each coordinate that is not passed on by what repeats it on the way."""
    node = program.nodes[path]
    own = coordinates_at(repeated(user.shape, node.shape), user.path, node.shape, place.coordinates)
    dropped: list[tuple[str, Coordinate]] = []
    while (handed := _handed_on(program, node)) is not None:
        source, access = handed
        passed = {at.axis for at in access.at if isinstance(at, Own)}
        dropped += [(node.path, each) for i, each in enumerate(own) if i not in passed and node.shape[i] != 1]
        own = coordinates_at(access.at, node.path, source.shape, own)
        node = source
    return Thing(node.path, own), dropped


def may_be_same(one: Thing, other: Thing) -> bool:
    """Whether two things can be one: the numbers of their coordinates do not differ."""
    return one.origin == other.origin and all(
        not (a.axis == b.axis == AT and not a.ranges and not b.ranges and a.number != b.number)
        or min(a.number, b.number) < 0
        for a, b in zip(one.coordinates, other.coordinates, strict=False)
    )


def covers(fact: Thing, thing: Thing, first: Thing) -> bool:
    """Whether a fact about elements of the first effect is about all that meet the thing, for the same axes."""
    if any(each.axis != ALL or each.ranges for each in fact.coordinates[len(thing.coordinates) :]):
        return False
    return all(map(_covers, fact.coordinates, thing.coordinates, first.coordinates))


def _covers(fact: Coordinate, thing: Coordinate, first: Coordinate) -> bool:
    if fact.axis == ALL:
        return not fact.ranges or fact.ranges == thing.ranges
    if fact.axis == AT and not fact.ranges and fact == first:
        return True
    return fact.axis == thing.axis and fact.number == thing.number and fact.shift == thing.shift

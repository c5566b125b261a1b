"""What an effect is on: an element of a session, found through `expand` and indexing, or the files of a coordinate."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hdsl.graph.places import ALL, AT, Coordinate, Place, Places, expanded, indexed
from hdsl.graph.program import Node, NodeArgument, Program

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


def shared_session(program: Program, places: Places, node: Node) -> str | None:
    """The `expand` that gives one session to several elements of an effectful node at once, if there is one.

    Along the turns of a loop elements follow each other.
    """
    own = places.of_node[node.path]
    for place in own:
        for session in _sessions(node):
            _, dropped = _walk(program, session, node, place)
            for path, coordinate in dropped:
                if coordinate.axis not in places.turns and (coordinate.axis != AT or len(own) > 1):
                    return path
    return None


def origin(program: Program, path: str) -> str:
    """The node that opens the session which a node hands on; a node of texts is its own."""
    node = program.nodes[path]
    while node.type.kind == "session" and node.operation in ("expand", "index") and node.input_paths:
        node = program.nodes[node.input_paths[0]]
    return node.path


def _sessions(node: Node) -> Iterator[str]:
    for argument, is_session in zip(node.arguments, node.sessions, strict=False):
        if is_session and isinstance(argument, NodeArgument):
            yield argument.path


def _walk(program: Program, path: str, user: Node, place: Place) -> tuple[Thing, Sequence[tuple[str, Coordinate]]]:
    """The session an argument hands on, and each coordinate that an `expand` on the way does not pass on."""
    node = program.nodes[path]
    own = expanded(user.shape, node.shape, place.coordinates)
    dropped: list[tuple[str, Coordinate]] = []
    while node.operation in ("expand", "index") and node.input_paths:
        source = program.nodes[node.input_paths[0]]
        if node.operation == "index":
            own = indexed(node.items, source.shape, own)
        else:
            kept = expanded(node.shape, source.shape, own)
            dropped += [
                (node.path, coordinate)
                for i, coordinate in enumerate(own)
                if node.shape[i] != 1 and (i >= len(kept) or kept[i] != coordinate)
            ]
            own = kept
        node = source
    return Thing(node.path, own), dropped


def may_be_same(one: Thing, other: Thing) -> bool:
    """Whether two things can be one: the numbers of their coordinates do not differ."""
    return one.origin == other.origin and all(
        not (a.axis == b.axis == AT and not a.ranges and not b.ranges and a.number != b.number)
        or min(a.number, b.number) < 0
        for a, b in zip(one.coordinates, other.coordinates, strict=False)
    )


def covers(one: Thing, other: Thing) -> bool:
    """Whether the first, for the same values of the axes, is all that the second is."""
    if len(one.coordinates) > len(other.coordinates):
        rest = one.coordinates[len(other.coordinates) :]
        if any(each.axis != ALL or each.ranges for each in rest):
            return False
    return one.origin == other.origin and all(map(_covers, one.coordinates, other.coordinates))


def _covers(one: Coordinate, other: Coordinate) -> bool:
    if one.axis == ALL:
        return not one.ranges or one.ranges == other.ranges
    return one.axis == other.axis and one.number == other.number and one.shift == other.shift

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

"""Places: which elements of which nodes a result needs, its coordinates followed from the result downward.

An element of the result stands for all of them: each of its axes has a name, and so has each axis along which a node
needs several elements at once (`merge`, the turns of a loop). A node has one place for each way its elements follow
from these: most have one, and one that is also indexed has another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from hdsl.graph.loops import LOOPS
from hdsl.graph.program import Argument, Node, NodeArgument, Program
from hdsl.graph.shapes import Shape
from hdsl.syntax import tree

AT = ""
"""The axis of a coordinate that is one number."""
ALL = "*"
"""The axis of a coordinate of which every value is meant."""

Bounds: TypeAlias = tuple[int | None, int | None]


class Coordinate(NamedTuple):
    """One coordinate of a place: the value of an axis, seen through the ranges that index it."""

    axis: str
    ranges: tuple[Bounds, ...] = ()
    number: int = 0

    @property
    def shift(self) -> tuple[Bounds, ...] | int:
        """How far from the axis's value; a number where it is known."""
        starts = [start or 0 for start, _ in self.ranges]
        return sum(starts) if all(start >= 0 for start in starts) else self.ranges


class Place(NamedTuple):
    """Elements of a node, by the axes that they follow."""

    path: str
    coordinates: tuple[Coordinate, ...]

    @property
    def axes(self) -> frozenset[str]:
        """The axes it follows."""
        return frozenset(each.axis for each in self.coordinates if each.axis not in (AT, ALL))


@dataclass(frozen=True, slots=True)
class Stage:
    """Inputs of a node that are needed at the same time.

    `must`: all of them are needed whenever the stage is reached; `one_of`: one of them is. `succeeded`: the next
    stage is reached only if these succeeded.
    """

    paths: tuple[str, ...]
    must: bool = True
    one_of: bool = False
    succeeded: bool = True


@dataclass(slots=True)
class PlaceStage:
    """A stage of one place. `there`: inputs that a loop has evaluated before its turns, not needed now."""

    places: list[Place]
    there: list[Place]
    must: bool
    one_of: bool
    succeeded: bool


@dataclass(frozen=True)
class Places:
    """All places, each after what it needs, with the stages of each; the axes that are turns of a loop."""

    order: tuple[Place, ...]
    stages: Mapping[Place, list[PlaceStage]]
    of_node: Mapping[str, tuple[Place, ...]]
    turns: Mapping[str, Place]
    """The loop of each turn axis."""


def stages(node: Node) -> list[Stage]:
    """What a node needs, in the order it needs it; of a loop the goal, what stands outside, the body."""
    first, rest = _paths(node.arguments[:1]), _paths(node.arguments[1:])
    match node.operation:
        case "sequential":
            return [Stage((path,)) for path in node.input_paths]
        case "switch":
            return [Stage(first), Stage(rest, must=False, one_of=len(rest) == len(node.arguments) - 1)]
        case "speculate" | "attend":
            return [Stage(rest), Stage(first, must=False)]
        case "causal_mask":
            return [Stage(first, must=False)]
        case "merge":
            return [Stage(first, succeeded=False)]
        case operation if operation in LOOPS:
            return [Stage(rest), Stage((), succeeded=False), Stage(first, succeeded=False)]
        case _:
            return [Stage(node.input_paths)]


def _paths(arguments: Sequence[Argument]) -> tuple[str, ...]:
    return tuple(argument.path for argument in arguments if isinstance(argument, NodeArgument))


OUTSIDE = 1
"""Which stage of a loop what stands outside of it is."""


PLACES_OF_A_NODE = 32
"""Where a node has more, the others follow axes of their own, of which nothing is known."""


def places_of(program: Program, nodes: Sequence[Node]) -> Places:
    """The places of the nodes that the result needs, each node after what it takes."""
    return _Unfolding(program, nodes).run()


class _Unfolding:
    def __init__(self, program: Program, nodes: Sequence[Node]) -> None:
        self.program = program
        self.nodes = nodes
        self.found: dict[str, dict[Place, None]] = {node.path: {} for node in nodes}
        self.stages: dict[Place, list[PlaceStage]] = {}
        self.turns: dict[str, Place] = {}

    def run(self) -> Places:
        result = self.program.nodes[self.program.result]
        first = Place(result.path, tuple(Coordinate(f"/{i}") for i in range(len(result.shape))))
        self.found[result.path][first] = None
        for node in reversed(self.nodes):
            for place in self.found[node.path]:
                parts = [_picked(node, place)] if node.operation == "stack" else stages(node)
                self.stages[place] = [self._stage(node, place, stage) for stage in parts]
        of_node = {path: tuple(places) for path, places in self.found.items()}
        order = tuple(place for node in self.nodes for place in of_node[node.path])
        return Places(order, self.stages, of_node, self.turns)

    def _stage(self, node: Node, place: Place, stage: Stage) -> PlaceStage:
        needed = [self._source(node, place, path) for path in stage.paths]
        there = [source for source in needed if self._is_outside(place, source)]
        for source in needed:
            self.found[source.path][source] = None
        now = [source for source in needed if source not in there]
        return PlaceStage(now, there, stage.must, stage.one_of, stage.succeeded)

    def _is_outside(self, place: Place, source: Place) -> bool:
        """Whether a loop evaluates the source before its turns; it is put there, before the outermost such loop."""
        left = [axis for axis in place.axes - source.axes if axis in self.turns]
        if not left:
            return False
        loop = min((self.turns[axis] for axis in left), key=lambda loop: len(loop.axes))
        if loop.path == place.path:
            return False
        outside = self.stages[loop][OUTSIDE].places
        if source not in outside:
            outside.append(source)
        return True

    def _source(self, node: Node, place: Place, path: str) -> Place:
        source = self.program.nodes[path]
        own = place.coordinates
        match node.operation:
            case "expand":
                found = expanded(node.shape, source.shape, own)
            case "index":
                found = indexed(node.items, source.shape, own)
            case "stack":
                found = own[1:]
            case "attend" if node.arguments[0] == NodeArgument(path):
                found = (own[0], Coordinate(f"{node.path}/x"))
            case "causal_mask":
                found = own[:2]
            case operation if operation in LOOPS and node.arguments[0] == NodeArgument(path):
                axis = f"{node.path}/turn {len(self.turns)}"
                self.turns[axis] = place
                found = (*own, Coordinate(axis))
            case _:
                added = range(len(node.shape), len(source.shape))
                found = (*elementwise(node.shape, source.shape, own), *(Coordinate(f"{node.path}/{i}") for i in added))
        return self._bounded(Place(path, found))

    def _bounded(self, place: Place) -> Place:
        known = self.found[place.path]
        if place in known or len(known) < PLACES_OF_A_NODE:
            return place
        unknown = (
            each if each.axis in self.turns else Coordinate(f"{place.path}/{i}?")
            for i, each in enumerate(place.coordinates)
        )
        return Place(place.path, tuple(unknown))


def _picked(node: Node, place: Place) -> Stage:
    """An element of a stack needs the one input that its first coordinate names."""
    first = place.coordinates[0]
    if first.axis == AT and not first.ranges and 0 <= first.number < len(node.arguments):
        return Stage(_paths(node.arguments[first.number : first.number + 1]))
    return Stage(node.input_paths, must=False, one_of=len(node.input_paths) == len(node.arguments))


def elementwise(shape: Shape, source: Shape, own: tuple[Coordinate, ...]) -> tuple[Coordinate, ...]:
    """The coordinates of an input that are the node's own: 0 where a size of 1 is repeated."""
    repeated = (have == 1 and size != 1 for have, size in zip(source, shape, strict=False))
    return tuple(Coordinate(AT) if once else each for once, each in zip(repeated, own, strict=False))


def expanded(shape: Shape, source: Shape, own: tuple[Coordinate, ...]) -> tuple[Coordinate, ...]:
    """The coordinates that an `expand` asks for."""
    return elementwise(shape, source, own[: len(source)])


def indexed(items: Sequence[tree.IndexItem], source: Shape, own: tuple[Coordinate, ...]) -> tuple[Coordinate, ...]:
    """The coordinates that an index asks for."""
    remaining = iter(own)
    consuming = sum(isinstance(item, tree.IndexAt | tree.IndexRange) for item in items)
    found: list[Coordinate] = []
    for item in _whole(items, len(source) - consuming):
        match item:
            case tree.IndexNew():
                next(remaining)
            case tree.IndexAt(position=position):
                size = source[len(found)]
                number = position + size if position < 0 and isinstance(size, int) else position
                found.append(Coordinate(AT, number=number))
            case tree.IndexRange(start=start, stop=stop):
                found.append(_within(next(remaining), start, stop, source[len(found)]))
            case _:
                found.append(next(remaining))
    return tuple(found)


def _whole(items: Sequence[tree.IndexItem], missing: int) -> Iterator[tree.IndexItem | None]:
    """The items, None for each dimension that stays whole without one."""
    if not any(isinstance(item, tree.IndexEllipsis) for item in items):
        items = (*items, tree.IndexEllipsis(tree.Span(0, 0)))
    for item in items:
        if isinstance(item, tree.IndexEllipsis):
            yield from [None] * missing
        else:
            yield item


def _within(coordinate: Coordinate, start: int | None, stop: int | None, size: int | str) -> Coordinate:
    if (start or 0) == 0 and (stop is None or stop == size):
        return coordinate
    if isinstance(size, int) and start is not None and start < 0:
        start = max(0, start + size)
    if coordinate.axis == AT and not coordinate.ranges and (start or 0) >= 0:
        return Coordinate(AT, number=coordinate.number + (start or 0))
    return coordinate._replace(ranges=(*coordinate.ranges, (start, stop)))

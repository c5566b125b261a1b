"""Places: which elements of which nodes a result needs, its coordinates followed from the result downward.

An element of the result stands for all of them: each of its axes has a name, and so has each axis along which a node
needs several elements at once (`merge`, the turns of a loop). A node has one place for each way its elements follow
from these: most have one, and one that is also indexed has another.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.meaning.demand import Access, After, At, Every, Need, Number, Own, Shape, Stage, UpTo, is_turn

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


class PlaceStage:
    """A stage of one place, as `Stage` has it. `there`: inputs that a loop evaluated before its turns, not needed now.

    `must`: all of them are needed whenever the stage is reached; `one_of`: one of them is; `is_choice`: at most one is.
    """

    __slots__ = ("after", "catches", "is_choice", "is_owed", "must", "one_of", "places", "stops_short", "there")

    def __init__(
        self,
        places: list[Place],
        there: list[Place],
        must: bool = True,
        one_of: bool = False,
        is_choice: bool = False,
        catches: bool = False,
        after: After = After.SUCCESS,
        is_owed: bool = False,
        stops_short: bool = False,
    ) -> None:
        self.places = places
        self.there = there
        self.must = must
        self.one_of = one_of
        self.is_choice = is_choice
        self.catches = catches
        self.after = after
        self.is_owed = is_owed
        self.stops_short = stops_short
        """Whether it may end before it has come to these, as turns do where one of them ends the loop."""

    def with_places(self, places: list[Place], there: list[Place]) -> "PlaceStage":
        """The stage where it is settled that these are its places: they are needed, and nothing is left to choose."""
        return PlaceStage(
            places,
            there,
            catches=self.catches,
            after=self.after,
            is_owed=self.is_owed,
            stops_short=self.stops_short,
        )


class Places(NamedTuple):
    """All places, each after what it needs, with the stages of each; the axes that are turns of a loop."""

    order: tuple[Place, ...]
    stages: Mapping[Place, list[PlaceStage]]
    of_node: Mapping[str, tuple[Place, ...]]
    turns: Mapping[str, Place]
    """The loop of each turn axis."""
    up_to: Mapping[str, Coordinate]
    """Of turns that are taken up to a coordinate of the loop's result: that coordinate, by the turn axis."""
    shared: Mapping[Place, frozenset[Place]]
    """Of a place with a stage that is owed: all that is evaluated before the stage in front of it."""


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
        self.outside: dict[Place, PlaceStage] = {}
        self.turns: dict[str, Place] = {}
        self.up_to: dict[str, Coordinate] = {}

    def run(self) -> Places:
        result = self.program.nodes[self.program.result]
        first = Place(result.path, tuple(Coordinate(f"/{i}") for i in range(len(result.shape))))
        self.found[result.path][first] = None
        for node in reversed(self.nodes):
            demand = self.program.demands[node.path]
            for place in self.found[node.path]:
                here = self.stages[place] = []
                for stage in demand:
                    found = self._stage(node, place, stage)
                    if stage.takes_turns:
                        # What the turns share is evaluated before them.
                        outside = self.outside[place] = PlaceStage([], [], catches=True, after=found.after)
                        here.append(outside)
                        found.after = After.END
                    here.append(found)
        of_node = {path: tuple(places) for path, places in self.found.items()}
        order = tuple(place for node in self.nodes for place in of_node[node.path])
        shared = {place: self._share(place) for place in order if any(stage.is_owed for stage in self.stages[place])}
        return Places(order, self.stages, of_node, self.turns, self.up_to, shared)

    def _share(self, place: Place) -> frozenset[Place]:
        """Puts what a stage that is owed and the one before it both need in front of them; all that it stands for."""
        stages = self.stages[place]
        owed = next(number for number, stage in enumerate(stages) if stage.is_owed)
        needed = behind(self.stages, stages[owed].places)
        common: dict[Place, None] = {}
        waiting, seen = list(reversed(stages[owed - 1].places)), set(stages[owed - 1].places)
        while waiting:
            source = waiting.pop()
            if source in needed:
                common[source] = None
                continue
            following = [each for stage in self.stages[source] for each in stage.places if each not in seen]
            seen.update(following)
            waiting.extend(reversed(following))
        first = stages[owed - 1]
        stages.insert(owed - 1, PlaceStage(list(common), [], after=first.after))
        first.after = After.SUCCESS
        return behind(self.stages, common)

    def _stage(self, node: Node, place: Place, stage: Stage) -> PlaceStage:
        arguments = node.arguments
        must, one_of = stage.need is Need.ALL, stage.need is Need.ONE
        accesses = stage.accesses
        if stage.axis is not None:
            chosen = place.coordinates[stage.axis]
            if chosen.axis == AT and not chosen.ranges and 0 <= chosen.number < len(accesses):
                accesses, must, one_of = accesses[chosen.number : chosen.number + 1], True, False
        needed: list[Place] = []
        for access in accesses:
            argument = arguments[access.input]
            if isinstance(argument, NodeArgument):
                needed.append(self._source(node, place, argument.path, access))
        there = [source for source in needed if self._is_outside(place, source)]
        for source in needed:
            self.found[source.path][source] = None
        now = needed if not there else [source for source in needed if source not in there]
        one_of = one_of and len(needed) == len(accesses)
        return PlaceStage(
            now, there, must, one_of, stage.is_choice, stage.catches, stage.after, stage.is_owed, stage.takes_all_turns
        )

    def _is_outside(self, place: Place, source: Place) -> bool:
        """Whether a loop evaluates the source before its turns; it is put there, before the outermost such loop."""
        if not self.turns:
            return False
        left = [axis for axis in place.axes - source.axes if axis in self.turns]
        if not left:
            return False
        loop = min((self.turns[axis] for axis in left), key=lambda loop: len(loop.axes))
        if loop.path == place.path:
            return False
        outside = self.outside[loop].places
        if source not in outside:
            outside.append(source)
        return True

    def _source(self, node: Node, place: Place, path: str, access: Access) -> Place:
        turn = Coordinate("")
        if any(map(is_turn, access.at)):
            axis = f"{node.path}/turn {len(self.turns)}"
            self.turns[axis] = place
            turn = Coordinate(axis)
            self.up_to.update((axis, place.coordinates[at.axis]) for at in access.at if isinstance(at, UpTo))
        shape = self.program.nodes[path].shape
        return self._bounded(Place(path, coordinates_at(access.at, node.path, shape, place.coordinates, turn)))

    def _bounded(self, place: Place) -> Place:
        known = self.found[place.path]
        if place in known or len(known) < PLACES_OF_A_NODE:
            return place
        unknown = (
            each if each.axis in self.turns else Coordinate(f"{place.path}/{i}?")
            for i, each in enumerate(place.coordinates)
        )
        return Place(place.path, tuple(unknown))


def behind(stages: Mapping[Place, Sequence[PlaceStage]], places: Iterable[Place]) -> frozenset[Place]:
    """Places with all that they need."""
    waiting = list(places)
    seen = set(waiting)
    while waiting:
        following = {each for stage in stages[waiting.pop()] for each in stage.places} - seen
        seen |= following
        waiting.extend(following)
    return frozenset(seen)


def coordinates_at(
    access: Sequence[At], path: str, source: Shape, own: Sequence[Coordinate], turn: Coordinate | None = None
) -> tuple[Coordinate, ...]:
    """The coordinates of an input's element, by the node's own; those along which all are meant follow `path`."""
    found: list[Coordinate] = []
    for i, at in enumerate(access):
        match at:
            case Own(axis=axis) if at.is_whole:
                found.append(own[axis])
            case Own(axis=axis, start=start, stop=stop):
                found.append(_within(own[axis], start, stop, source[i]))
            case Number(value=value):
                found.append(Coordinate(AT, number=value))
            case Every.TURNS | UpTo() if turn is not None:
                found.append(turn)
            case _:
                found.append(Coordinate(f"{path}/{i}"))
    return tuple(found)


def _within(coordinate: Coordinate, start: int | None, stop: int | None, size: int | str) -> Coordinate:
    if (start or 0) == 0 and (stop is None or stop == size):
        return coordinate
    if isinstance(size, int) and start is not None and start < 0:
        start = max(0, start + size)
    if coordinate.axis == AT and not coordinate.ranges and (start or 0) >= 0:
        return Coordinate(AT, number=coordinate.number + (start or 0))
    return coordinate._replace(ranges=(*coordinate.ranges, (start, stop)))

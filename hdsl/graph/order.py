"""In which order the effects of a program happen, whatever the scheduler does.

A node is evaluated when it is first needed. Two facts are computed for every place, as bit sets over the effectful
places: what is *settled* (has happened, or never will) when it has succeeded, and what is settled before it is first
needed, whoever needs it first: the intersection over all that need it. An effect acts after its inputs. A fact is
about the elements of one coordinate: it does not pass to a place that other coordinates need too, and where a place
needs all elements along an axis, it becomes a fact about all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

from hdsl.graph.dominators import immediate_dominators
from hdsl.graph.loops import is_effectful
from hdsl.graph.places import ALL, AT, Coordinate, Place, Places
from hdsl.graph.program import Argument, Node, NodeArgument, Program
from hdsl.graph.things import Thing, covers, may_be_same, things_of
from hdsl.meaning.demand import After

EXACT_UP_TO = 1500
"""Places up to which a conflict is looked at again path by path."""

ANALYSES = 64
"""How often a conflict is looked at again, branch by branch."""


class Order:
    """The facts about one program."""

    def __init__(self, program: Program, places: Places, facts: "Facts") -> None:
        self.program = program
        self.places = places
        self.facts = facts
        self.acts_after: dict[Place, int] = {}
        self.guards: dict[Place, int] = {}
        self.siblings: dict[Place, int] = {}
        self._things_on: dict[tuple[Place, str], Sequence[Thing]] = {}

    def ordered(self, one: str, other: str, origin: str) -> bool:
        """Whether of two effects one always comes before the other, or only one of them happens, thing by thing."""
        return self._settled(one, other, origin, or_never=True) or self._settled(other, one, origin, or_never=True)

    def before(self, one: str, other: str, origin: str) -> bool:
        """Whether the first always comes before the second, where both are on one thing."""
        return self._settled(one, other, origin, or_never=False)

    def _settled(self, one: str, other: str, origin: str, *, or_never: bool) -> bool:
        first = list(self._things(one, origin))
        for place, thing in self._things(other, origin):
            same = [(where, what) for where, what in first if may_be_same(what, thing)]
            facts = list(self._facts(one, origin, self.acts_after[place])) if same else []
            for where, what in same:
                if any(covers(fact, thing, what) for fact in facts):
                    continue
                if not (or_never and self._exclusive(where, what, place, thing)):
                    return False
        return True

    def _things(self, path: str, origin: str) -> Iterator[tuple[Place, Thing]]:
        for place in self.places.of_node[path]:
            yield from ((place, thing) for thing in self._on(place, origin))

    def _facts(self, path: str, origin: str, mask: int) -> Iterator[Thing]:
        turns = self._positions_of_turns(path)
        for place in self.facts.places_in(mask & self.facts.of_path.get(path, 0)):
            if all(self._is_of_all_turns(place.coordinates[at]) for at in turns):
                yield from self._on(place, origin)

    def _positions_of_turns(self, path: str) -> set[int]:
        """Which coordinates of a node are turns that are taken up to a coordinate of the loop's result."""
        places = self.places.of_node[path] if self.places.up_to else ()
        return {at for place in places for at, each in enumerate(place.coordinates) if each.axis in self.places.up_to}

    def _is_of_all_turns(self, coordinate: Coordinate) -> bool:
        """Whether a fact is about all turns, or of the turn itself, and not only about those up to some element."""
        return coordinate.axis in self.places.up_to or (coordinate.axis == ALL and not coordinate.ranges)

    def _on(self, place: Place, origin: str) -> Sequence[Thing]:
        found = self._things_on.get((place, origin))
        if found is None:
            things = things_of(self.program, self.program.nodes[place.path], place)
            found = self._things_on[place, origin] = [thing for thing in things if thing.origin == origin]
        return found

    def _exclusive(self, one: Place, thing: Thing, other: Place, other_thing: Thing) -> bool:
        """Whether they stand in different branches of one switch, on every path."""
        return bool(self.guards[one] & self.siblings[other]) and covers(thing, other_thing, other_thing)


class Facts:
    """Bits for places: each says that the elements of a place are settled."""

    def __init__(self) -> None:
        self.bits: dict[Place, int] = {}
        self.of_path: dict[str, int] = {}
        self._places: list[Place] = []
        self._following: dict[str, int] = {}

    def bit(self, place: Place) -> int:
        """The bit of a place."""
        bit = self.bits.get(place)
        if bit is None:
            bit = self.bits[place] = 1 << len(self._places)
            self._places.append(place)
            self.of_path[place.path] = self.of_path.get(place.path, 0) | bit
            for axis in place.axes:
                self._following[axis] = self._following.get(axis, 0) | bit
        return bit

    def places_in(self, mask: int) -> Iterator[Place]:
        """The places whose bits are set."""
        while mask:
            lowest = mask & -mask
            yield self._places[lowest.bit_length() - 1]
            mask ^= lowest

    def without(self, mask: int, axes: Iterable[str]) -> int:
        """The facts that do not follow these axes."""
        for axis in axes:
            mask &= ~self._following.get(axis, 0)
        return mask

    def of_all(self, mask: int, axes: frozenset[str]) -> int:
        """The facts where all elements along these axes are settled: they are about all of them."""
        if not axes:
            return mask
        kept = self.without(mask, axes)
        for place in self.places_in(mask & ~kept):
            whole = tuple(Coordinate(ALL, each.ranges) if each.axis in axes else each for each in place.coordinates)
            kept |= self.bit(Place(place.path, whole))
        return kept

    def of_turn(self, mask: int, axis: str, coordinate: Coordinate) -> int:
        """The facts about a turn as facts about the loop's element of this coordinate."""
        kept = self.without(mask, (axis,))
        for place in self.places_in(mask & ~kept):
            own = tuple(_seen_as(each, coordinate) if each.axis == axis else each for each in place.coordinates)
            kept |= self.bit(Place(place.path, own))
        return kept


def order_of(program: Program, places: Places, *, exact: bool = False) -> Order:
    """The order of the effects among the places."""
    return _Ordering(program, places, exact).run()


def ordered_by_branches(program: Program, places: Places, one: str, other: str, origin: str) -> bool:
    """Whether two effects on one thing are ordered whatever the switches above them choose, each choice by itself."""
    left = ANALYSES

    def ordered(where: Places, taken: frozenset[Place]) -> bool:
        nonlocal left
        switch = _switch_above(program, where, (one, other), taken)
        if switch is None:
            return False
        for taken_branch in alternatives(program, switch.path):
            left -= 1
            chosen = with_branch(where, switch, taken_branch)
            is_ordered = order_of(program, chosen, exact=True).ordered(one, other, origin)
            if not is_ordered and (left <= 0 or not ordered(chosen, taken | {switch})):
                return False
        return True

    return ordered(places, frozenset())


def _switch_above(program: Program, places: Places, pair: Sequence[str], taken: frozenset[Place]) -> Place | None:
    """A switch of which each element of the two effects knows its one element, and whose choice concerns them."""
    ends = [place for path in pair for place in places.of_node[path]]
    concerned = set(ends)
    found: Place | None = None
    for place in places.order:
        if any(source in concerned for stage in places.stages[place] for source in stage.places):
            concerned.add(place)
        if (
            place in concerned
            and place not in taken
            and any(stage.is_choice for stage in places.stages[place])
            and len(places.of_node[place.path]) == 1
            and all(place.axes <= end.axes for end in ends)
        ):
            found = place
    return found


def alternatives(program: Program, path: str) -> list[Argument]:
    """The inputs of which a node asks for one, as an input before them decides; nothing where it does not choose."""
    stages = [stage for stage in program.demands[path] if stage.is_choice]
    return [program.nodes[path].arguments[access.input] for stage in stages for access in stage.accesses]


def with_branch(places: Places, switch: Place, taken: Argument) -> Places:
    """The places that are needed where a node that chooses takes one of its branches."""

    def chosen(found: Sequence[Place]) -> list[Place]:
        return [place for place in found if isinstance(taken, NodeArgument) and place.path == taken.path]

    given = [
        stage.with_places(chosen(stage.places), chosen(stage.there)) if stage.is_choice else stage
        for stage in places.stages[switch]
    ]
    stages = {**places.stages, switch: given}
    needed = {places.order[-1]}
    for place in reversed(places.order):
        if place in needed:
            needed.update(source for stage in stages[place] for source in stage.places)
    of_node = {path: tuple(place for place in found if place in needed) for path, found in places.of_node.items()}
    order = tuple(place for place in places.order if place in needed)
    return places._replace(order=order, stages={place: stages[place] for place in order}, of_node=of_node)


class _Ordering:
    def __init__(self, program: Program, places: Places, exact: bool) -> None:
        self.program = program
        self.places = places
        self.exact = exact
        self.facts = Facts()
        self.effects = {place for place in places.order if is_effectful(program.nodes[place.path])}
        self.own = {place: self.facts.bit(place) for place in places.order if exact or place in self.effects}
        self.axes = {place: place.axes for place in places.order}
        self.needed_by: dict[Place, list[Place]] = {place: [] for place in places.order}
        for place in places.order:
            for stage in places.stages[place]:
                for source in stage.places:
                    self.needed_by[source].append(place)

    def run(self) -> Order:
        order = Order(self.program, self.places, self.facts)
        dominated = {} if self.exact else self._dominated()
        settled, settled_anyhow = self._settled(dominated)
        before = self._before(order, settled, settled_anyhow)
        for place in self.effects:
            after = before[place] | self._through(place, settled, settled_anyhow)[-1]
            order.acts_after[place] = self._closed(after) if self.exact else after
        return order

    def _up(self, mask: int, source: Place, user: Place) -> int:
        """Facts that hold when a place has ended, as facts that hold when its user has."""
        axes = self.axes[source] - self.axes[user]
        for axis in axes & self.places.up_to.keys():
            coordinate = self.places.up_to[axis]
            if self.places.turns[axis] == user and not self._is_last(user, coordinate):
                mask, axes = self.facts.of_turn(mask, axis, coordinate), axes - {axis}
        return self.facts.of_all(mask, axes)

    def _is_last(self, loop: Place, coordinate: Coordinate) -> bool:
        """Whether a coordinate of the result of a loop is that of its last turn."""
        size = self.program.nodes[loop.path].shape[-1]
        last = (-1, size - 1) if isinstance(size, int) else (-1,)
        return coordinate.axis == AT and not coordinate.ranges and coordinate.number in last

    def _down(self, mask: int, user: Place, source: Place) -> int:
        """Facts that hold where the user needs the source, without those of one among several users."""
        return self.facts.without(mask, self.axes[user] - self.axes[source])

    def _settled(self, dominated: Mapping[Place, int]) -> tuple[dict[Place, int], dict[Place, int]]:
        """What is settled when a place has succeeded, and when it has ended anyhow."""
        succeeded: dict[Place, int] = {}
        anyhow: dict[Place, int] = {}
        for place in self.places.order:
            known = dominated.get(place, 0) | self.own.get(place, 0)
            succeeded[place] = known | self._through(place, succeeded, anyhow)[-1]
            anyhow[place] = known | self._reached(place, anyhow)
        return succeeded, anyhow

    def _through(self, place: Place, succeeded: Mapping[Place, int], anyhow: Mapping[Place, int]) -> list[int]:
        """What the stages of a place have settled when each is reached, and when the place succeeds."""
        stages = self.places.stages[place]
        now, found = 0, [0]
        won: list[int] = []
        """What is settled where an earlier alternative was the one that succeeded."""
        for stage, following in zip(stages, [*stages[1:], None], strict=False):
            ended = [self._up(anyhow[source], source, place) for source in stage.places]
            fine = ended
            if not stage.catches:
                fine = [self._up(succeeded[source], source, place) for source in stage.places]
            fine = [*fine, *(succeeded[source] for source in stage.there)]
            success = now | (_union(fine) if stage.must else _common(fine) if stage.one_of else 0)
            end = now | (_union(ended) if stage.must else 0)
            after = After.SUCCESS if following is None else following.after
            if after is After.FAILURE:
                won.append(success)
                now = end
            else:
                now = _common([*won, success if after is After.SUCCESS else end])
                won = []
            found.append(now)
        return found

    def _reached(self, place: Place, anyhow: Mapping[Place, int]) -> int:
        """What the stages that are reached in any case settle, however they end."""
        settled = 0
        stages = self.places.stages[place]
        for stage, following in zip(stages, [*stages[1:], None], strict=False):
            if stage.must and not stage.stops_short:
                for source in stage.places:
                    settled |= self._up(anyhow[source], source, place)
            can_fail = stage.places and not (following is not None and following.after is After.END)
            if can_fail or (following is not None and following.after is After.FAILURE):
                # The next one is reached for certain only behind one that has no places.
                break
        return settled

    def _before(self, order: Order, settled: Mapping[Place, int], anyhow: Mapping[Place, int]) -> dict[Place, int]:
        """What is settled before a place is first needed, and the branches that every path to it goes through."""
        before: dict[Place, int] = {}
        branches = _Branches()
        for place in reversed(self.places.order):
            now = before.setdefault(place, 0)
            guards = order.guards.setdefault(place, 0)
            siblings = order.siblings.setdefault(place, 0)
            through = self._through(place, settled, anyhow)
            for number, stage in enumerate(self.places.stages[place]):
                at = now | through[number]
                at = self._closed(at) if self.exact and number else at
                for case, needed in enumerate(stage.places):
                    into, beside = guards, siblings
                    if stage.is_choice:
                        into |= branches.bit(place, case)
                        beside |= branches.others(place, case, len(stage.places))
                    left = self.axes[place] - self.axes[needed]
                    into, beside = branches.without(into, left), branches.without(beside, left)
                    here = self._down(at, place, needed)
                    if needed in before:
                        before[needed] &= here
                        order.guards[needed] &= into
                        order.siblings[needed] &= beside
                    else:
                        before[needed], order.guards[needed], order.siblings[needed] = here, into, beside
        return before

    def _closed(self, mask: int) -> int:
        """With all that can no longer be needed: whatever needs it is settled."""
        for place in reversed(self.places.order):
            if mask & self.own[place] or not self._has_one_place(place):
                continue
            users = self.needed_by[place]
            if users and all(mask & self.own[user] and self.axes[user] <= self.axes[place] for user in users):
                mask |= self.own[place]
        return mask

    def _has_one_place(self, place: Place) -> bool:
        """Whether an element is needed only as an element of this place."""
        return len(self.places.of_node[place.path]) == 1

    def _dominated(self) -> dict[Place, int]:
        """For each place the effects that are needed through it alone, by elements of the same coordinates."""
        nowhere = Place("", ())
        above = immediate_dominators(self.places.order, self.needed_by, nowhere)
        below: dict[Place, int] = {}
        dominated: dict[Place, int] = {}
        for place in self.places.order:
            mask = below.get(place, 0)
            if place in self.effects and self._has_one_place(place):
                mask |= self.own[place]
            dominated[place] = self._of_each(mask, place)
            dominator = above[place]
            if dominator != nowhere:
                below[dominator] = below.get(dominator, 0) | self._up(mask, place, dominator)
        return dominated

    def _of_each(self, mask: int, place: Place) -> int:
        """The facts about elements that only one element of a place needs."""
        axes = self.axes[place]
        if not axes:
            return mask
        return sum(self.facts.bit(fact) for fact in self.facts.places_in(mask) if axes <= fact.axes)


class _Branches:
    """Bits for the branches of switches."""

    def __init__(self) -> None:
        self._bits: dict[tuple[Place, int], int] = {}
        self._following: dict[str, int] = {}

    def bit(self, switch: Place, case: int) -> int:
        """The bit of a branch."""
        bit = self._bits.get((switch, case))
        if bit is None:
            bit = self._bits[switch, case] = 1 << len(self._bits)
            for axis in switch.axes:
                self._following[axis] = self._following.get(axis, 0) | bit
        return bit

    def others(self, switch: Place, case: int, count: int) -> int:
        """The bits of the other branches."""
        return sum(self.bit(switch, other) for other in range(count) if other != case)

    def without(self, mask: int, axes: Iterable[str]) -> int:
        """The branches of switches that do not follow these axes."""
        for axis in axes:
            mask &= ~self._following.get(axis, 0)
        return mask


def _seen_as(turn: Coordinate, coordinate: Coordinate) -> Coordinate:
    """A coordinate that follows a turn, by the coordinate of the loop's element that takes the turns up to it."""
    return coordinate._replace(ranges=(*coordinate.ranges, *turn.ranges))


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def _common(masks: Sequence[int]) -> int:
    common = masks[0] if masks else 0
    for mask in masks[1:]:
        common &= mask
    return common


def meeting(nodes: Sequence[Node], one: str, other: str) -> str | None:
    """The first node that needs both."""
    above = {one: {one}, other: {other}}
    users: dict[str, list[str]] = {}
    for node in nodes:
        for path in node.input_paths:
            users.setdefault(path, []).append(node.path)
    for start, found in above.items():
        waiting = [start]
        while waiting:
            for user in users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
    common = above[one] & above[other]
    return next((node.path for node in nodes if node.path in common), None)

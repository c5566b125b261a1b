"""What an element of an operation asks for at run time, by the demand that the checker reads."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hdsl.future.node import Coordinates, Node, Sources
from hdsl.meaning.demand import Access, At, Demand, Every, Number, Own, UpTo, is_turn
from hdsl.meaning.kind import kind_named
from hdsl.storage.store import Shape

Find = Callable[[Coordinates], Coordinates]
"""The coordinates of an input's element by those of the result's."""


def demand_of(kind: str, shape: Shape, nodes: Sequence[Node | None]) -> Demand:
    """The demand of a result of that shape on its inputs, by the name of the kind."""
    return kind_named(kind).demand(shape, [None if node is None else node.shape for node in nodes])


def sources_of(demand: Demand, nodes: Sequence[Node | None]) -> Sources:
    """Which elements of which inputs an element asks for, in order; of the turns of a loop the first."""
    stages = [(stage.axis, _found(stage.accesses, nodes)) for stage in demand]
    first_axis, first = stages[0] if stages else (None, [])
    if len(stages) == 1 and first_axis is None and all(len(finders) == 1 for _, _, finders in first):
        once = [(node, finders[0]) for _, node, finders in first]
        return lambda coordinates: [(node, find(coordinates)) for node, find in once]

    def sources(coordinates: Coordinates) -> Iterator[tuple[Node, Coordinates]]:
        for axis, accesses in stages:
            for number, node, finders in accesses:
                if axis is None or coordinates[axis] == number:
                    yield from ((node, find(coordinates)) for find in finders)

    return sources


def places_of(access: Access, shape: Shape) -> list[Find]:
    """Where an access finds its elements in an input of that shape: a function for each of them."""
    whole = [at for at, each in enumerate(access.at) if isinstance(each, Every | UpTo)]
    if not whole:
        return [finder(access.at, shape)]
    at = whole[0]
    count = 1 if is_turn(access.at[at]) else shape[at]
    chosen = (access._replace(at=(*access.at[:at], Number(i), *access.at[at + 1 :])) for i in range(count))
    return [find for each in chosen for find in places_of(each, shape)]


def finder(map: Sequence[At], shape: Shape) -> Find:
    """The element of an input of that shape that a map without `Every` means."""
    if all(at == Own(axis) for axis, at in enumerate(map)):
        return partial(_leading, len(map))
    steps = [_step(at, size) for at, size in zip(map, shape, strict=True)]

    def find(coordinates: Coordinates) -> Coordinates:
        return tuple([first if axis < 0 else first + step * coordinates[axis] for axis, first, step in steps])

    return find


def _step(at: At, size: int) -> tuple[int, int, int]:
    if isinstance(at, Own):
        first = at.start or 0
        return at.axis, first + size if first < 0 else first, at.step
    assert isinstance(at, Number)
    return -1, at.value + size if at.value < 0 else at.value, 0


def _leading(rank: int, coordinates: Coordinates) -> Coordinates:
    return coordinates if len(coordinates) == rank else coordinates[:rank]


def _found(accesses: Sequence[Access], nodes: Sequence[Node | None]) -> list[tuple[int, Node, list[Find]]]:
    given = [(access, nodes[access.input]) for access in accesses]
    return [(access.input, node, places_of(access, node.shape)) for access, node in given if node is not None]

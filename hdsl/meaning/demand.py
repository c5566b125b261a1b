"""Demand: what an element of a node asks of its inputs, stage by stage, with the map of coordinates of each access.

A shape is a tuple of numbers and names, as the checker knows it or as a run has it: a demand is made of either.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import product
from typing import NamedTuple, TypeAlias

Dimension: TypeAlias = int | str
Shape: TypeAlias = tuple[Dimension, ...]
Coordinates: TypeAlias = tuple[int, ...]


class Own(NamedTuple):
    """The element's own coordinate along an axis of the result, seen through a range."""

    axis: int
    start: int | None = None
    stop: int | None = None
    step: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether the coordinate is the same in the input."""
        return self.start is None and self.stop is None and self.step == 1


class Number(NamedTuple):
    """One coordinate, whatever the element's own are; a negative one counts from an end that is not known."""

    value: int


class Every(Enum):
    """All coordinates along a dimension: at once, or as the turns of a loop, of which one may be the last."""

    AT_ONCE = "at once"
    TURNS = "turns"


class UpTo(NamedTuple):
    """The coordinates along a dimension one after another, from 0 to the element's own along an axis of the result."""

    axis: int


At: TypeAlias = Own | Number | Every | UpTo


class Access(NamedTuple):
    """Elements of one input, by its position among the arguments: where, along each dimension of that input."""

    input: int
    at: tuple[At, ...]


class Need(Enum):
    """How much of a stage is asked for whenever it is reached."""

    ALL = "all"
    ONE = "exactly one access"
    SOME = "perhaps some of it"


class After(Enum):
    """What of the stage before a stage follows."""

    SUCCESS = "success"
    FAILURE = "failure"
    END = "end"


class Stage(NamedTuple):
    """What is asked for at the same time."""

    accesses: tuple[Access, ...]
    need: Need = Need.ALL
    catches: bool = False
    """Whether the node succeeds although some of these fail."""
    axis: int | None = None
    """Of `Need.ONE`: the axis whose own coordinate is the number of the input; None if an earlier stage decides."""
    after: After = After.SUCCESS
    """When it is reached. Stages that follow the failure of the one before are alternatives: one success is enough."""
    is_owed: bool = False
    """Whether it is asked for once the stage before has begun, even if the run is ended meanwhile. What both need is
    asked for before either; if that fails, neither is reached."""
    catches_unreachable: bool = False
    """Whether a kernel that cannot be reached behind these fails them, and does not end the run."""

    @property
    def is_choice(self) -> bool:
        """Whether an earlier stage decides which one access is asked for."""
        return self.need is Need.ONE and self.axis is None

    @property
    def takes_turns(self) -> bool:
        """Whether these are the turns of a loop."""
        return any(is_turn(at) for access in self.accesses for at in access.at)

    @property
    def takes_all_turns(self) -> bool:
        """Whether these are turns of which none is the last because it succeeds."""
        return any(isinstance(at, UpTo) for access in self.accesses for at in access.at)


Demand: TypeAlias = tuple[Stage, ...]


def is_turn(at: At) -> bool:
    """Whether coordinates are the turns of a loop."""
    return at is Every.TURNS or isinstance(at, UpTo)


def repeated(shape: Sequence[Dimension], source: Sequence[Dimension]) -> tuple[At, ...]:
    """The map of an input whose leading dimensions are the result's: 0 where a size of 1 is repeated."""
    return tuple(
        Number(0) if have == 1 and size != 1 else Own(axis)
        for axis, (have, size) in enumerate(zip(source, shape, strict=False))
    )


def is_aligned(access: Access, rank: int) -> bool:
    """Whether an element asks for the coordinates that are its own: then two elements share no more than those."""
    own = access.at[:rank]
    same = all(at == Own(axis) or at == Number(0) for axis, at in enumerate(own))
    return same and not any(isinstance(at, Own) for at in access.at[rank:])


def elements(access: Access, coordinates: Coordinates, shape: Sequence[int]) -> Iterator[Coordinates]:
    """The elements of an input of that shape which an access means at an element's coordinates."""
    choices: list[Sequence[int]] = []
    for at, size in zip(access.at, shape, strict=True):
        match at:
            case Own(axis=axis, start=start, step=step):
                first = start or 0
                choices.append(((first + size if first < 0 else first) + step * coordinates[axis],))
            case Number(value=value):
                choices.append((value + size if value < 0 else value,))
            case UpTo(axis=axis):
                choices.append(range(coordinates[axis] + 1))
            case _:
                choices.append(range(size))
    return product(*choices)


def asked(
    demand: Demand, coordinates: Coordinates, shapes: Sequence[Sequence[int] | None]
) -> Iterator[tuple[int, Coordinates]]:
    """Every element that an element may ask for: the position of the input, and where. `shapes`: the inputs'."""
    for stage in demand:
        for access in stage.accesses:
            shape = shapes[access.input]
            if shape is not None and (stage.axis is None or coordinates[stage.axis] == access.input):
                for at in elements(access, coordinates, shape):
                    yield access.input, at


def required(
    demand: Demand, coordinates: Coordinates, shapes: Sequence[Sequence[int] | None]
) -> Iterator[tuple[int, Coordinates]]:
    """What an element that succeeded has asked for in any case; of turns the first, or its own."""
    for stage in demand:
        if stage.after is not After.FAILURE:
            yield from whole(stage, coordinates, shapes)


def whole(
    stage: Stage, coordinates: Coordinates, shapes: Sequence[Sequence[int] | None]
) -> Iterator[tuple[int, Coordinates]]:
    """What is asked for in any case where a stage is reached."""
    if stage.need is Need.ALL or stage.axis is not None:
        certain = tuple(access._replace(at=tuple(map(_certain_turn, access.at))) for access in stage.accesses)
        yield from asked((stage._replace(accesses=certain),), coordinates, shapes)


def _certain_turn(at: At) -> At:
    if isinstance(at, UpTo):
        return Own(at.axis)
    return Number(0) if at is Every.TURNS else at

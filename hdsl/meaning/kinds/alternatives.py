"""alternatives: one input after the other, each after the one before failed; the result is the first that does not."""

from typing import Any

from hdsl.meaning.demand import After, Demand, Shape, Stage
from hdsl.meaning.kind import Gives, Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    accesses = accesses_of(result, inputs)
    last = len(accesses) - 1
    return tuple(
        Stage((access,), after=After.FAILURE if i else After.SUCCESS, catches_unreachable=i < last)
        for i, access in enumerate(accesses)
    )


KIND = Kind("alternatives", _demand, gives=Gives.ONE_OF)

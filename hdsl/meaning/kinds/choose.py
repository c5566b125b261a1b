"""choose: the first input decides which one of the others is asked for, and the result is that one."""

from typing import Any

from hdsl.meaning.demand import Demand, Need, Shape, Stage
from hdsl.meaning.kind import Gives, Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    condition = accesses_of(result, inputs[:1])
    alternatives = accesses_of(result, (None, *inputs[1:]))
    return (Stage(condition), Stage(alternatives, Need.ONE))


KIND = Kind("choose", _demand, gives=Gives.ONE_OF)

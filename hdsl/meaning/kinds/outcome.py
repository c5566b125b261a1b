"""outcome: the one input, however it ends: the result says something of its end, and does not fail by it."""

from typing import Any

from hdsl.meaning.demand import Demand, Shape, Stage
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(accesses_of(result, inputs), catches=True, catches_unreachable=True),)


KIND = Kind("outcome", _demand)

"""gather: all elements of the one input along its last dimensions; those that failed are left out."""

from typing import Any

from hdsl.meaning.demand import Demand, Shape, Stage
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.reduce import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(accesses_of(result, inputs), catches=True),)


KIND = Kind("gather", _demand)

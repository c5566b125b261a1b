"""stack: a new first dimension, whose coordinate says which input the element is from."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Need, Own, Shape, Stage
from hdsl.meaning.kind import Kind


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    at = tuple(Own(axis) for axis in range(1, len(result)))
    return (Stage(tuple(Access(i, at) for i in range(len(inputs))), Need.ONE, axis=0),)


KIND = Kind("stack", _demand)

"""reduce: all elements of the inputs along their last dimensions; one that failed fails the result."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Every, Shape, Stage, repeated
from hdsl.meaning.kind import Kind


def accesses_of(result: Shape, inputs: tuple[Shape | None, ...]) -> tuple[Access, ...]:
    """Each input at the element's coordinates; of the dimensions that the result does not have, all."""
    return tuple(
        Access(i, (*repeated(result, shape), *[Every.AT_ONCE] * (len(shape) - len(result))))
        for i, shape in enumerate(inputs)
        if shape is not None
    )


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(accesses_of(result, inputs)),)


KIND = Kind("reduce", _demand)

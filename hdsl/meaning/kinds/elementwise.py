"""elementwise: each element is made of the elements of the inputs at its own coordinates."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Shape, Stage, repeated
from hdsl.meaning.kind import Kind


def accesses_of(result: Shape, inputs: tuple[Shape | None, ...]) -> tuple[Access, ...]:
    """Each input at the element's coordinates. ValueError if one has more dimensions than the result."""
    if any(shape is not None and len(shape) > len(result) for shape in inputs):
        raise ValueError("an input has more dimensions than the result")
    return tuple(Access(i, repeated(result, shape)) for i, shape in enumerate(inputs) if shape is not None)


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(accesses_of(result, inputs)),)


KIND = Kind("elementwise", _demand)

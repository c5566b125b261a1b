"""successive: the other inputs, then the first along its last dimension, one after another up to the element's own."""

from typing import Any

from hdsl.meaning.demand import Access, At, Demand, Own, Shape, Stage, UpTo
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    last = len(result) - 1
    if last < 0:
        raise ValueError("there is no dimension to go along")
    turns: tuple[At, ...] = (*map(Own, range(last)), UpTo(last))
    body = () if inputs[0] is None else (Access(0, turns),)
    return (Stage(accesses_of(result, (None, *inputs[1:]))), Stage(body))


KIND = Kind("successive", _demand, takes_turns=True, is_declarable=False)

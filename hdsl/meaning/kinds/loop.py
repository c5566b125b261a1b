"""loop: the goal, then the body along its last dimension, one turn after another until one does not fail."""

from typing import Any

from hdsl.meaning.demand import Access, At, Demand, Every, Own, Shape, Stage
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    turns: tuple[At, ...] = (*map(Own, range(len(result))), Every.TURNS)
    body = () if inputs[0] is None else (Access(0, turns),)
    return (Stage(accesses_of(result, (None, *inputs[1:]))), Stage(body, catches=True))


KIND = Kind("loop", _demand, takes_turns=True)

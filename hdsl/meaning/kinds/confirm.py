"""confirm: all inputs but the first; then the first, unless what was taken from it earlier still serves."""

from typing import Any

from hdsl.meaning.demand import Demand, Need, Shape, Stage
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    first, others = accesses_of(result, inputs[:1]), accesses_of(result, (None, *inputs[1:]))
    return (Stage(others), Stage(first, Need.SOME))


KIND = Kind("confirm", _demand)

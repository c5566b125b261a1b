"""ensure: what both inputs need, then the first, then the second, however the first ended; the result is the first."""

from typing import Any

from hdsl.meaning.demand import After, Demand, Shape, Stage
from hdsl.meaning.kind import Gives, Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    first, second = accesses_of(result, inputs[:1]), accesses_of(result, (None, *inputs[1:]))
    return (Stage(first), Stage(second, after=After.END, is_owed=True))


KIND = Kind("ensure", _demand, gives=Gives.FIRST, owes=True, is_declarable=False)

"""repeat: the elements of the one input, over added last dimensions or a dimension of 1."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Shape, Stage, repeated
from hdsl.meaning.kind import Gives, Kind


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(() if inputs[0] is None else (Access(0, repeated(result, inputs[0])),)),)


KIND = Kind("repeat", _demand, gives=Gives.LAST, takes_sessions=True, grows=True)

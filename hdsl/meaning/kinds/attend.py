"""attend: for each position its row of the mask, then those texts of the batch's element that the row lets through."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Every, Need, Own, Shape, Stage
from hdsl.meaning.kind import Kind


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    texts, mask = inputs
    rows = () if mask is None else (Access(1, (Own(0), Own(1), Every.AT_ONCE)),)
    seen = () if texts is None else (Access(0, (Own(0), Every.AT_ONCE)),)
    return (Stage(rows), Stage(seen, Need.SOME))


KIND = Kind("attend", _demand)

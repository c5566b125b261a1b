"""mask: whether a position (the second coordinate) may attend to another (the third), which its text may decide."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Need, Own, Shape, Stage
from hdsl.meaning.kind import Kind


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    texts = () if inputs[0] is None else (Access(0, (Own(0), Own(1))),)
    return (Stage(texts, Need.SOME, catches=True),)


KIND = Kind("mask", _demand)

"""sequence: one input after the other, each after the one before succeeded; the result is the last."""

from typing import Any

from hdsl.meaning.demand import Demand, Shape, Stage
from hdsl.meaning.kind import Gives, Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return tuple(Stage((access,)) for access in accesses_of(result, inputs))


KIND = Kind("sequence", _demand, gives=Gives.LAST, has_steps=True)

"""unwrap: what stands behind the label of the one input, at the element's own coordinates."""

from typing import Any

from hdsl.meaning.demand import Demand, Shape, Stage
from hdsl.meaning.kind import Kind
from hdsl.meaning.kinds.elementwise import accesses_of


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(accesses_of(result, inputs)),)


KIND = Kind("unwrap", _demand, unwraps=True)

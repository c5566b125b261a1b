"""unknown: nothing is known of what is asked for; allowed where no effects are behind the inputs."""

from typing import Any

from hdsl.meaning.demand import Access, Demand, Every, Need, Shape, Stage
from hdsl.meaning.kind import Kind


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    accesses = (Access(i, (Every.AT_ONCE,) * len(shape)) for i, shape in enumerate(inputs) if shape is not None)
    return (Stage(tuple(accesses), Need.SOME, catches=True),)


KIND = Kind("unknown", _demand, is_known=False)

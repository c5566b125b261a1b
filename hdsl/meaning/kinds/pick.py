"""pick: the elements of the one input that an index means; its items are numpy's: int, slice, `...` and None."""

from types import EllipsisType
from typing import Any

from hdsl.meaning.demand import Access, At, Demand, Dimension, Number, Own, Shape, Stage
from hdsl.meaning.kind import Gives, Kind


def picked(items: tuple[int | slice | EllipsisType | None, ...], source: Shape) -> tuple[At, ...]:
    """The map of an index into an input of that shape; IndexError for more items than dimensions."""
    whole = items if any(item is Ellipsis for item in items) else (*items, Ellipsis)
    missing = len(source) - sum(item is not None and item is not Ellipsis for item in whole)
    if missing < 0:
        raise IndexError(f"{len(source) - missing} indices for a tensor of {len(source)} dimensions")
    found: list[At] = []
    axis = 0
    for item in whole:
        if item is None:
            axis += 1
        elif isinstance(item, int):
            size = source[len(found)]
            found.append(Number(item + size if item < 0 and isinstance(size, int) else item))
        elif isinstance(item, slice):
            found.append(_ranged(axis, item, source[len(found)]))
            axis += 1
        else:
            found += [Own(axis + i) for i in range(missing)]
            axis += missing
    return tuple(found)


def _ranged(axis: int, item: slice, size: Dimension) -> Own:
    if item.start is None and item.stop is None and item.step in (None, 1):
        return Own(axis)
    if isinstance(size, int):
        values = range(*item.indices(size))
        return Own(axis, values.start, values.stop, values.step)
    return Own(axis, item.start or 0, item.stop, item.step or 1)


def _demand(result: Shape, inputs: tuple[Shape | None, ...], items: tuple[Any, ...]) -> Demand:
    return (Stage(() if inputs[0] is None else (Access(0, picked(items, inputs[0])),)),)


KIND = Kind("pick", _demand, gives=Gives.LAST, takes_sessions=True, is_declarable=False)

"""index: a part of a tensor by numpy's basic indexing; integers, slices, `...` and None."""

import operator
from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import cast

from hdsl.future.future_tensor import FutureTensor
from hdsl.meaning.kinds.pick import picked
from hdsl.ops.element import tensor_operation
from hdsl.ops.remap import Remap
from hdsl.ops.site import Site
from hdsl.storage.store import Shape

IndexItem = int | slice | EllipsisType | None

Dimension = int | range | None
"""Per item: the one position, the positions of a dimension that stays, or None for an added dimension."""


class Index(Remap):
    """Finds the element in the whole; numeric gradients pass through."""

    operation = "slice"


@tensor_operation
def index(x: FutureTensor, items: Sequence[IndexItem] | IndexItem, *, site: Site) -> FutureTensor:
    """`x[items]`; dimensions without an item stay whole. IndexError for too many items or an integer outside."""
    given = tuple(items) if isinstance(items, list | tuple) else (items,)
    return _indexed(x, given, site.name)


def ft_slice(input: FutureTensor, slices: Sequence[int | slice]) -> FutureTensor:
    """`input` at integers, which take a dimension away, and slices; missing ones leave dimensions whole."""
    return _indexed(input, tuple(slices), "", at_once=True)


def _indexed(x: FutureTensor, items: tuple[IndexItem, ...], name: str, *, at_once: bool = False) -> FutureTensor:
    source = x.ft_node.shape
    dimensions = _dimensions(items, source)
    shape = tuple(
        1 if dimension is None else len(dimension) for dimension in dimensions if not isinstance(dimension, int)
    )
    return Index.future(x, shape, picked(tuple(map(_plain, items)), source), name, at_once, {"slices": items})


def _plain(item: IndexItem) -> IndexItem:
    """An integer of whatever type as Python's own."""
    return item if item is None or isinstance(item, slice | EllipsisType) else operator.index(item)


def _dimensions(items: tuple[IndexItem, ...], shape: Shape) -> list[Dimension]:
    whole = items if Ellipsis in items else (*items, Ellipsis)
    if whole.count(Ellipsis) > 1:
        raise IndexError("an index has at most one ellipsis")
    missing = len(shape) - sum(1 for item in whole if item is not None and item is not Ellipsis)
    if missing < 0:
        raise IndexError(f"{len(shape) - missing} indices for a tensor of {len(shape)} dimensions")
    at = whole.index(Ellipsis)
    sizes = iter(shape)
    return [_dimension(item, sizes) for item in (*whole[:at], *[slice(None)] * missing, *whole[at + 1 :])]


def _dimension(item: IndexItem, sizes: Iterator[int]) -> Dimension:
    if item is None:
        return None
    size = next(sizes)
    if isinstance(item, slice):
        return range(*item.indices(size))
    if isinstance(item, list | tuple):
        raise TypeError("an index is an int, a slice, an ellipsis or None for each dimension, not a list")
    if not hasattr(item, "__index__"):
        raise TypeError(f"an index is an int, a slice, an ellipsis or None, not {type(item).__name__}")
    item = operator.index(cast(int, item))
    if not -size <= item < size:
        raise IndexError(f"index {item} is outside a dimension of size {size}")
    return item % size

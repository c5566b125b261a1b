"""Parts of a text tensor: views that share the storage, copies that do not; gradients of both channels scatter back."""

import operator
from collections.abc import Sequence
from itertools import product
from typing import SupportsIndex

import torch

from hdsl.storage.layout import flat_index
from hdsl.storage.store import Shape
from hdsl.tensor.gather import gather
from hdsl.tensor.text_tensor import Place, home_of


def slice_view(tensor: torch.Tensor, index: object) -> torch.Tensor:
    """The part as a tensor that shares the texts: a write to either is seen in both. Coefficients are copied."""
    shape, sources = _select(tensor, index)
    return gather(tensor, shape, sources, view=True, place=home_of(tensor))


def slice_tensor(tensor: torch.Tensor, index: object) -> torch.Tensor:
    """The part as a tensor of its own, texts, coefficients and causes copied."""
    shape, sources = _select(tensor, index)
    return gather(tensor, shape, sources, view=False, place=home_of(tensor))


def st_copy(tensor: torch.Tensor, relative_to: Place | None = None) -> torch.Tensor:
    """A copy of all texts, coefficients and causes, in the same home or another, through which gradients pass."""
    place = home_of(tensor) if relative_to is None else relative_to
    return gather(tensor, tuple(tensor.shape), range(tensor.numel()), view=False, place=place)


def normalised_index(index: object, rank: int) -> tuple[object, ...]:
    """One item for each dimension: an ellipsis and missing ones become whole dimensions; IndexError for too many.

    A list is a tuple: an item for each dimension, and not rows of the first one.
    """
    items = tuple(index) if isinstance(index, tuple | list) else (index,)
    given = sum(1 for item in items if item is not Ellipsis)
    if given > rank:
        raise IndexError(f"{given} indices for a tensor of {rank} dimensions")
    if sum(1 for item in items if item is Ellipsis) > 1:
        raise IndexError("an index has at most one ellipsis")
    missing = (slice(None),) * (rank - given)
    if not any(item is Ellipsis for item in items):
        return (*items, *missing)
    at = next(position for position, item in enumerate(items) if item is Ellipsis)
    return (*items[:at], *missing, *items[at + 1 :])


def _select(tensor: torch.Tensor, index: object) -> tuple[Shape, list[int]]:
    """The shape of the part and, in its row-major order, the flat indices it takes; index lists as an outer product."""
    dimensions = [
        _positions(item, size) for item, size in zip(normalised_index(index, tensor.dim()), tensor.shape, strict=True)
    ]
    shape = tuple(len(positions) for positions, kept in dimensions if kept)
    chosen = product(*(positions for positions, _ in dimensions))
    return shape, [flat_index(coordinates, tensor.shape) for coordinates in chosen]


def _positions(item: object, size: int) -> tuple[Sequence[int], bool]:
    """The positions an index item takes along one dimension, and whether the dimension stays."""
    if isinstance(item, slice):
        return range(*item.indices(size)), True
    if hasattr(item, "tolist"):  # a tensor, an array, or one number of either
        item = item.tolist()
    if isinstance(item, SupportsIndex):
        return [_within(operator.index(item), size)], False
    if isinstance(item, list | tuple | range):
        if item and all(isinstance(each, bool) for each in item):
            return _chosen(item, size), True
        return [_within(int(position), size) for position in item], True
    raise TypeError(f"an index is an int, a slice, an index tensor or an ellipsis, not {type(item).__name__}")


def _chosen(mask: Sequence[object], size: int) -> list[int]:
    """The positions where a mask is true."""
    if len(mask) != size:
        raise IndexError(f"a mask of {len(mask)} for a dimension of size {size}")
    return [position for position, chosen in enumerate(mask) if chosen]


def _within(position: int, size: int) -> int:
    if not -size <= position < size:
        raise IndexError(f"index {position} is outside a dimension of size {size}")
    return position % size

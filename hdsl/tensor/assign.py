"""Writing into text tensors: whole tensors, views, single elements."""

import operator
from collections.abc import Sequence
from typing import SupportsIndex

import torch

from hdsl.storage.layout import flat_index
from hdsl.storage.store import Entry, ShapeMismatch
from hdsl.tensor.text_tensor import set_coefficient, store_of, write_text


def assign_tensor(target: torch.Tensor, source: torch.Tensor) -> None:
    """Copies texts, coefficients and causes into `target`; what is absent in `source` becomes absent."""
    _same_shape(target, source)
    to, origin = store_of(target), store_of(source)
    for index, coefficient in enumerate(source.detach().reshape(-1).tolist()):
        entry = origin.entry(index)
        if entry is None:
            to.remove(index)
        else:
            to.write(index, Entry(entry.text, coefficient, entry.cause))
    target.data.copy_(source.data)


def assign_view(target: torch.Tensor, source: torch.Tensor) -> None:
    """Makes each element of `target` stand for the same element of `source`, present or not; one home for both."""
    _same_shape(target, source)
    to, origin = store_of(target), store_of(source)
    for index in range(target.numel()):
        to.link(index, origin, index)
    target.data.copy_(source.data)


def st_setitem(
    tensor: torch.Tensor, coordinates: Sequence[SupportsIndex], content: str | None, coefficient: float = 1.0
) -> None:
    """Writes one element at coordinates (negative ones count from the end); None makes it absent."""
    index = flat_index([operator.index(each) for each in coordinates], tensor.shape)
    if content is None:
        store_of(tensor).remove(index)
        set_coefficient(tensor, index, 0.0)
    else:
        write_text(tensor, index, content, coefficient)


def _same_shape(target: torch.Tensor, source: torch.Tensor) -> None:
    if target.shape != source.shape:
        raise ShapeMismatch(f"shapes {list(target.shape)} and {list(source.shape)} differ")

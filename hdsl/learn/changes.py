"""Changes of text tensors, made."""

import torch

from hdsl.experience.records import RefusedChange, TensorChange
from hdsl.ops.rows import WIDTH
from hdsl.storage.store import Entry
from hdsl.tensor.text_tensor import store_of
from hdsl.tensor.three_way import Refused


def refused_change(uid: str, index: int, refused: Refused) -> RefusedChange:
    """A refused gradient as a step records it."""
    return RefusedChange(uid, index, refused.gradient.patch, refused.gradient.better, refused.cause)


def make_change(tensor: torch.Tensor, change: TensorChange) -> None:
    """Makes a change. Making it twice is making it once; ValueError for the change of another tensor."""
    store = store_of(tensor)
    if store.uid != change.uid:
        raise ValueError(f"a change of {change.uid} is none of {store.uid}")
    if store.shape[:1] != (change.rows_after,) and change.rows_before != change.rows_after:
        _resize(tensor, change.rows_after)
    flat = tensor.data.view(-1)
    for cell in change.cells:
        if cell.index >= tensor.numel():
            continue  # it was in a row that this change took away
        if cell.after is None:
            store.remove(cell.index)
            flat[cell.index] = 0.0
        else:
            coefficient = float(flat[cell.index]) or 1.0
            store.write(cell.index, Entry(cell.after, coefficient))
            flat[cell.index] = coefficient


def _resize(tensor: torch.Tensor, rows: int) -> None:
    """Changes the rows of texts and numbers alike; an experience of no rows may have the shape [0]."""
    shape = (rows, *(tensor.shape[1:] or (WIDTH,)))
    store_of(tensor).resize(shape)
    gradient, tensor.grad = tensor.grad, None
    tensor.data = _resized(tensor.data, shape)
    if gradient is not None:
        tensor.grad = _resized(gradient, shape)


def _resized(numbers: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    resized = torch.zeros(shape, dtype=numbers.dtype)
    kept = min(shape[0], numbers.shape[0])
    resized[:kept] = numbers[:kept].reshape(kept, *shape[1:])
    return resized

"""st_stack: text tensors of one shape along a new dimension."""

from collections.abc import Sequence
from typing import Any, cast

import torch

from hdsl.storage.layout import all_coordinates, flat_index
from hdsl.storage.store import Entry, Store
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gradients import pass_to_many
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import home_of, store_of


def st_stack(tensors: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    """The texts, coefficients and causes along a new dimension at `dim`, in the home of the first tensor.

    `dim` may count from the end. ValueError for none or for shapes that differ. Backward takes both channels apart.
    """
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) != 1:
        raise ValueError(f"st_stack takes tensors of one shape, not {sorted(map(list, shapes)) or 'none'}")
    rank = tensors[0].dim()
    if not -rank - 1 <= dim <= rank:
        raise IndexError(f"dimension {dim} of a tensor of {rank} dimensions and one more")
    return cast(torch.Tensor, _Stack.apply(dim % (rank + 1), *tensors))  # type: ignore[no-untyped-call]


@differentiable("st_stack")
class _Stack(torch.autograd.Function):
    """An element is that of the input its new coordinate names."""

    @staticmethod
    def forward(ctx: Any, dim: int, *tensors: torch.Tensor) -> torch.Tensor:
        coefficients = torch.stack([tensor.detach() for tensor in tensors], dim)
        shape = tuple(coefficients.shape)
        stores = [store_of(tensor) for tensor in tensors]
        own = tuple(tensors[0].shape)
        origins = [(at[dim], flat_index((*at[:dim], *at[dim + 1 :]), own)) for at in all_coordinates(shape)]
        entries = _entries(stores, origins, coefficients.reshape(-1).tolist())
        result = filled_tensor(shape, home_of(tensors[0]), entries)
        result.copy_(coefficients)
        ctx.dim, ctx.origins = dim, origins
        ctx.sources, ctx.result = [store.uid for store in stores], store_of(result).uid
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        pass_to_many(ctx.result, ctx.sources, ctx.origins)
        return None, *grad_outputs[0].unbind(ctx.dim)


def _entries(
    stores: Sequence[Store], origins: Sequence[tuple[int, int]], coefficients: Sequence[float]
) -> dict[int, Entry]:
    entries = {}
    for index, (which, flat) in enumerate(origins):
        entry = stores[which].entry(flat)
        if entry is not None:
            entries[index] = Entry(entry.text, coefficients[index], entry.cause)
    return entries

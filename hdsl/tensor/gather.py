"""Taking elements of a text tensor into another, in any arrangement: the base of slices, copies and attention."""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import torch

from hdsl.storage.store import Entry, Shape
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gradients import pass_gradients
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import Place, attach, home_of, new_store, store_of

Positions = Sequence[int | None]
"""For each element of the result, in row-major order, the flat index it is taken from; None: it is absent."""


def gather(tensor: torch.Tensor, shape: Shape, positions: Positions, *, view: bool, place: Place) -> torch.Tensor:
    """The elements at `positions` as a tensor of `shape` in `place`: as a view that shares the texts, or copied.

    Coefficients and causes go along. Backward scatters both channels to where the elements came from.
    """
    return cast(torch.Tensor, _Gather.apply(tensor, shape, positions, view, place))  # type: ignore[no-untyped-call]


def gathered(tensor: torch.Tensor, shape: Shape, positions: Positions, *, view: bool, place: Place) -> torch.Tensor:
    """`gather` without a gradient, for operations that have one of their own."""
    return _view(tensor, shape, positions) if view else _copy(tensor, shape, positions, place)


def scattered(gradient: torch.Tensor, shape: Shape, positions: Positions) -> torch.Tensor:
    """The numbers of a result where its elements were taken from, summed up where one was taken several times."""
    kept = [index for index, position in enumerate(positions) if position is not None]
    targets = torch.tensor([positions[index] for index in kept], dtype=torch.long)
    flat = gradient.new_zeros(prod(shape))
    return flat.index_add(0, targets, gradient.reshape(-1)[torch.tensor(kept, dtype=torch.long)]).reshape(shape)


@differentiable("gather")
class _Gather(torch.autograd.Function):
    """Elements of another tensor."""

    @staticmethod
    def forward(
        ctx: Any, tensor: torch.Tensor, shape: Shape, positions: Positions, view: bool, place: Place
    ) -> torch.Tensor:
        result = gathered(tensor, shape, positions, view=view, place=place)
        ctx.source, ctx.result = store_of(tensor).uid, store_of(result).uid
        ctx.shape, ctx.positions = tuple(tensor.shape), positions
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        pass_gradients(ctx.result, ctx.source, ctx.positions)
        return scattered(grad_outputs[0], ctx.shape, ctx.positions), None, None, None, None


def _view(tensor: torch.Tensor, shape: Shape, positions: Positions) -> torch.Tensor:
    source = store_of(tensor)
    store = new_store(shape, home_of(tensor))
    for index, position in enumerate(positions):
        if position is not None:
            store.link(index, source, position)
    return attach(_coefficients(tensor, shape, positions), store)


def _copy(tensor: torch.Tensor, shape: Shape, positions: Positions, place: Place) -> torch.Tensor:
    source = store_of(tensor)
    coefficients = _coefficients(tensor, shape, positions)
    entries = {}
    for index, (position, coefficient) in enumerate(zip(positions, coefficients.reshape(-1).tolist(), strict=True)):
        entry = None if position is None else source.entry(position)
        if entry is not None:
            entries[index] = Entry(entry.text, coefficient, entry.cause)
    result = filled_tensor(shape, place, entries)
    result.copy_(coefficients)
    return result


def _coefficients(tensor: torch.Tensor, shape: Shape, positions: Positions) -> torch.Tensor:
    """Those of the elements; of what is absent 0."""
    padded = torch.cat((tensor.detach().reshape(-1), torch.zeros(1, dtype=tensor.dtype)))
    return padded[torch.tensor([-1 if at is None else at for at in positions], dtype=torch.long)].reshape(shape)

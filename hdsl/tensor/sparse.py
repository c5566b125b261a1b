"""Text tensors with few elements that count: taken out into one dimension, and put back."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, cast

import torch

from hdsl.storage.layout import flat_index
from hdsl.storage.store import Entry, Shape
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gather import gather
from hdsl.tensor.gradients import pass_gradients
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import home_of, store_of

DenseHandler = Callable[[torch.Tensor], torch.Tensor]


def dense_to_sparse(tensor: torch.Tensor, view: bool = False) -> tuple[torch.Tensor, list[torch.Tensor], list[int]]:
    """The elements whose coefficient is not 0 in row-major order `[n]`, their coordinates (one index tensor a
    dimension) and the shape they come from; copied, or as views. Backward puts both channels back in their places.
    """
    shape = tuple(tensor.shape)
    indexes = [index.reshape(-1) for index in torch.nonzero(tensor.detach(), as_tuple=True)]
    positions = torch.nonzero(tensor.detach().reshape(-1)).reshape(-1).tolist()
    sparse = gather(tensor, (len(positions),), positions, view=view, place=home_of(tensor))
    return sparse, indexes if shape else [], list(shape)


def sparse_to_dense(sparse: torch.Tensor, indexes: Sequence[torch.Tensor], shape: Sequence[int]) -> torch.Tensor:
    """A tensor of `shape` with the elements `[n]` at their coordinates and empty texts, coefficient 0, elsewhere.

    ValueError where two have the same coordinates. Backward takes both channels from these places.
    """
    wanted = tuple(shape)
    columns = [index.tolist() for index in indexes]
    positions = [flat_index(at, wanted) for at in zip(*columns, strict=True)] if columns else [0] * sparse.numel()
    if len(set(positions)) != sparse.numel():
        raise ValueError(f"{sparse.numel()} elements have {len(set(positions))} places in the shape {list(wanted)}")
    return cast(torch.Tensor, _SparseToDense.apply(sparse, positions, wanted))  # type: ignore[no-untyped-call]


def with_dense_view(dense_handler: DenseHandler, input: torch.Tensor) -> torch.Tensor:
    """What the handler makes of a copy of `input` that is filled up with empty texts: the elements of its result whose
    coefficient is not 0, `[n]`. Gradients of both channels pass through what the handler does.
    """
    dense = sparse_to_dense(*dense_to_sparse(input, view=True))
    return dense_to_sparse(dense_handler(dense))[0]


class WithDenseView(torch.nn.Module):
    """`with_dense_view` with its handler as a module."""

    def __init__(self, dense_handler: DenseHandler) -> None:
        super().__init__()
        self.dense_handler = dense_handler

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The elements `[n]` that count in the handler's result."""
        return with_dense_view(self.dense_handler, input)


@differentiable("sparse_to_dense")
class _SparseToDense(torch.autograd.Function):
    """Elements put in their places."""

    @staticmethod
    def forward(ctx: Any, sparse: torch.Tensor, positions: list[int], shape: Shape) -> torch.Tensor:
        source = store_of(sparse)
        coefficients = sparse.detach().reshape(-1)
        entries = dict.fromkeys(range(prod(shape)), Entry("", 0.0))
        for number, (position, coefficient) in enumerate(zip(positions, coefficients.tolist(), strict=True)):
            entry = source.entry(number)
            if entry is not None:
                entries[position] = Entry(entry.text, coefficient, entry.cause)
        result = filled_tensor(shape, home_of(sparse), entries)
        result.view(-1)[torch.tensor(positions, dtype=torch.long)] = coefficients
        ctx.source, ctx.result, ctx.positions = source.uid, store_of(result).uid, positions
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        numbers = {position: number for number, position in enumerate(ctx.positions)}
        total = grad_outputs[0].numel()
        pass_gradients(ctx.result, ctx.source, [numbers.get(position) for position in range(total)])
        places = torch.tensor(ctx.positions, dtype=torch.long)
        return grad_outputs[0].reshape(-1)[places], None, None

"""The anchor of the second derivative: a scalar whose gradient hangs together with every backward on the way to it."""

from typing import Any, cast

import torch

from hdsl.future.future_tensor import FutureTensor
from hdsl.storage.layout import all_coordinates
from hdsl.storage.store import ShapeMismatch
from hdsl.tensor.differentiable import connected


def ft_reflection_starter() -> torch.Tensor:
    """A scalar to anchor inputs to; its gradient's backward is the second derivative."""
    return torch.ones((), dtype=torch.bfloat16, requires_grad=True)


def need_reflection(input: torch.Tensor, backward_dispatch_start: torch.Tensor) -> torch.Tensor:
    """The input, a FutureTensor or another scalar, anchored: the same texts, and a link to the starter.

    An input that wanted no gradient is still right whatever comes of it: anchoring changes nothing of what is learned.
    ShapeMismatch (a ValueError) where one of the two is not a scalar.
    """
    for name, tensor in (("input", input), ("backward_dispatch_start", backward_dispatch_start)):
        if tensor.shape != ():
            raise ShapeMismatch(f"`{name}` is a scalar, as a FutureTensor is, and has the shape {list(tensor.shape)}")
    if isinstance(input, FutureTensor) and not input.requires_grad:
        node = input.ft_node
        node.given = node.given.union(all_coordinates(node.shape))
    return cast(torch.Tensor, _Anchor.apply(input, backward_dispatch_start))  # type: ignore[no-untyped-call]


class _Anchor(torch.autograd.Function):
    """The input as it is, as if it were multiplied by the starter, which is 1."""

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        ctx.dtype = start.dtype
        return FutureTensor.around(input.ft_node) if isinstance(input, FutureTensor) else input.clone()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        (gradient,) = grad_outputs
        number = gradient.to(ctx.dtype)
        return gradient, connected(number) if torch.is_grad_enabled() else number

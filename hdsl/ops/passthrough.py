"""The base of operations over FutureTensors: builds the result in forward, passes both channels in backward."""

from collections.abc import Callable
from typing import Any, cast

import torch

from hdsl.future.future_tensor import FutureTensor


class PassThrough(torch.autograd.Function):
    """An operation whose inputs all get the number of the result as it is.

    The texts' gradients go the way that forward left in `ctx.teach`, a function without arguments; else they end here.
    """

    @classmethod
    def future(cls, *arguments: Any) -> FutureTensor:
        """The result of the operation, linked to its inputs for autograd."""
        return cast(FutureTensor, cls.apply(*arguments))  # type: ignore[no-untyped-call]

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        """The gradient (a scalar) for each argument that wants one."""
        teach: Callable[[], None] | None = getattr(ctx, "teach", None)
        if teach is not None:
            teach()
        (gradient,) = grad_outputs
        return tuple(gradient if needed else None for needed in ctx.needs_input_grad)

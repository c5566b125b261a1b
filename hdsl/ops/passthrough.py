"""The numeric gradient that passes an operation unchanged, to each of its inputs."""

from typing import Any

import torch


class PassThrough(torch.autograd.Function):
    """Base of the operations whose inputs all get the gradient of the result as it is."""

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        """The gradient (a scalar) for each argument that wants one."""
        (gradient,) = grad_outputs
        return tuple(gradient if needed else None for needed in ctx.needs_input_grad)

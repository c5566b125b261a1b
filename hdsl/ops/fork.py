"""fork_tensor: several views of one text tensor, whose gradients become one."""

from typing import Any, cast

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.ops.better import without_conflicts
from hdsl.tensor.gather import gathered
from hdsl.tensor.gradients import Gradients, gradient_registry
from hdsl.tensor.text_tensor import home_of, store_of


def fork_tensor(tensor: torch.Tensor, n: int = 2) -> tuple[torch.Tensor, ...]:
    """`n` views that share the texts of the tensor; ValueError for fewer than one.

    Backward sums the numbers. Gradients of one text are merged; those that conflict go to the kernel, which is asked
    for one text that does justice to all.
    """
    if n < 1:
        raise ValueError(f"a tensor is forked into at least one, not {n}")
    views = _Fork.apply(tensor, n, current_context())  # type: ignore[no-untyped-call]
    return cast(tuple[torch.Tensor, ...], views)


class _Fork(torch.autograd.Function):
    """Views of one tensor."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, n: int, context: RunContext) -> tuple[torch.Tensor, ...]:
        shape, whole = tuple(tensor.shape), range(tensor.numel())
        views = tuple(gathered(tensor, shape, whole, view=True, place=home_of(tensor)) for _ in range(n))
        ctx.source, ctx.results = store_of(tensor), [store_of(view).uid for view in views]
        ctx.context = context
        return views

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        registry = gradient_registry()
        together: Gradients = {}
        for result in ctx.results:
            for index, wanted in registry.take(result).items():
                together.setdefault(index, []).extend(wanted)
        registry.add(ctx.source.uid, without_conflicts(ctx.source, together, ctx.context, "fork"))
        return torch.stack(grad_outputs).sum(0), None, None

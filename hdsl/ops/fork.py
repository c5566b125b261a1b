"""fork_tensor: several views of one text tensor, whose gradients become one."""

from collections.abc import Mapping
from typing import Any, cast

import torch

from hdsl.future.context import RunContext
from hdsl.ops.better import without_conflicts
from hdsl.ops.callers import asked_by
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gather import gathered
from hdsl.tensor.gradients import Gradients, gradient_registry
from hdsl.tensor.text_tensor import home_of, store_of


def fork_tensor(
    input: torch.Tensor,
    num_outputs: int = 2,
    grad_input_prompt: object = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> tuple[torch.Tensor, ...]:
    """`num_outputs` views that share the texts of the tensor; ValueError for fewer than one.

    Backward sums the numbers. Gradients of one text are merged; those that conflict go to the kernel, which is asked
    for one text that does justice to all and which `llm_method` and `llm_env` may name. The prompts are not needed.
    """
    if num_outputs < 1:
        raise ValueError(f"a tensor is forked into at least one, not {num_outputs}")
    views = _Fork.apply(input, num_outputs, asked_by(llm_method, llm_env))  # type: ignore[no-untyped-call]
    return cast(tuple[torch.Tensor, ...], views)


@differentiable("fork_tensor")
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

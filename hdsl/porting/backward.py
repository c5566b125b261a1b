"""The backward of an operation as a function of its own: `merge_backward(grad_output, input, output, …)`.

The operation is run once more over a view of the input, so that what it does to gradients is written down once; no
model is asked for its result.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from hdsl.ops.fork import fork_tensor
from hdsl.ops.text_attention import slice_attention
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.gather import gathered
from hdsl.tensor.gradients import get_gradient_tensor, gradient_registry, gradients_of
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.merging import Merger, merge
from hdsl.tensor.store import Entry
from hdsl.tensor.text_tensor import home_of, is_text_tensor, read_texts, store_of


def merge_backward(
    grad_output: torch.Tensor,
    input: torch.Tensor,
    output: torch.Tensor,
    axis: int = -1,
    text_merger: Merger | None = None,
) -> torch.Tensor:
    """The gradient of `merge` for its input."""
    return _gradient(lambda view: [merge(view, axis, text_merger)], input, [grad_output])


def slice_attention_backward(
    grad_output: torch.Tensor,
    input: torch.Tensor,
    output: torch.Tensor,
    attention_mask: torch.Tensor,
    grad_input_prompt: object = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> torch.Tensor:
    """The gradient of `slice_attention` for its input."""

    def attend(view: torch.Tensor) -> Sequence[torch.Tensor]:
        return [slice_attention(view, attention_mask, llm_method=llm_method, llm_env=llm_env)]

    return _gradient(attend, input, [grad_output])


def fork_tensor_backward(
    grad_outputs: Sequence[torch.Tensor],
    input: torch.Tensor,
    outputs: Sequence[torch.Tensor],
    grad_input_prompt: object = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> torch.Tensor:
    """The gradient of `fork_tensor` for its input."""

    def fork(view: torch.Tensor) -> Sequence[torch.Tensor]:
        return fork_tensor(view, len(grad_outputs), llm_method=llm_method, llm_env=llm_env)

    return _gradient(fork, input, grad_outputs)


def get_edit_distance_ratio_backward_impl(
    grad_output: torch.Tensor, actual: torch.Tensor, expected: torch.Tensor
) -> torch.Tensor:
    """The gradient of the edit distance for `actual`: diffs from what is to what should be, the numbers as they came."""
    pairs = zip(read_texts(actual), read_texts(expected), strict=True)
    diffs = (unified_diff(is_now or "", wanted or "") for is_now, wanted in pairs)
    result = filled_tensor(actual.shape, home_of(actual), {at: Entry(diff) for at, diff in enumerate(diffs) if diff})
    result.data.copy_(grad_output.detach())
    return result


def _gradient(
    operation: Callable[[torch.Tensor], Sequence[torch.Tensor]],
    input: torch.Tensor,
    grad_outputs: Sequence[torch.Tensor],
) -> torch.Tensor:
    view = gathered(input, tuple(input.shape), range(input.numel()), view=True, place=home_of(input)).requires_grad_()
    results = operation(view)
    for result, gradient in zip(results, grad_outputs, strict=True):
        if is_text_tensor(gradient):
            gradient_registry().add(store_of(result).uid, gradients_of(gradient))
    numbers: list[Any] = [gradient.detach().to(torch.bfloat16) for gradient in grad_outputs]
    torch.autograd.backward(list(results), numbers)
    found = get_gradient_tensor(view)
    gradient_registry().take(store_of(view).uid)
    if view.grad is not None:
        found.data.copy_(view.grad)
    return found

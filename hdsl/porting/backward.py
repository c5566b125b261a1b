"""The backward of an operation as a function of its own: `merge_backward(grad_output, input, output, …)`.

The operation is run once more over a view of the input, so that what it does to gradients is written down once; no
model is asked for its result.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from hdsl.ops.callers import asked_by
from hdsl.ops.fork import fork_tensor
from hdsl.ops.moe import MoeOptions, examples_of, teach_mixture
from hdsl.ops.prompts import Prompt
from hdsl.ops.rows import rows_at
from hdsl.ops.text_attention import slice_attention
from hdsl.porting.coordinates import convert_nested_list_coordinates_to_pairs_coordinates
from hdsl.storage.layout import flat_index
from hdsl.storage.store import Entry
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.gather import gathered
from hdsl.tensor.gradients import get_gradient_tensor, gradient_registry, gradients_of
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.merging import Merger, merge
from hdsl.tensor.text_tensor import home_of, is_text_tensor, read_texts, store_of


def merge_backward(
    grad_output: torch.Tensor,
    input: torch.Tensor,
    output: torch.Tensor,
    axis: int = -1,
    text_merger: Merger | None = None,
) -> torch.Tensor | None:
    """The gradient of `merge` for its input; None where the input wants none."""
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
) -> torch.Tensor | None:
    """The gradient of `slice_attention` for its input; None where the input wants none."""

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
) -> torch.Tensor | None:
    """The gradient of `fork_tensor` for its input; None where the input wants none."""

    def fork(view: torch.Tensor) -> Sequence[torch.Tensor]:
        return fork_tensor(view, len(grad_outputs), llm_method=llm_method, llm_env=llm_env)

    return _gradient(fork, input, grad_outputs)


def st_moe_backward(
    grad_output: torch.Tensor,
    input: torch.Tensor,
    output: torch.Tensor,
    experience: torch.Tensor,
    selected_experience_qkv_indexes_list: Any,
    grad_input_prompt: Prompt | None = None,
    grad_exp_key_prompt: Prompt | None = None,
    grad_exp_value_prompt: Prompt | None = None,
    task_prompt: str = "",
    topk: int = 16,
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
    text_merger: Merger | None = None,
) -> tuple[torch.Tensor | None, torch.Tensor]:
    """The gradients of `st_moe` for its input, None where it wants none, and for its experience.

    `grad_output` holds diffs, or words on what is wrong.
    """
    options = MoeOptions(
        grad_input_prompt=grad_input_prompt,
        grad_exp_key_prompt=grad_exp_key_prompt,
        grad_exp_value_prompt=grad_exp_value_prompt,
        task_prompt=task_prompt,
    )
    pairs = convert_nested_list_coordinates_to_pairs_coordinates(selected_experience_qkv_indexes_list)
    used = {
        flat_index([int(at) for at in where], input.shape): rows_at(indexes, experience.shape)
        for where, indexes in pairs
    }
    gradient_registry().add(store_of(output).uid, gradients_of(grad_output))
    examples = examples_of(store_of(input), store_of(output), None, used)
    views = [_view(input), _view(experience)]
    stores = [store_of(view) for view in views]
    touched = teach_mixture(
        stores[0], stores[1], examples, options, asked_by(llm_method, llm_env), (input.requires_grad, True)
    )
    of_input, of_experience = (get_gradient_tensor(view) for view in views)
    for store in stores:
        gradient_registry().take(store.uid)
    of_input.data.copy_(grad_output.detach().reshape(input.shape))
    of_experience.data.copy_(touched)
    return of_input if input.requires_grad else None, of_experience


def get_edit_distance_ratio_backward_impl(
    grad_output: torch.Tensor, actual: torch.Tensor, expected: torch.Tensor
) -> torch.Tensor:
    """The gradient of the edit distance for `actual`: diffs from what is to what should be; numbers as they came."""
    pairs = zip(read_texts(actual), read_texts(expected), strict=True)
    diffs = (unified_diff(is_now or "", wanted or "") for is_now, wanted in pairs)
    result = filled_tensor(actual.shape, home_of(actual), {at: Entry(diff) for at, diff in enumerate(diffs) if diff})
    result.data.copy_(grad_output.detach())
    return result


def _gradient(
    operation: Callable[[torch.Tensor], Sequence[torch.Tensor]],
    input: torch.Tensor,
    grad_outputs: Sequence[torch.Tensor],
) -> torch.Tensor | None:
    if not input.requires_grad:
        return None
    view = _view(input).requires_grad_()
    results = operation(view)
    for result, gradient in zip(results, grad_outputs, strict=True):
        if is_text_tensor(gradient):
            gradient_registry().add(store_of(result).uid, gradients_of(gradient))
    numbers: list[Any] = [
        gradient.detach().to(torch.bfloat16).reshape(result.shape)
        for result, gradient in zip(results, grad_outputs, strict=True)
    ]
    torch.autograd.backward(list(results), numbers)
    found = get_gradient_tensor(view)
    gradient_registry().take(store_of(view).uid)
    if view.grad is not None:
        found.data.copy_(view.grad)
    return found


def _view(tensor: torch.Tensor) -> torch.Tensor:
    return gathered(tensor, tuple(tensor.shape), range(tensor.numel()), view=True, place=home_of(tensor))

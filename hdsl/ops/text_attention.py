"""Attention over text tensors: each position with the texts it may attend to [slice_attention, st_attention]."""

from collections.abc import Mapping
from typing import Any, cast

import torch

from hdsl.future.context import RunContext
from hdsl.ops.better import without_conflicts
from hdsl.ops.callers import asked_by
from hdsl.storage.store import Entry, Shape, ShapeMismatch
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gather import gathered, scattered
from hdsl.tensor.gradients import Gradients, gradient_registry
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.merging import Merger, merge
from hdsl.tensor.text_tensor import home_of, read_texts, store_of


def get_causal_attention_mask(token_mask: torch.Tensor) -> torch.Tensor:
    """The mask `[b, s, s]` of `[b, s]` positions: i may attend to j up to i, where position i counts (not 0)."""
    if token_mask.dim() != 2:
        raise ShapeMismatch(f"a causal mask is made of positions [b, s], not {list(token_mask.shape)}")
    counts = token_mask.detach() != 0
    length = token_mask.shape[1]
    return torch.tril(torch.ones(length, length, dtype=torch.bool)) & counts.unsqueeze(-1)


def slice_attention(
    input: torch.Tensor,
    attention_mask: torch.Tensor,
    return_view: bool = False,
    grad_input_prompt: object = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> torch.Tensor:
    """`[b, s, s]` of texts `[b, s]`: at (b, i, j) the text of (b, j) where the mask `[b, s, s]` says so, else absent.

    Copied, or as views. Backward sums the numbers of all that attended; their gradients of one text are merged, and
    those that conflict go to the kernel, which `llm_method` and `llm_env` may name. The prompts are not needed.
    """
    batch, length = _sizes(input, attention_mask)
    mask = attention_mask.reshape(-1).tolist()
    positions = [
        row * length + attended if mask[(row * length + attending) * length + attended] else None
        for row in range(batch)
        for attending in range(length)
        for attended in range(length)
    ]
    result = _SliceAttention.apply(  # type: ignore[no-untyped-call]
        input, (batch, length, length), positions, return_view, asked_by(llm_method, llm_env)
    )
    return cast(torch.Tensor, result)


def st_attention(
    input: torch.Tensor,
    attention_mask: torch.Tensor,
    return_view: bool = False,
    grad_input_prompt: object = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
    text_merger: Merger | None = None,
) -> torch.Tensor:
    """`[b, s]`: for each position the texts it may attend to, merged in one text of frames; else as slice_attention."""
    attended = slice_attention(input, attention_mask, return_view, grad_input_prompt, task_prompt, llm_method, llm_env)
    return merge(attended, -1, text_merger)


def slice_and_concat_attention_forward(input: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """`[b, s]`: for each position the texts it may attend to, one after the other on lines of their own.

    A position that attends to none is absent. There is no gradient.
    """
    batch, length = _sizes(input, attention_mask)
    mask = attention_mask.reshape(-1, length).tolist()
    texts = read_texts(input)
    entries = {}
    for index, attends in enumerate(mask):
        row = index // length * length
        seen = [texts[row + at] for at in range(length) if attends[at]]
        if any(text is not None for text in seen):
            entries[index] = Entry("\n".join(text for text in seen if text is not None))
    return filled_tensor((batch, length), home_of(input), entries)


def _sizes(tensor: torch.Tensor, mask: torch.Tensor) -> tuple[int, int]:
    if tensor.dim() != 2:
        raise ShapeMismatch(f"attention is over texts [b, s], not {list(tensor.shape)}")
    batch, length = tensor.shape
    if tuple(mask.shape) != (batch, length, length):
        raise ShapeMismatch(f"the mask of texts {[batch, length]} is {[batch, length, length]}, not {list(mask.shape)}")
    return batch, length


@differentiable("slice_attention")
class _SliceAttention(torch.autograd.Function):
    """The texts each position attends to."""

    @staticmethod
    def forward(
        ctx: Any, tensor: torch.Tensor, shape: Shape, positions: list[int | None], view: bool, context: RunContext
    ) -> torch.Tensor:
        result = gathered(tensor, shape, positions, view=view, place=home_of(tensor))
        ctx.source, ctx.result, ctx.context = store_of(tensor), store_of(result).uid, context
        ctx.positions = positions
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        registry = gradient_registry()
        together: Gradients = {}
        for index, wanted in registry.take(ctx.result).items():
            if ctx.positions[index] is not None:
                together.setdefault(ctx.positions[index], []).extend(wanted)
        registry.add(ctx.source.uid, without_conflicts(ctx.source, together, ctx.context, "attention"))
        return scattered(grad_outputs[0], ctx.source.shape, ctx.positions), None, None, None, None

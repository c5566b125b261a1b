"""The forward of an operation under a name of its own; here it is the operation itself."""

import torch

from hdsl.ops.expand import ft_expand as expand_forward
from hdsl.ops.fork import fork_tensor
from hdsl.ops.index import ft_slice as slice_forward
from hdsl.ops.moe import st_moe as st_moe_forward
from hdsl.ops.sequential import ft_sequential as sequential_forward
from hdsl.ops.switch import ft_switch as switch_forward
from hdsl.ops.text_attention import slice_attention as slice_attention_forward
from hdsl.ops.text_losses import get_edit_distance_ratio as get_edit_distance_ratio_impl
from hdsl.ops.unsqueeze import ft_unsqueeze as unsqueeze_forward
from hdsl.tensor.merging import merge as merge_forward
from hdsl.tensor.slicing import st_copy as copy_impl

__all__ = [
    "copy_impl",
    "expand_forward",
    "fork_tensor_forward",
    "get_edit_distance_ratio_impl",
    "merge_forward",
    "sequential_forward",
    "slice_attention_forward",
    "slice_forward",
    "st_moe_forward",
    "switch_forward",
    "unsqueeze_forward",
]


def fork_tensor_forward(input: torch.Tensor, num_outputs: int = 2) -> list[torch.Tensor]:
    """`fork_tensor` as a list."""
    return list(fork_tensor(input, num_outputs))

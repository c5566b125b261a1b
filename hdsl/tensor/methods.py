"""The public functions of text tensors as methods and slicers of torch.Tensor."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from hdsl.tensor.assign import assign_tensor, assign_view, st_setitem
from hdsl.tensor.packing import get_file_paths, pack_tensor
from hdsl.tensor.patching import get_diff_tensor, patch_tensor
from hdsl.tensor.slicing import slice_tensor, slice_view

Slice = Callable[[torch.Tensor, object], torch.Tensor]


class Slicer:
    """`tensor.st_view_slicer[...]` and `tensor.st_value_slicer[...]`: a slice by the index in the brackets."""

    def __init__(self, tensor: torch.Tensor, take: Slice) -> None:
        self._tensor = tensor
        self._take = take

    def __getitem__(self, index: object) -> torch.Tensor:
        """The part; a list in the brackets is what it is to torch: positions along the first dimension."""
        return self._take(self._tensor, (index,) if isinstance(index, list) else index)


def register_tensor_ops() -> None:
    """Gives torch.Tensor the methods; done once, when hdsl.tensor is imported."""
    methods: dict[str, Any] = {
        "st_pack": pack_tensor,
        "st_assign": assign_tensor,
        "st_assign_view": assign_view,
        "st_setitem": st_setitem,
        "st_get_diff": get_diff_tensor,
        "st_patch": patch_tensor,
        "st_file_paths": get_file_paths,
        "st_fork": _fork,
        "st_view_slicer": property(lambda tensor: Slicer(tensor, slice_view)),
        "st_value_slicer": property(lambda tensor: Slicer(tensor, slice_tensor)),
    }
    for name, method in methods.items():
        setattr(torch.Tensor, name, method)


def _fork(tensor: torch.Tensor, num_outputs: int = 2) -> Sequence[torch.Tensor]:
    """`hdsl.fork_tensor`, which asks a model and so is not part of this package: found by its public name."""
    import hdsl

    forked: Sequence[torch.Tensor] = hdsl.fork_tensor(tensor, num_outputs)
    return forked

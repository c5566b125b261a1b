"""A whole text tensor in one text, for a prompt or a person; and where its elements lie."""

from collections.abc import Sequence
from typing import Any

import torch

from hdsl.tensor.layout import coordinates_of
from hdsl.tensor.text_tensor import read_texts, store_of

_FENCE = "`"


def pack_tensor(tensor: torch.Tensor) -> str:
    """The shape, and each element that is not absent: its coordinates, its coefficient and its text in a fence.

    A fence is longer than any run of the same mark in the text, so a text cannot end it.
    """
    shape = list(tensor.shape)
    parts = [f"text tensor of shape {shape}\n"]
    coefficients = tensor.detach().reshape(-1).tolist()
    for index, text in enumerate(read_texts(tensor)):
        if text is not None:
            fence = _FENCE * max(3, _longest_run(text) + 1)
            place = list(coordinates_of(index, tuple(shape)))
            end = "" if text.endswith("\n") or not text else "\n"
            parts.append(f"{place} coefficient {coefficients[index]:g}\n{fence}\n{text}{end}{fence}\n")
    return "\n".join(parts)


def get_file_paths(tensor: torch.Tensor) -> Any:
    """Nested lists, in the tensor's shape, of the files that hold the elements; None for an absent one."""
    store = store_of(tensor)
    texts = read_texts(tensor)
    paths = [None if text is None else store.path(index) for index, text in enumerate(texts)]
    return nested_list(paths, tensor.shape)


def get_nested_list_file_pathes(tensor: torch.Tensor) -> Any:
    """`get_file_paths` with a path for every element, also for one that is absent yet."""
    store = store_of(tensor)
    return nested_list([store.path(index) for index in range(tensor.numel())], tensor.shape)


def nested_list(flat: Sequence[Any], shape: Sequence[int]) -> Any:
    """Values in row-major order as nested lists of a shape."""
    if not shape:
        return flat[0]
    size = len(flat) // shape[0] if shape[0] else 0
    return [nested_list(flat[at * size : (at + 1) * size], shape[1:]) for at in range(shape[0])]


def _longest_run(text: str) -> int:
    longest = 0
    while _FENCE * (longest + 1) in text:
        longest += 1
    return longest

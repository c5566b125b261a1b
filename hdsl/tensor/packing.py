"""A whole text tensor in one text, for a prompt or a person; and where its elements lie."""

import json
from collections.abc import Sequence
from typing import Any

import torch

from hdsl.tensor.pack_dir import render_files
from hdsl.tensor.text_tensor import read_texts, store_of


def pack_tensor(tensor: torch.Tensor) -> str:
    """The tensor as a folder in one text, as `pack_dir` shows it: its shape and each element that is not absent."""
    store = store_of(tensor)
    elements = ((index, text) for index, text in enumerate(read_texts(tensor)) if text is not None)
    files = [(f"storage/{'/'.join(str(index))}/data", text) for index, text in elements]
    return render_files(store.uid, [("shape", json.dumps(list(tensor.shape))), *files])


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

"""Text tensors as folders to hand on: dumps that are loaded again, and views with a file extension to look at."""

import json
import os
from math import prod
from pathlib import Path

import torch

from hdsl.ground.files import write_atomically
from hdsl.storage.folder import Folder
from hdsl.storage.layout import all_coordinates, link_file
from hdsl.storage.store import Entry, Shape
from hdsl.tensor.make import copy_tensor, filled_tensor, open_tensor
from hdsl.tensor.text_tensor import Place, read_text, store_of


class NotADump(FileNotFoundError, AssertionError):  # noqa: N818 - the framework's scripts catch an assertion
    """A folder that holds no dumped tensor."""


def dump_tensor(tensor: torch.Tensor, folder: str | os.PathLike[str]) -> None:
    """Writes `shape`, `stride`, `storage/` and, where needed, `coefficients` to a new or empty folder."""
    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} is not an empty folder")
    copy_tensor(tensor, path.parent, path.name)
    write_atomically(path / "stride", json.dumps(list(_row_major_stride(tuple(tensor.shape)))).encode())


def load_tensor(folder: str | os.PathLike[str], relative_to: Place) -> torch.Tensor:
    """A new tensor in `relative_to` of what was dumped to a folder, also by the other framework."""
    path = Path(folder)
    if not (path / "shape").is_file():
        raise NotADump(f"{path} is not a dumped tensor: it has no file `shape`")
    dumped = open_tensor(Folder(path.parent), path.name)
    shape = tuple(dumped.shape)
    stride = _stride_of(path, shape)
    if stride == _row_major_stride(shape):
        return copy_tensor(dumped, relative_to)
    storage = store_of(dumped)
    entries = {}
    for index, coordinates in enumerate(all_coordinates(shape)):
        text = storage.read(sum(at * step for at, step in zip(coordinates, stride, strict=True)))
        if text is not None:
            entries[index] = Entry(text)
    return filled_tensor(shape, relative_to, entries)


def dump_view(tensor: torch.Tensor, folder: str | os.PathLike[str], extension: str) -> None:
    """Links each element that is not absent as `{folder}/{coordinate}/{coordinate}/data.{extension}`."""
    store = store_of(tensor)
    for index, coordinates in enumerate(all_coordinates(tuple(tensor.shape))):
        if read_text(tensor, index) is not None:
            link = Path(folder, *map(str, coordinates), f"data.{extension.removeprefix('.')}")
            link_file(store.path(index).resolve(), link)


def _row_major_stride(shape: Shape) -> tuple[int, ...]:
    return tuple(prod(shape[dimension + 1 :]) for dimension in range(len(shape)))


def _stride_of(folder: Path, shape: Shape) -> tuple[int, ...]:
    try:
        return tuple(int(step) for step in json.loads((folder / "stride").read_text()))
    except FileNotFoundError:
        return _row_major_stride(shape)

"""A text tensor: a plain torch tensor of bfloat16 coefficients that knows where its texts are stored."""

import operator
import os
import struct
import uuid
from collections.abc import Mapping, Sequence
from typing import cast

import torch

from hdsl.storage.folder import Folder
from hdsl.storage.layout import coordinates_of, flat_index
from hdsl.storage.store import Entry, Home, Store

Place = str | os.PathLike[str] | Home
"""Where new tensors go: a folder's path, or a home."""


class _Attributes(torch.Tensor):
    """What a text tensor carries beside torch's own; never an object's class."""

    st_relative_to: str
    st_tensor_uid: str
    st_store: Store


def home_at(place: Place) -> Home:
    """The home of a place; a path is a folder."""
    return Folder(place) if isinstance(place, str | os.PathLike) else place


def new_store(shape: Sequence[int], place: Place, uid: str | None = None) -> Store:
    """A store for a tensor of `shape`, with a name of its own unless one is given; TypeError for a size that is no
    integer."""
    return home_at(place).new(uid or str(uuid.uuid4()), tuple(operator.index(size) for size in shape))


def tensor_over(store: Store, coefficients: Mapping[int, float] | None = None) -> torch.Tensor:
    """The text tensor over a store, its coefficients read from there unless they are given, by flat index."""
    tensor = torch.zeros(store.shape, dtype=torch.bfloat16)
    known = store.coefficients() if coefficients is None else coefficients
    if known:
        flat = tensor.view(-1)
        flat[torch.tensor(list(known), dtype=torch.long)] = torch.tensor(list(known.values()), dtype=torch.bfloat16)
    return attach(tensor, store)


def attach(tensor: torch.Tensor, store: Store) -> torch.Tensor:
    """Gives a tensor its texts."""
    text_tensor = cast(_Attributes, tensor)
    text_tensor.st_relative_to = store.home.root
    text_tensor.st_tensor_uid = store.uid
    text_tensor.st_store = store
    return tensor


def is_text_tensor(tensor: object) -> bool:
    """Whether it is a tensor with texts."""
    return isinstance(tensor, torch.Tensor) and hasattr(tensor, "st_store")


def store_of(tensor: torch.Tensor) -> Store:
    """Where a text tensor's texts are; TypeError for a tensor that has none."""
    if not is_text_tensor(tensor):
        raise TypeError("this tensor has no texts: autograd and torch operations give plain tensors")
    return cast(_Attributes, tensor).st_store


def home_of(tensor: torch.Tensor) -> Home:
    """The home of a text tensor."""
    return store_of(tensor).home


def read_text(tensor: torch.Tensor, index: int) -> str | None:
    """The text at a flat row-major index; None where the element is absent."""
    return store_of(tensor).read(index)


def read_texts(tensor: torch.Tensor) -> list[str | None]:
    """All texts in row-major order."""
    return store_of(tensor).texts()


def text_at(tensor: torch.Tensor, coordinates: Sequence[int]) -> str | None:
    """The text at coordinates; negative ones count from the end."""
    return read_text(tensor, flat_index(coordinates, store_of(tensor).shape))


def write_text(tensor: torch.Tensor, index: int, text: str, coefficient: float = 1.0, cause: str = "") -> None:
    """Stores the element at a flat row-major index and sets its coefficient."""
    store_of(tensor).write(index, Entry(text, coefficient, cause))
    set_coefficient(tensor, index, coefficient)


def set_coefficient(tensor: torch.Tensor, index: int, coefficient: float) -> None:
    """Sets a coefficient in memory, also of a tensor that is not contiguous or requires a gradient."""
    tensor.data[coordinates_of(index, tensor.shape)] = coefficient


class _BitsOfOtherType:
    """The coefficients of a tensor that is not of bfloat16, read and written as such."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._flat = tensor.detach().view(-1)

    def __getitem__(self, flat: int) -> int:
        return bfloat16_bits(float(self._flat[flat]))

    def __setitem__(self, flat: int, bits: int) -> None:
        self._flat[flat] = torch.tensor(bits, dtype=torch.int16).view(torch.bfloat16)


def coefficient_bits(tensor: torch.Tensor) -> "memoryview | _BitsOfOtherType":
    """A flat view over the memory of a contiguous tensor's coefficients, as signed 16-bit patterns of bfloat16."""
    if tensor.dtype != torch.bfloat16:
        return _BitsOfOtherType(tensor)
    return tensor.detach().view(-1).view(torch.int16).numpy().data


def bfloat16_bits(value: float) -> int:
    """The bit pattern (as a signed 16-bit integer) of a float rounded to bfloat16, ties to even."""
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    rounded: int = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return rounded - 0x10000 if rounded >= 0x8000 else rounded

"""Where an element lies: flat row-major indices, and the folder layout's paths."""

import os
import uuid
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path

ENCODING_ERRORS = "surrogateescape"
"""Bytes that are not UTF-8 survive a round trip through a text."""


def encode(text: str) -> bytes:
    """The bytes an element is stored as."""
    return text.encode("utf-8", ENCODING_ERRORS)


def decode(data: bytes) -> str:
    """The text of stored bytes, newlines as they are."""
    return data.decode("utf-8", ENCODING_ERRORS)


def flat_index(coordinates: Sequence[int], shape: Sequence[int]) -> int:
    """The row-major index of `coordinates`; negative ones count from the end; IndexError outside the shape."""
    if len(coordinates) != len(shape):
        raise IndexError(f"{len(coordinates)} coordinates for a tensor of {len(shape)} dimensions")
    flat = 0
    for coordinate, size in zip(coordinates, shape, strict=True):
        if not 0 <= coordinate < size:
            if -size <= coordinate < 0:
                flat = (flat + 1) * size + coordinate
                continue
            raise IndexError(f"coordinates {tuple(coordinates)} are outside the shape {list(shape)}")
        flat = flat * size + coordinate
    return flat


def coordinates_of(flat: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The coordinates of a row-major index."""
    reverse = []
    for size in reversed(shape):
        flat, coordinate = divmod(flat, size)
        reverse.append(coordinate)
    return tuple(reversed(reverse))


def all_coordinates(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every coordinate of a shape, in row-major order."""
    return (coordinates_of(flat, shape) for flat in range(prod(shape)))


def element_file(root: str, uid: str, index: int, part: str = "storage") -> str:
    """The file of one element, one folder a decimal digit: 11 lies in `{root}/{uid}/storage/1/1/data`."""
    return f"{root}/{uid}/{part}/{'/'.join(str(index))}/data"


def element_path(root: str, uid: str, index: int, part: str = "storage") -> Path:
    """`element_file` as a path."""
    return Path(element_file(root, uid, index, part))


def link_file(source: Path, link: Path) -> None:
    """Makes `link` a relative symbolic link to `source`, replacing what is there in one step."""
    link.parent.mkdir(parents=True, exist_ok=True)
    temporary = link.parent / f".link-{uuid.uuid4()}"
    temporary.symlink_to(os.path.relpath(source, link.parent.resolve()))
    temporary.replace(link)

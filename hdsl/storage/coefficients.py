"""The sidecar `{root}/{uid}/coefficients`: one line of sixteen bytes an element, blank where nothing is known.

Lines of one width can be written in place by one system call that never crosses a page, so no reader sees half of one,
and people and git can read them. There is none where every coefficient is 1.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hdsl.ground.files import write_atomically

WIDTH = 16
BLANK = b" " * (WIDTH - 1) + b"\n"


def _line(coefficient: float) -> bytes:
    return f"{coefficient:+.7e}".ljust(WIDTH - 1).encode() + b"\n"


def _sidecar(root: str, uid: str) -> Path:
    return Path(root, uid, "coefficients")


def create_sidecar(root: str, uid: str, count: int, coefficients: Mapping[int, float]) -> None:
    """Writes the whole sidecar of a tensor of `count` elements."""
    lines = [_line(coefficients[index]) if index in coefficients else BLANK for index in range(count)]
    write_atomically(_sidecar(root, uid), b"".join(lines))


def write_coefficient(root: str, uid: str, index: int, coefficient: float, count: int) -> None:
    """Writes one coefficient; the first that is not 1 makes the sidecar."""
    try:
        handle = os.open(_sidecar(root, uid), os.O_WRONLY)
    except FileNotFoundError:
        if coefficient != 1.0:
            create_sidecar(root, uid, count, {index: coefficient})
        return
    try:
        os.pwrite(handle, _line(coefficient), index * WIDTH)
    finally:
        os.close(handle)


def write_ones(root: str, uid: str, indices: Iterable[int]) -> None:
    """Writes 1 for some elements, where there is a sidecar."""
    if _sidecar(root, uid).exists():
        for index in indices:
            write_coefficient(root, uid, index, 1.0, 0)


def read_sidecar(root: str, uid: str) -> dict[int, float]:
    """The coefficients the sidecar states; none where there is no sidecar."""
    try:
        data = _sidecar(root, uid).read_bytes()
    except FileNotFoundError:
        return {}
    lines = (data[index * WIDTH : (index + 1) * WIDTH] for index in range(len(data) // WIDTH))
    texts = ((index, line.strip(b" \n\0")) for index, line in enumerate(lines))
    return {index: float(text) for index, text in texts if text}


def read_coefficient(root: str, uid: str, index: int) -> float:
    """One coefficient; 1 where the sidecar states none."""
    try:
        with _sidecar(root, uid).open("rb") as file:
            file.seek(index * WIDTH)
            line = file.read(WIDTH).strip(b" \n\0")
    except FileNotFoundError:
        return 1.0
    return float(line) if line else 1.0

"""What the header of a GGUF file says of its model, read without loading it."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The codes of the number types of GGUF, as the letters that `struct` knows them by."""
_LONGEST = 1 << 16
"""Bytes of a text that is read; the keys and values that are looked for are short."""
_DAMAGED = "its header is damaged or incomplete"


class NotGguf(ValueError):  # noqa: N818 - says what it is
    """A file that is not a model in GGUF; the message says why."""


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What is known of a model before it is loaded."""

    name: str
    context: int | None
    """The tokens of context that it was trained with; None where its header does not say."""


def read_header(path: Path) -> ModelHeader:
    """The header of a model file. NotGguf where it is none, OSError where it cannot be read."""
    with path.open("rb") as file:
        try:
            return _header(file)
        except NotGguf:
            raise
        except (struct.error, EOFError, OverflowError, RecursionError, ValueError):
            raise NotGguf(_DAMAGED) from None


def _header(file: BinaryIO) -> ModelHeader:
    if file.read(4) != _MAGIC:
        raise NotGguf("it is not a GGUF file")
    version, _, count = _numbers(file, "IQQ")
    if not 2 <= version <= 3:
        raise NotGguf(f"its version of GGUF, {version}, is not known")
    name, architecture, context = "", None, None
    for _ in range(count):
        key, kind = _text(file), _numbers(file, "I")[0]
        value = _value(file, kind)
        if key == "general.name" and isinstance(value, str):
            name = value
        elif key == "general.architecture":
            architecture = value
        elif key == f"{architecture}.context_length" and isinstance(value, int):
            context = value
        if name and context is not None:
            break
    return ModelHeader(name, context)


def _value(file: BinaryIO, kind: int) -> object:
    """One value; None for an array, which is passed over."""
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _numbers(file, _letter(kind))[0]
    kind, count = _numbers(file, "IQ")
    if kind in (_STRING, _ARRAY):
        for _ in range(count):
            _value(file, kind)
    else:
        _skip(file, count * struct.calcsize(f"<{_letter(kind)}"))
    return None


def _text(file: BinaryIO) -> str:
    (length,) = _numbers(file, "Q")
    if length > _LONGEST:
        _skip(file, length)
        return ""
    return _exactly(file, length).decode("utf-8")


def _letter(kind: int) -> str:
    if kind not in _NUMBERS:
        raise NotGguf(_DAMAGED)
    return _NUMBERS[kind]


def _numbers(file: BinaryIO, letters: str) -> tuple[int, ...]:
    form = f"<{letters}"
    return struct.unpack(form, _exactly(file, struct.calcsize(form)))


def _skip(file: BinaryIO, count: int) -> None:
    if count > os.fstat(file.fileno()).st_size:
        raise EOFError
    file.seek(count, 1)


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise EOFError
    return data

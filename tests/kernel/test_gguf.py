"""The header of a model file: read without loading it, and never believed further than it goes."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.kernel.gguf import NotGguf, read_header


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def header(context: int = 2048, *, count: int = 5, version: int = 3) -> bytes:
    words = struct.pack("<IQ", 8, 3) + b"".join(map(text, ("a", "bc", "")))
    return b"".join(
        (
            b"GGUF" + struct.pack("<IQQ", version, 0, count),
            text("general.architecture") + struct.pack("<I", 8) + text("tiny"),
            text("general.languages") + struct.pack("<I", 9) + words,
            text("general.sizes") + struct.pack("<IIQ", 9, 4, 2) + struct.pack("<II", 1, 2),
            text("general.name") + struct.pack("<I", 8) + text("Tiny"),
            text("tiny.context_length") + struct.pack("<II", 4, context),
        )
    )


def written(folder: Path, data: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(data)
    return path


def test_name_and_context_behind_arrays(tmp_path: Path) -> None:
    found = read_header(written(tmp_path, header(8192)))
    assert (found.name, found.context) == ("Tiny", 8192)


def test_a_header_need_not_name_the_context(tmp_path: Path) -> None:
    assert read_header(written(tmp_path, header(count=4))).context is None


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "not a GGUF file"), (b"hello", "not a GGUF file"), (b"GGUF", "damaged"), (header(version=99), "not known")],
)
def test_what_is_no_model(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(NotGguf, match=why):
        read_header(written(tmp_path, data))


@given(cut=st.integers(0, 200), at=st.integers(0, 150), byte=st.integers(0, 255))
def test_a_damaged_header_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cut: int, at: int, byte: int
) -> None:
    data = bytearray(header())
    data[at % len(data)] = byte
    path = written(tmp_path_factory.mktemp("damaged"), bytes(data[: len(data) - cut]))
    with contextlib.suppress(NotGguf):
        read_header(path)

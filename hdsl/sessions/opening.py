"""Opening recordings of strangers: regular files, with limits for sizes, lines and what is compressed."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from hdsl.sessions.model import SessionError, Tally

LARGEST_FILE = 256 << 20
"""Bytes of a recording, after it is decompressed."""
LARGEST_LINE = 16 << 20
"""Bytes of one line; longer ones are skipped and counted."""
LARGEST_DOCUMENT = 64 << 20
"""Bytes of a recording that is a single JSON document."""
MOST_FILES = 10_000
"""Recordings of one folder."""
TRAJECTORY, PANE = "trajectory.json", "pane.cast"
"""What a capture (`hdsl.capture`) keeps: the steps, and the same once more as its pane showed them."""
_ENDINGS = (".traj", ".json", ".jsonl", ".jsonl.zst", ".cast", ".db")


class RecordedLine(NamedTuple):
    """A line's number, from 1, and its object."""

    number: int
    value: dict[str, Any]


def recordings_in(path: Path) -> tuple[list[Path], dict[str, int]]:
    """The recordings of a folder and all below it, and how many files are left out, by reason. A file is itself.

    Links inside the folder are not followed. A compressed file beside its plain one is left out.
    """
    if not path.is_dir():
        return [path], {}
    found: list[Path] = []
    left_out: dict[str, int] = {}

    def leave_out(reason: str) -> None:
        left_out[reason] = left_out.get(reason, 0) + 1

    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in [name for name in folders if (Path(folder) / name).is_symlink()]:
            folders.remove(name)
            leave_out("a link in a folder")
        for name in sorted(names):
            file = Path(folder) / name
            if file.is_symlink():
                leave_out("a link in a folder")
            elif not name.endswith(_ENDINGS):
                leave_out("not a recording by its name")
            elif name == PANE and TRAJECTORY in names:
                leave_out("the pane of a capture, whose steps are beside it")
            elif name.endswith(".zst") and file.with_suffix("").exists():
                leave_out("compressed, and its plain file is there")
            elif len(found) >= MOST_FILES:
                leave_out(f"more than {MOST_FILES:,} files in a folder")
            else:
                found.append(file)
    return found, left_out


def open_recording(path: Path) -> IO[bytes]:
    """A regular file, opened for reading, and decompressed if its name ends in `.zst`. OSError or SessionError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "is a folder, a pipe or a device, not a file", str(path))
    file = os.fdopen(handle, "rb")
    if path.suffix != ".zst":
        return file
    try:
        from backports import zstd
    except ModuleNotFoundError:
        file.close()
        raise SessionError(f"{path}: compressed recordings need a package: pip install 'hdsl[sessions]'") from None
    return cast("IO[bytes]", zstd.ZstdFile(file))


def beginning(path: Path, size: int = 65536) -> bytes:
    """The first bytes of a recording."""
    with open_recording(path) as file:
        return _read(path, file, size)


def document(path: Path) -> Any:
    """The value of a recording that is one JSON document. SessionError where it is none or is too large."""
    with open_recording(path) as file:
        data = _read(path, file, LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise SessionError(f"{path}: larger than {LARGEST_DOCUMENT:,} bytes; split it")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SessionError(f"{path}: not JSON: {error}") from None


def objects(path: Path, tally: Tally) -> Iterator[RecordedLine]:
    """The lines of a recording that are JSON objects. All others are counted as skipped, with the reason."""
    for number, line in raw_lines(path, tally):
        if not line.strip():
            tally.skip("an empty line")
            continue
        try:
            value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError):
            tally.skip("not JSON in UTF-8")
            continue
        if isinstance(value, dict):
            yield RecordedLine(number, value)
        else:
            tally.skip("not a JSON object")


def raw_lines(path: Path, tally: Tally) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording; those that are too long are counted as skipped. SessionError if it is too large."""
    read = number = 0
    with open_recording(path) as file:
        while line := _line(path, file):
            number += 1
            read += len(line)
            is_whole = len(line) <= LARGEST_LINE
            rest = line
            while not rest.endswith(b"\n") and len(rest) > LARGEST_LINE:
                rest = _line(path, file)
                read += len(rest)
                _check_size(path, read)
            _check_size(path, read)
            if is_whole:
                yield number, line
            else:
                tally.skip(f"a line longer than {LARGEST_LINE:,} bytes")


def _check_size(path: Path, read: int) -> None:
    if read > LARGEST_FILE:
        raise SessionError(f"{path}: larger than {LARGEST_FILE:,} bytes; split it")


def _line(path: Path, file: IO[bytes]) -> bytes:
    try:
        return file.readline(LARGEST_LINE + 1)
    except OSError:
        raise
    except Exception as error:  # of the decompressor
        raise SessionError(f"{path}: cannot be decompressed: {error}") from None


def _read(path: Path, file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except OSError:
        raise
    except Exception as error:  # of the decompressor
        raise SessionError(f"{path}: cannot be decompressed: {error}") from None

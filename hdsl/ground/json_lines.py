r"""JSON Lines: one value a line, split at `\n` alone, and a last line that a killed process left unfinished."""

import codecs
import contextlib
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hdsl.ground.errors import HdslError
from hdsl.ground.files import PRIVATE_FILE, read_regular

_BLOCK = 4096


class JsonLinesError(HdslError, ValueError):
    """A line that is not JSON: `path`, `line` (from 1), and why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.line, self.reason = path, line, reason


@dataclass(frozen=True, slots=True)
class Line:
    """A value and the number of its line, from 1."""

    number: int
    value: Any


def text_lines(text: str) -> list[str]:
    r"""The lines of a text, split at `\n` alone: U+2028, U+0085 and form feeds are part of a line."""
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def read_json_lines(path: Path) -> list[Line]:
    """The values of a file, blank lines left out; nothing where there is no file.

    A last line without a newline that is not JSON, or that ends inside a character, was never finished and is left out.
    JsonLinesError for any other line that is not JSON, OSError where the file cannot be read.
    """
    try:
        data = read_regular(path)
    except FileNotFoundError:
        return []
    found = []
    rows = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    for number, row in enumerate(rows, 1):
        if row.strip():
            try:
                found.append(Line(number, json.loads(row.decode("utf-8", "surrogateescape"))))
            except (ValueError, RecursionError) as error:
                if number == len(rows):
                    break
                raise JsonLinesError(path, number, f"not JSON: {error}") from None
    return found


def encode_line(value: Any) -> bytes:
    """A value as one line with its newline; bytes that are not UTF-8 (surrogate escapes) come out as they were."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode("utf-8", "surrogateescape") + b"\n"
    except UnicodeEncodeError:  # half a character, which only an escape can hold
        return json.dumps(value).encode("ascii") + b"\n"


def append_json_line(path: Path, value: Any, mode: int = 0o666) -> None:
    """Adds a value in one write; a line that a killed process left unfinished is cut off first.

    `mode`: of a new file.
    """
    append_line(path, encode_line(value), mode)


def append_line(path: Path, line: bytes, mode: int = 0o666) -> None:
    """Adds what `encode_line` made of a value, as `append_json_line` does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "ab+", buffering=0) as file:
        cut_unfinished(file)
        file.write(line)


class LineLog:
    """A file of JSON Lines that is kept open: each value is one write of a whole line. Safe to use from any thread.

    `mode`: of a new file. `is_durable`: each line is on the disk before `append` returns. A line that cannot be written
    whole, as on a full disk, is taken back: OSError.
    """

    def __init__(self, path: Path, mode: int = PRIVATE_FILE, *, is_durable: bool = False) -> None:
        self.path = path
        self._is_durable = is_durable
        self._lock = threading.Lock()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
        self._file = os.fdopen(handle, "ab+", buffering=0)
        cut_unfinished(self._file)

    def append(self, value: Any) -> None:
        """Adds a value. After `close` it is dropped."""
        line = encode_line(value)
        with self._lock:
            if self._file.closed:
                return
            try:
                written = self._file.write(line)
                while written < len(line):
                    written += self._file.write(line[written:])
                if self._is_durable:
                    os.fsync(self._file.fileno())
            except OSError as error:
                with contextlib.suppress(OSError):
                    cut_unfinished(self._file)
                raise OSError(error.errno, error.strerror, str(self.path)) from None

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._file.close()


def cut_unfinished(file: BinaryIO | Any) -> None:
    """Ends an open file with a whole line: one that is JSON gets the newline it lacks, another is cut off.

    Reads no more than it must.
    """
    end = at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - _BLOCK)
        file.seek(start)
        newline = file.read(at - start).rfind(b"\n")
        if newline >= 0:
            at = start + newline + 1
            break
        at = start
    if at < end:
        file.seek(at)
        if _is_json(file.read(end - at)):
            file.write(b"\n")
        else:
            file.truncate(at)
    file.seek(0, os.SEEK_END)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return False
    return True

"""Named pipes on the event loop: read and written without blocking it, by descriptors that end when they are closed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 16


class Inflow:
    """Reads a descriptor as data comes; `ended` is called once, when all writers are gone."""

    def __init__(self, descriptor: int, took: Callable[[bytes], None], ended: Callable[[], None] | None = None) -> None:
        self._descriptor = descriptor
        self._took = took
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._is_paused = False
        self._loop.add_reader(descriptor, self._read)

    @property
    def is_open(self) -> bool:
        """Whether there may be more to read."""
        return self._descriptor >= 0

    def drain(self) -> None:
        """Takes what has been written so far."""
        while self._descriptor >= 0 and self._read():
            pass

    def pause(self) -> None:
        """Lets writers wait until `resume`."""
        if self._descriptor >= 0 and not self._is_paused:
            self._is_paused = True
            self._loop.remove_reader(self._descriptor)

    def resume(self) -> None:
        """Reads again."""
        if self._descriptor >= 0 and self._is_paused:
            self._is_paused = False
            self._loop.add_reader(self._descriptor, self._read)

    def close(self) -> None:
        """Reads no more; whoever writes gets SIGPIPE."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> bool:
        """Whether there was something to read."""
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._took(data)
            return True
        self.close()
        if self._ended is not None:
            self._ended()
        return False


class Outflow:
    """Writes to a descriptor as fast as it is read there. What cannot be written any more is dropped."""

    def __init__(self, descriptor: int, emptied: Callable[[], None] | None = None) -> None:
        self._descriptor = descriptor
        self._emptied = emptied
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._is_closing = False

    @property
    def waiting(self) -> int:
        """Bytes that have not been written yet."""
        return len(self._unsent)

    def write(self, data: bytes) -> None:
        """Writes now what fits, and the rest as soon as it does."""
        if self._descriptor >= 0:
            self._unsent += data
            self._write()

    def close(self) -> None:
        """Closes the descriptor once everything is written."""
        self._is_closing = True
        if not self._unsent:
            self._end()

    def abandon(self) -> None:
        """Closes the descriptor now."""
        self._unsent.clear()
        self._end()

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._descriptor, self._unsent[:_CHUNK])]
        except BlockingIOError:
            self._loop.add_writer(self._descriptor, self._write)
            return
        except OSError:
            self.abandon()
            return
        self._loop.remove_writer(self._descriptor)
        if self._emptied is not None:
            self._emptied()
        if self._is_closing:
            self._end()

    def _end(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def make_fifo(path: Path) -> Path:
    """Makes a pipe that only its owner can use."""
    os.mkfifo(path, 0o600)
    return path


def open_both(path: Path) -> int:
    """A pipe opened for reading and writing: it is never at its end, and opening it does not wait for anybody."""
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def open_reading(path: Path) -> int:
    """A pipe opened for reading, whether or not anybody writes to it yet."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def open_writing(path: Path) -> int:
    """A pipe opened for writing. OSError where nobody reads it."""
    return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

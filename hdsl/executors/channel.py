"""The way to one worker: frames to it, lines from it, its end."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

MODULE = "hdsl.executors.worker"
_LAST_WORDS = 4_000
"""Characters of what a worker said on standard error that are kept."""

_MOMENT = 1.0
"""Seconds that the last words of a worker that has ended may take to arrive."""


class Channel(Protocol):
    """The way to one worker, from its start. Safe to use from any thread."""

    def send(self, line: bytes) -> None:
        """Sends a line, without waiting for it to be read; to a worker that is gone nothing is sent."""
        ...

    def lines(self) -> Iterator[bytes]:
        """The lines that the worker writes, until it has ended; for one thread alone."""
        ...

    def last_words(self) -> str:
        """What the worker said last beside its lines, and how it ended."""
        ...

    def finish(self) -> None:
        """Tells the worker that nothing more comes, after which it ends by itself."""
        ...

    def kill(self) -> None:
        """Ends the worker at once, with what it started."""
        ...

    def wait(self, seconds: float) -> bool:
        """Waits for the end of a worker; whether it has ended."""
        ...


Open = Callable[[Path], Channel]
"""Starts a worker with a folder for its temporary files."""


def worker_command(prefix: Sequence[str] = ()) -> list[str]:
    """The command line of a worker behind a prefix. Where that ends with a Python, the worker runs on it."""
    is_python = bool(prefix) and Path(prefix[-1]).name.startswith("python")
    return [*prefix, *([] if is_python else [sys.executable]), "-m", MODULE]


def commands_of(text: str) -> list[list[str]]:
    """The commands of a text, separated by `;`, as lists of words. ValueError where quotes do not end."""
    words = shlex.shlex(text, posix=True, punctuation_chars=";")
    words.whitespace_split = True
    words.commenters = ""
    found: list[list[str]] = [[]]
    for word in words:
        if set(word) == {";"}:
            found.append([])
        else:
            found[-1].append(word)
    return [command for command in found if command]


class ProcessChannel:
    """A worker that is a process here, or one that a process here reaches, as `ssh` does."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**(os.environ if environment is None else environment), "TMPDIR": str(folder)},
            start_new_session=True,  # Ctrl-C is the executor's, which then ends its workers in good order
        )
        self._to_send: SimpleQueue[bytes | None] = SimpleQueue()
        self._said: deque[str] = deque(maxlen=200)
        threading.Thread(target=self._write, name="hdsl-worker-channel", daemon=True).start()
        self._listening = threading.Thread(target=self._listen, name="hdsl-worker-channel", daemon=True)
        self._listening.start()

    @property
    def process(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, line: bytes) -> None:
        """Sends a line."""
        self._to_send.put(line)

    def lines(self) -> Iterator[bytes]:
        """The lines of its standard output."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            yield from self._process.stdout

    def last_words(self) -> str:
        """What stood on its standard error, and how it ended."""
        code = self._process.poll()
        if code is not None:
            self._listening.join(_MOMENT)  # what it started may live on, and hold the stream open
        said = "".join(self._said)[-_LAST_WORDS:].strip()
        if code is None:
            return said
        ended = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"{said} ({ended})" if said else ended

    def finish(self) -> None:
        """Ends its standard input."""
        self._to_send.put(None)

    def kill(self) -> None:
        """Kills its process group."""
        self.finish()
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Waits for its end."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _write(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin as stdin:
            while (line := self._to_send.get()) is not None:
                stdin.write(line)
                if self._to_send.empty():
                    stdin.flush()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            for line in stderr:
                self._said.append(line[:_LAST_WORDS].decode("utf-8", "replace"))

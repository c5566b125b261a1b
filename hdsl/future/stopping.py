"""Signals that stop a command: the first ends it in good order, a second one does not wait for that."""

import functools
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stopping:
    """What this process knows of being stopped. Without `install`, Ctrl-C is Python's KeyboardInterrupt as ever."""

    def __init__(self) -> None:
        self.first = 0
        """The number of the first signal that came; 0: none."""
        self.is_installed = False
        self.note_limit: Callable[[float | None], None] = lambda seconds: None
        """Told in how many seconds what begins now must have ended (None: it has), for who supervises this process."""
        self.note_record: Callable[[Path], None] = lambda folder: None
        """Told which run is recorded from now on."""
        self.note_temporary: Callable[[Path], None] = lambda folder: None
        """Told of a folder that must not be left, however this process ends."""
        self.note_end: Callable[[], None] = lambda: None
        """Told that the end by a signal or a limit was noticed, and is under way."""
        self._waits = 0
        self._is_held = False

    def install(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP raise Stopped in the main thread; those that are ignored stay so."""
        self.is_installed = True
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self.handle)

    def handle(self, number: int, frame: FrameType | None = None) -> None:
        """Raises Stopped at the first signal; at a later one only to end a wait."""
        is_first = not self.first
        self.first = self.first or number
        self.note_end()
        if not self._is_held and (is_first or self._waits):
            raise Stopped(number)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A wait that any signal ends, the second too, if it is the main thread that waits."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """A short piece of work, as completing a record, that no signal ends."""
        before, self._is_held = self._is_held, True
        try:
            yield
        finally:
            self._is_held = before


@functools.cache
def stopping() -> Stopping:
    """That of this process; there is one, as signals are the process's."""
    return Stopping()


def exit_code(error: KeyboardInterrupt) -> int:
    """The exit code of an interrupted command: 128 and the number of the signal."""
    return 128 + (error.number if isinstance(error, Stopped) else signal.SIGINT)

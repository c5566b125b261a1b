"""Signals that stop a command: the first ends it in good order, a second one does not wait for that."""

import functools
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType

PATIENCE = 10.0
"""Seconds that what is owed has at least, once the run is ended; and as many in which it has to be begun."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Debt:
    """Something that is owed: it is done before this process ends, if it does not take longer than it may.

    Made and paid on the event loop, looked at by the thread that waits for its end.
    """

    def __init__(self, of: "Stopping") -> None:
        self._of = of
        self.ends: float | None = None
        """When it must be done, by `time.monotonic()`; None as long as the run goes on."""
        self.give_up: Callable[[], None] = lambda: None
        """Ends it at once, from any thread."""

    def within(self, seconds: float) -> None:
        """The run is being ended: from now on it has these seconds."""
        self.ends = monotonic() + seconds
        self._of.note_debt(seconds)

    def close(self) -> None:
        """It is done, or never will be."""
        self._of.settle(self)


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
        self.note_debt: Callable[[float], None] = lambda seconds: None
        """Told that the end waits for what is owed, at most so many seconds from now."""
        self._debts: dict[Debt, None] = {}
        self._waits = 0
        self._is_held = False

    def owe(self) -> Debt:
        """From now on something is owed."""
        debt = Debt(self)
        self._debts[debt] = None
        return debt

    def settle(self, debt: Debt) -> None:
        """It is owed no longer."""
        self._debts.pop(debt, None)

    @property
    def is_paying(self) -> bool:
        """Whether the end waits for what is owed."""
        return any(debt.ends is not None for debt in list(self._debts))

    def patient_until(self, began: float) -> float:
        """Until when to wait for what is owed, at an end that began then: it has to be begun within PATIENCE."""
        return max((debt.ends or began + PATIENCE for debt in list(self._debts)), default=began)

    def give_up(self) -> None:
        """Nothing is owed any longer; what is being done for it is ended."""
        debts, self._debts = self._debts, {}
        for debt in debts:
            debt.give_up()

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

"""Functions of users run in a process of their own, which a supervisor ends where it cannot end itself.

A function that never gives back the interpreter (a regular expression that runs for years, C code) leaves Python no
chance to handle a signal or to look at a clock. So the command forks: the child works, and reports its limit of time
and the record it writes; the parent waits. After a signal or a spent limit the child ends in good order; if it shows no
sign of that, the parent kills it and completes the record.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from hdsl.cli.output import flush
from hdsl.future.owed import OWED, not_done, owed_sentence, places_as_json
from hdsl.future.stopping import SIGNALS, Stopping, stopping
from hdsl.ground.errors import LIMIT
from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.ground.processes import adopt_orphans, end_descendants, end_with, waits_for_processor

NOTICE, IN_GOOD_ORDER, IN_A_HURRY = 2.0, 15.0, 0.5
"""Seconds that the child has to notice that it is to end; to end, once it has; to end after a second signal."""

_MARGIN, _MOST_GIVEN = 0.1, 10.0
"""Seconds of waiting for a processor that do not count, and that are given back at most."""
_RELAY = signal.SIGUSR1
_CLEANERS = "hdsl/terminal/reaper.py"
"""Processes that end a tmux server and all of its sessions; they end by themselves, soon."""


def supervised(work: Callable[[], int], says: Callable[[str], None]) -> int:
    """The exit code of `work`, done in a child process that can be killed. `says` tells the user in one sentence.

    Where signals are not this command's own (a test that calls the command, a program), the work is done right here.
    """
    if not stopping().is_installed:
        return work()
    flush()
    adopt_orphans()
    reports, report = os.pipe()
    orders, order = os.pipe()
    parent = os.getpid()
    # What a signal raises in a hook of another library, as logging has for forks, is swallowed there: it would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if child == 0:
        os.close(reports)
        os.close(order)
        end_with(parent)
        side = _Child(report, orders)
        try:
            side.listen(stopping())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return work()
        finally:
            side.send(returned=True)
    os.close(report)
    os.close(orders)
    return _Supervisor(child, reports, order, says).watch()


class _Child:
    """The side of the process that works: it takes orders by one signal, and sends reports."""

    def __init__(self, report: int, orders: int) -> None:
        self._report = report
        self._orders = orders
        self._signals: SimpleQueue[int] = SimpleQueue()

    def listen(self, stop: Stopping) -> None:
        """Signals from the terminal reach both processes; only what the supervisor relays counts."""
        stop.note_limit = lambda seconds: self.send(limit=seconds)
        stop.note_end = lambda: self.send(noticed=True)
        stop.note_debt = lambda seconds: self.send(owed=seconds)
        stop.note_temporary = lambda folder: self.send(temporary=str(folder))
        stop.note_record = lambda folder: self.send(record=str(folder))

        def relayed(number: int, frame: Any) -> None:
            stop.handle(self._signals.get())

        signal.signal(_RELAY, relayed)
        threading.Thread(target=self._take_orders, name="hdsl-orders", daemon=True).start()
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                # A function, not SIG_IGN, which programs that are started from here would inherit.
                signal.signal(number, lambda number, frame: None)

    def _take_orders(self) -> None:
        while order := os.read(self._orders, 1):
            self._signals.put(order[0])
            signal.pthread_kill(threading.main_thread().ident or 0, _RELAY)
        os._exit(128 + signal.SIGKILL)  # the supervisor was killed

    def send(self, **report: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(self._report, json.dumps(report).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a run ends whose process is killed."""

    code: int
    state: str
    reason: str


class _Supervisor:
    """The side of the process that waits."""

    def __init__(self, child: int, reports: int, order: int, says: Callable[[str], None]) -> None:
        self._child = child
        self._reports = reports
        self._order = order
        self._says = says
        self._record: Path | None = None
        self._budget = 0.0
        """The seconds that the work has by its own account."""
        self._limit: float | None = None
        """When those are over; once they are, when the time to notice it is."""
        self._waits: dict[str, float] | None = None
        """How long each thread of the child had waited for a processor when its seconds were over."""
        self._given = 0.0
        self._temporary: list[str] = []
        self._signals: list[int] = []
        self._last: float | None = None
        """When the time to end after a signal is over."""
        self._granted = 0.0
        """Until when the child may at least take to end, for what is owed; a second signal does not wait for that."""
        self._killed: _Ending | None = None
        self._has_returned = False
        """Whether the work came to its end, and was not left by a function that ends the process."""
        self._unread = b""

    def watch(self) -> int:
        """Waits for the child's end, and is its exit code."""
        wake = self._listen()
        is_reporting = True
        while True:
            ended, status = os.waitpid(self._child, os.WNOHANG)
            if ended:
                while is_reporting and select.select([self._reports], [], [], 0)[0]:
                    is_reporting = self._read()
                return self._ended(os.waitstatus_to_exitcode(status))
            moments = [moment for moment in (self._last, self._limit) if moment is not None]
            seconds = max(0.0, max(min(moments), self._patience) - monotonic()) if moments else None
            ready, _, _ = select.select([wake, *([self._reports] if is_reporting else [])], [], [], seconds)
            if wake in ready:
                os.read(wake, 512)
            if self._reports in ready:
                is_reporting = self._read()
            self._look_at_clock()

    def _listen(self) -> int:
        """Handles signals; the file that can be read when one has come."""
        wake, woken = os.pipe()
        for end in (wake, woken):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._relay)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return wake

    def _relay(self, number: int, frame: Any) -> None:
        """A signal has come: the child is told, and its time begins to run."""
        self._signals.append(number)
        self._last = monotonic() + (NOTICE if len(self._signals) == 1 else IN_A_HURRY)
        with contextlib.suppress(OSError):
            os.write(self._order, bytes([number]))

    def _read(self) -> bool:
        """Takes reports; False if there will be no more."""
        data = os.read(self._reports, 1 << 16)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            match json.loads(line):
                case {"record": folder}:
                    self._record, self._budget = Path(folder), 0.0
                case {"returned": _}:
                    self._has_returned = True
                case {"temporary": folder}:
                    self._temporary.append(folder)
                case {"limit": None}:
                    self._limit = self._waits = None
                case {"limit": seconds}:
                    self._budget = self._budget or seconds
                    self._limit, self._waits = monotonic() + seconds, None
                case {"owed": seconds}:
                    self._granted = max(self._granted, monotonic() + seconds + IN_GOOD_ORDER)
                case {"noticed": _}:
                    later = monotonic() + IN_GOOD_ORDER
                    if len(self._signals) == 1:
                        self._last = later
                    elif self._limit is not None:
                        self._limit = later
        return bool(data)

    @property
    def _patience(self) -> float:
        """Until when the child is not killed, whatever else."""
        return self._granted if len(self._signals) < 2 else 0.0

    def _look_at_clock(self) -> None:
        now = monotonic()
        if self._killed is not None or now < self._patience:
            return
        if self._last is not None and self._last <= now:
            number = self._signals[0]
            word = "interrupted" if number == signal.SIGINT else "terminated"
            self._kill(_Ending(128 + number, word, word))
        elif self._limit is not None and self._limit <= now:
            if (more := self._time_to_notice()) > 0:
                self._limit = now + more
                return
            self._kill(_Ending(LIMIT, "stopped by a budget", f"the budget is spent: {self._budget:g} s"))

    def _time_to_notice(self) -> float:
        """How long the child may still take to notice that its seconds are over.

        Time in which it could have run, and other processes did, is given back to it, up to a limit: on a busy machine
        it may not run for seconds.
        """
        now = waits_for_processor(self._child)
        before, self._waits = self._waits, now
        if before is None:
            self._given = 0.0
            return NOTICE
        waited = max((seconds - before.get(thread, 0.0) for thread, seconds in now.items()), default=0.0)
        given = min(waited, _MOST_GIVEN - self._given) if waited > _MARGIN else 0.0
        self._given += given
        return given

    def _kill(self, ending: _Ending) -> None:
        self._killed = ending
        self._last = self._limit = None
        os.kill(self._child, signal.SIGKILL)

    def _ended(self, code: int) -> int:
        if self._signals or self._killed is not None or code == LIMIT:
            end_descendants(but=_CLEANERS)
        if self._has_returned and code >= 0:
            return code
        for folder in self._temporary:
            shutil.rmtree(folder, ignore_errors=True)
        ending = self._killed or _crash(code)
        if self._record is not None:
            complete(self._record, ending)
            for debt in _debts(self._record):
                self._says(debt)
        self._says(ending.reason)
        return ending.code


def _crash(code: int) -> _Ending:
    """How work ended that did not come to its end."""
    if code < 0:
        name = signal.Signals(-code).name
        return _Ending(128 - code, "crashed", f"the process that ran functions of the program was ended by {name}")
    return _Ending(code or 1, "crashed", f"a function of the program ended the process, with exit code {code}")


def _debts(folder: Path) -> list[str]:
    """What a run that was killed owes, a sentence each."""
    with contextlib.suppress(OSError, ValueError):
        if (folder / OWED).exists():
            return [owed_sentence(*place) for place in not_done(folder)]
    return []


def complete(folder: Path, ending: _Ending) -> None:
    """Completes the record of a run or training whose process was killed, if it is whole and says it is running."""
    added: tuple[tuple[str, dict[str, Any]], ...] = (
        ("run.json", {"result": []}),
        ("train.json", {}),
        ("reflect.json", {}),
        ("evolve.json", {}),
    )
    for name, found in added:
        path = folder / name
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(record, dict) and record.get("state") == "running":
                record |= {"state": ending.state, "exit": ending.code, "reason": ending.reason, **found}
                if (folder / OWED).exists():
                    record["not_done"] = places_as_json(not_done(folder))
                text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
                write_atomically(path, text, mode=PRIVATE_FILE)

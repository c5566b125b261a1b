"""The one event loop everything runs on, in a thread of its own, and the one way to it from synchronous code."""

import asyncio
import concurrent.futures
import contextlib
import functools
import os
import threading
from collections.abc import Callable, Coroutine, Iterable
from time import monotonic
from typing import Any, TypeVar

from hdsl.future.stopping import stopping
from hdsl.future.workers import Workers

Result = TypeVar("Result")

WORKER_THREADS = 64
"""How many blocking functions may run at once."""

GRACE = 2.0
"""Seconds that a coroutine has to clean up when it is cancelled; then it is abandoned, with the event loop it is on."""

_LOOK_EVERY = 0.1
"""Seconds between two looks at whether time is spent, a signal has come, or another thread has set a future."""

CLOSING = 10.0
"""Seconds that sessions and connections have to be closed in."""


class TimeSpent(Exception):  # noqa: N818 - what happened
    """A coroutine did not end in the time it had. `abandoned`: nor when it was cancelled."""

    def __init__(self, reason: str, *, abandoned: bool = False) -> None:
        super().__init__(reason)
        self.abandoned = abandoned


@functools.cache
def _loop_of_process(process: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(Workers(WORKER_THREADS, "hdsl-worker"))
    threading.Thread(target=_run_for_ever, args=(loop,), name="hdsl-loop", daemon=True).start()
    return loop


def _run_for_ever(loop: asyncio.AbstractEventLoop) -> None:
    """Runs the event loop also when a coroutine asks to leave the process: who waits for it learns that, and does."""
    _look(loop)
    while True:
        with contextlib.suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


def _look(loop: asyncio.AbstractEventLoop) -> None:
    """Wakes the event loop now and then: that another thread sets a future, as with an `asyncio.Event`, does not."""
    loop.call_later(_LOOK_EVERY, _look, loop)


def background_loop() -> asyncio.AbstractEventLoop:
    """The event loop; its thread starts when it is first asked for (anew in a forked process)."""
    return _loop_of_process(os.getpid())


def on_background_loop() -> bool:
    """Whether the caller runs on the event loop."""
    try:
        return asyncio.get_running_loop() is background_loop()
    except RuntimeError:
        return False


def run_sync(
    coroutine: Coroutine[Any, Any, Result],
    seconds: float | None = None,
    slack: float = 0.0,
    spent: Callable[[], str] | None = None,
) -> Result:
    """Runs a coroutine to its end and is its result. Works inside another running loop too.

    Ctrl-C cancels the coroutine, gives it GRACE seconds to clean up, and what is owed the time that it has (none after
    a second Ctrl-C), and raises KeyboardInterrupt. After `seconds`, and the `slack` in which it may notice that itself,
    it is cancelled likewise: TimeSpent. So it is once `spent` says why, which is asked many times a second. One that
    does not end even then, because something blocks the event loop, is abandoned with it: what comes later has a new
    loop. On the event loop itself it would wait for itself: RuntimeError.
    """
    if on_background_loop():
        coroutine.close()
        raise RuntimeError("code that runs on hdsl's event loop must not wait for it: await, or use @blocking")
    running = _Running(background_loop(), coroutine)
    if seconds is not None:
        stopping().note_limit(seconds)
    try:
        running.start()
        reason = running.wait(None if seconds is None else seconds + slack, spent)
        if reason is not None:
            stopping().note_end()
            raise TimeSpent(reason or f"the budget is spent: {seconds:g} s", abandoned=not running.cancel())
    except KeyboardInterrupt:
        running.cancel(by_signal=True)
        raise
    finally:
        if seconds is not None:
            stopping().note_limit(None)
    result: Result = running.outcome.result()
    return result


class _Running:
    """A coroutine that runs on the event loop while another thread waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._loop = loop
        self._coroutine = coroutine
        self._task: asyncio.Task[Any] | None = None

    def start(self) -> None:
        """Has the event loop run it."""
        self._loop.call_soon_threadsafe(self._start)

    def wait(self, seconds: float | None, spent: Callable[[], str] | None) -> str | None:
        """Waits: None when it has ended, "" after these seconds, or what `spent` says; any signal ends the wait.

        Never for long: of a signal that comes just before the thread sleeps, Python knows only when it wakes.
        """
        ends = None if seconds is None else monotonic() + seconds
        while ends is None or monotonic() < ends:
            left = _LOOK_EVERY if ends is None else min(_LOOK_EVERY, ends - monotonic())
            if self.has_ended_within(max(0.0, left)):
                return None
            if spent is not None and (reason := spent()):
                return reason
        return ""

    def has_ended_within(self, seconds: float) -> bool:
        """Waits; any signal ends the wait."""
        with stopping().waiting():
            return not concurrent.futures.wait([self.outcome], seconds).not_done

    def cancel(self, *, by_signal: bool = False) -> bool:
        """Cancels the coroutine and waits for its end and for what is owed; False if it was abandoned.

        A signal ends the wait. The first one does not abandon what is owed: it is waited for again.
        """
        self._loop.call_soon_threadsafe(self._cancel)
        ended = False
        try:
            ended = self._has_ended_in_time()
        except KeyboardInterrupt:
            if not by_signal:
                ended = True  # so far: whoever handles the signal waits on
            raise
        finally:
            if not ended:
                stopping().give_up()
                _loop_of_process.cache_clear()
        return ended

    def _has_ended_in_time(self) -> bool:
        began = monotonic()
        ends = began + GRACE
        while not self.has_ended_within(max(0.0, ends - monotonic())):
            later = stopping().patient_until(began) + GRACE
            if later <= monotonic():
                return False
            ends = later
        return True

    def _start(self) -> None:
        self._task = self._loop.create_task(self._coroutine)
        self._task.add_done_callback(functools.partial(_hand_over, self.outcome))

    def _cancel(self) -> None:
        # Once: a second time it would leave behind what it waits for to clean up.
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()


async def run_together(coroutines: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results of all, run concurrently; the first exception ends the others, and is raised when they have ended."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _hand_over(outcome: "concurrent.futures.Future[Result]", task: "asyncio.Task[Result]") -> None:
    if task.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())

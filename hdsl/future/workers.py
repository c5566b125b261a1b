"""Threads for functions that may block: a function that nobody waits for any more is abandoned, at exit too."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any


class Workers(ThreadPoolExecutor):
    """At most `limit` functions run at once, each in a daemon thread; the process does not wait for them at its end.

    A running function whose future is cancelled is abandoned: it goes on in its thread, and another thread takes its
    place. (A ThreadPoolExecutor by type alone, as asyncio requires; its threads would be joined at exit.)
    """

    def __init__(self, limit: int, name: str) -> None:
        super().__init__(1, name)
        self._limit = limit
        self._name = name
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads_at_work = 0
        self._unclaimed = 0
        """Idle threads less waiting jobs; a job takes a new thread if it is not positive."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Runs the function in a thread, now or when one is free."""
        job = _Job(self, function, args, kwargs)
        with self._lock:
            needs_thread = self._unclaimed <= 0 and self._threads_at_work < self._limit
            self._threads_at_work += needs_thread
            self._unclaimed -= not needs_thread
        self._jobs.put(job)
        if needs_thread:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return job

    def abandoned(self) -> None:
        """A thread is lost to a job that nobody waits for."""
        with self._lock:
            self._threads_at_work -= 1
            needs_thread = self._unclaimed < 0
            self._threads_at_work += needs_thread
            self._unclaimed += needs_thread
        if needs_thread:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while self._jobs.get().run():
            with self._lock:
                self._unclaimed += 1


class _Job(Future[Any]):
    """One call. Its lock decides whether it has ended or was abandoned first."""

    def __init__(
        self, workers: Workers, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        super().__init__()
        self._workers = workers
        self._call = function, args, kwargs
        self._deciding = threading.Lock()
        self._is_over = False

    def cancel(self) -> bool:
        """Cancels the call if it has not begun; else abandons it."""
        if super().cancel():
            return True
        if self.running() and self._decide():
            self._workers.abandoned()
        return False

    def run(self) -> bool:
        """Makes the call; False if it was abandoned, and its thread with it."""
        if not self.set_running_or_notify_cancel():
            return True
        function, args, kwargs = self._call
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            kept = self._decide()
            self.set_exception(error)
        else:
            kept = self._decide()
            self.set_result(result)
        del self._call
        return kept

    def _decide(self) -> bool:
        with self._deciding:
            first = not self._is_over
            self._is_over = True
            return first

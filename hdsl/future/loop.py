"""The one event loop everything runs on, in a thread of its own, and the one way to it from synchronous code."""

import asyncio
import concurrent.futures
import functools
import os
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")

WORKER_THREADS = 64
"""How many blocking functions may run at once."""


@functools.cache
def _loop_of_process(process: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(WORKER_THREADS, "hdsl-worker"))
    threading.Thread(target=loop.run_forever, name="hdsl-loop", daemon=True).start()
    return loop


def background_loop() -> asyncio.AbstractEventLoop:
    """The event loop; its thread starts when it is first asked for (anew in a forked process)."""
    return _loop_of_process(os.getpid())


def on_background_loop() -> bool:
    """Whether the caller runs on the event loop."""
    try:
        return asyncio.get_running_loop() is background_loop()
    except RuntimeError:
        return False


def run_sync(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine to its end and is its result. Works inside another running loop too.

    Ctrl-C cancels the coroutine, waits until it has cleaned up (a second Ctrl-C does not wait) and raises
    KeyboardInterrupt. On the event loop itself it would wait for itself: RuntimeError.
    """
    if on_background_loop():
        coroutine.close()
        raise RuntimeError("code that runs on hdsl's event loop must not wait for it: await, or use @blocking")
    loop = background_loop()
    outcome: concurrent.futures.Future[Result] = concurrent.futures.Future()
    tasks: list[asyncio.Task[Result]] = []

    def start() -> None:
        task = loop.create_task(coroutine)
        tasks.append(task)
        task.add_done_callback(functools.partial(_hand_over, outcome))

    loop.call_soon_threadsafe(start)
    try:
        concurrent.futures.wait([outcome])
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(lambda: tasks[0].cancel())
        concurrent.futures.wait([outcome])
        raise
    return outcome.result()


async def run_together(coroutines: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results of all, run concurrently; the first exception ends the others, and is raised when they have ended."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _hand_over(outcome: "concurrent.futures.Future[Result]", task: "asyncio.Task[Result]") -> None:
    if task.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())

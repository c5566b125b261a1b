"""Workers of Ray: an actor for each, which runs the worker's process where Ray places it and passes its lines on."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import Any

import ray
import ray._private.worker
from ray.exceptions import RayError

from hdsl.executors.channel import Channel, ProcessChannel, worker_command
from hdsl.executors.job import WorkerNotStarted
from hdsl.executors.pool import Pool

_TOGETHER = 256
"""Lines that are passed on at once, at most."""

_PATIENCE = 0.05
"""Seconds that a result waits for others."""


class _Runner:
    """Runs one worker's process. Its methods are called in order, those that wait for lines beside the others."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="hdsl-ray-")
        self._channel = ProcessChannel(worker_command(), Path(self._folder.name, "0"))
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def process(self) -> tuple[int, int]:
        """The numbers of this process and of the worker's."""
        return os.getpid(), self._channel.process

    def send(self, lines: list[bytes]) -> None:
        """Passes lines to the worker."""
        for line in lines:
            self._channel.send(line)

    def receive(self) -> list[bytes]:
        """The lines that the worker has written, at least one; none if it has ended.

        Each call costs a millisecond or two, so results wait a moment for those behind them; all else is passed on.
        """
        found: list[bytes] = []
        line = self._lines.get()
        ends = monotonic() + _PATIENCE
        with contextlib.suppress(Empty):
            while line is not None:
                found.append(line)
                if len(found) == _TOGETHER:
                    return found
                is_result = line.startswith(b'{"done"')
                line = self._lines.get(timeout=max(0.0, ends - monotonic()) if is_result else 0.0)
            self._lines.put(None)  # it has ended: the next call says so
        return found

    def last_words(self) -> str:
        """What the worker said last."""
        self._channel.wait(1.0)
        return self._channel.last_words()

    def finish(self) -> None:
        """Tells the worker that nothing more comes."""
        self._channel.finish()

    def wait(self, seconds: float) -> bool:
        """Waits for the end of the worker."""
        return self._channel.wait(seconds)

    def kill(self) -> None:
        """Ends the worker."""
        self._channel.kill()
        self._channel.wait(1.0)
        self._folder.cleanup()

    def _read(self) -> None:
        for line in self._channel.lines():
            self._lines.put(line)
        self._lines.put(None)


class RayChannel:
    """The way to a worker's process through its actor."""

    def __init__(self) -> None:
        actor = ray.remote(
            num_cpus=1, max_restarts=0, concurrency_groups={"in": 1, "out": 1, "end": 1}, max_concurrency=1
        )(_Runner)
        self._actor: Any = actor.remote()
        self._words = ""
        self._to_send: SimpleQueue[bytes | None] = SimpleQueue()
        Thread(target=self._write, name="hdsl-ray-channel", daemon=True).start()

    def processes(self) -> tuple[int, int]:
        """The numbers of the actor's process and of the worker's, on the machine where they are."""
        found: tuple[int, int] = ray.get(self._actor.process.options(concurrency_group="end").remote())
        return found

    def send(self, line: bytes) -> None:
        """Sends a line."""
        self._to_send.put(line)

    def lines(self) -> Iterator[bytes]:
        """The lines that the worker writes."""
        with contextlib.suppress(RayError):
            while lines := ray.get(self._actor.receive.options(concurrency_group="out").remote()):
                yield from lines

    def last_words(self) -> str:
        """What the worker said last, or what Ray says of its actor."""
        return self._words or "the worker of Ray has ended"

    def finish(self) -> None:
        """Tells the worker that nothing more comes."""
        self._to_send.put(None)

    def kill(self) -> None:
        """Ends the worker and its actor."""
        with contextlib.suppress(RayError):
            end = self._actor.last_words.options(concurrency_group="end").remote()
            self._words = ray.get(end, timeout=3.0)
        with contextlib.suppress(RayError):
            ray.get(self._actor.kill.options(concurrency_group="end").remote(), timeout=5.0)
        with contextlib.suppress(RayError):
            ray.kill(self._actor)

    def wait(self, seconds: float) -> bool:
        """Waits for the end of the worker."""
        try:
            waiting = self._actor.wait.options(concurrency_group="end").remote(seconds)
            return bool(ray.get(waiting, timeout=seconds + 1.0))
        except RayError:
            return True

    def _write(self) -> None:
        with contextlib.suppress(RayError):
            while (line := self._to_send.get()) is not None:
                lines = [line]
                with contextlib.suppress(Empty):
                    while len(lines) < _TOGETHER and (more := self._to_send.get_nowait()) is not None:
                        lines.append(more)
                self._actor.send.options(concurrency_group="in").remote(lines)
            self._actor.finish.options(concurrency_group="in").remote()


def ray_pool(name: str, count: int | None) -> Pool:
    """Workers of the Ray that `RAY_ADDRESS` names, or of one that is started here; without a count one a core."""
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False, num_cpus=_own_cores(count))
        except (RayError, OSError, ValueError, ConnectionError, RuntimeError) as error:
            raise WorkerNotStarted(f"Ray cannot be started or reached: {error}") from None
    # Ray prints what it says of lost actors to standard output, where a command prints its JSON; it has no option for
    # that. Why a worker was lost is told by its channel.
    ray._private.worker._worker_logs_enabled = False
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    if count is not None and count > cores:
        raise WorkerNotStarted(f"{name!r} asks for {count} workers, and this Ray has {cores} CPUs")
    return Pool(name, [_open] * (count or cores))


def _own_cores(count: int | None) -> int | None:
    """How many workers a Ray that is started here has room for; one that is there knows it itself."""
    return None if os.environ.get("RAY_ADDRESS") or count is None else count


def _open(folder: Path) -> Channel:
    return RayChannel()

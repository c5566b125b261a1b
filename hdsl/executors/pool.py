"""The engine behind all executors: gives elements to workers, takes each result once, replaces workers that are lost.

Which worker does an element, and in which order they are done, changes nothing of what comes out.
"""

import contextlib
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from hdsl import __version__
from hdsl.executors.channel import Channel, Open
from hdsl.executors.frames import Frame, decode, encode, packed
from hdsl.executors.job import Answer, Done, ElementRaised, Job, WorkerNotStarted, WorkersLost
from hdsl.ground.display import one_line

MOST_LOST, MOST_UNSTARTED = 5, 3
"""How often an element may lose its worker; how often in succession a worker may end before it has said a word."""

GRACE = 5.0
"""Seconds that workers have to end in good order."""

_LOOK_EVERY = 0.1
"""Seconds between two looks at whether a signal has come."""

_MOMENT = 1.0
"""Seconds that a worker that says no more has to end."""


@dataclass(eq=False)
class _Worker:
    number: int
    """Which one it is of all that were started."""
    channel: Channel
    folder: Path
    is_ready: bool = False
    job: int = 0
    """The number of the map that it was set up for."""
    chunks: deque[dict[int, None]] = field(default_factory=deque)
    """The elements that it was given together and has not done; it is at the first ones, until it says it is idle."""


@dataclass(slots=True)
class _Event:
    worker: _Worker
    frame: Frame | None
    """None: the worker has ended."""


class Pool:
    """Workers that `openings` start, one each, when there is something to do; they stay until `close`."""

    def __init__(self, name: str, openings: Sequence[Open]) -> None:
        self.name = name
        self.workers = len(openings)
        self.folder = Path(tempfile.mkdtemp(prefix="hdsl-w-"))
        """Where workers on this machine keep their temporary files; removed by `close`."""
        self._openings: dict[int, Open] = dict(enumerate(openings))
        self._open: dict[int, _Worker] = {}
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._maps = 0
        self._started = 0
        self._unstarted = 0

    def map(
        self, job: Job, elements: Sequence[Any], *, answer: Answer | None = None, done: Done | None = None
    ) -> list[Any]:
        """The results of all elements, in their order; see Executor."""
        if not elements:
            return []
        self._maps += 1
        work = _Map(self._maps, job, elements, answer, done)
        try:
            while work.is_left:
                self._give(work)
                event = self._next_event()
                if event.frame is None:
                    self._lost(event.worker, work)
                else:
                    self._take(event.worker, event.frame, work)
        except BaseException:
            self._stop()
            raise
        return [work.results[number] for number in range(len(elements))]

    def _next_event(self) -> _Event:
        """Waits in slices: of a signal that comes just before the thread sleeps, Python knows only when it wakes."""
        while True:
            with contextlib.suppress(Empty):
                return self._events.get(timeout=_LOOK_EVERY)

    def close(self) -> None:
        """Ends all workers, those that do not end by themselves too, and removes what they left in their folders."""
        workers, self._open = list(self._open.values()), {}
        for worker in workers:
            worker.channel.finish()
        try:
            for worker in workers:
                if worker.chunks or not worker.channel.wait(GRACE):
                    worker.channel.kill()
        except KeyboardInterrupt:
            for worker in workers:
                worker.channel.kill()
            raise
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _give(self, work: "_Map") -> None:
        """Gives elements to each worker that has too few; starts those that are not there."""
        for number, opening in self._openings.items():
            if not work.waiting:
                return
            worker = self._open.get(number) or self._start(number, opening)
            most = 2 if len(work.waiting) > self.workers * work.job.at_once else 1
            while work.waiting and len(worker.chunks) < most:
                self._send(worker, work)

    def _start(self, number: int, opening: Open) -> _Worker:
        self._started += 1
        folder = self.folder / str(self._started)
        try:
            channel = opening(folder)
        except OSError as error:
            raise WorkerNotStarted(f"a worker of {self.name} cannot be started: {error}") from None
        worker = self._open[number] = _Worker(self._started, channel, folder)
        threading.Thread(target=self._listen, args=(worker,), name="hdsl-executor", daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Hands what a worker says to the thread that maps. Before its first frame, a shell may have said something."""
        for line in worker.channel.lines():
            try:
                frame = decode(line)
            except ValueError:
                continue
            self._events.put(_Event(worker, frame))
        self._events.put(_Event(worker, None))

    def _send(self, worker: _Worker, work: "_Map") -> None:
        if worker.job != work.number:
            worker.job = work.number
            worker.channel.send(encode({"map": work.number, "job": work.job.function, "setup": work.setup}))
        numbers = work.chunk(self.workers)
        values = [packed(work.elements[number]) for number in numbers]
        worker.channel.send(encode({"map": work.number, "elements": numbers, "values": values}))
        worker.chunks.append(dict.fromkeys(numbers))

    def _take(self, worker: _Worker, frame: Frame, work: "_Map") -> None:
        match frame:
            case {"hello": version}:
                if version != __version__:
                    told = f"a worker of {self.name} runs hdsl {version}, and this is hdsl {__version__}"
                    raise WorkerNotStarted(f"{told}: install the same there")
                worker.is_ready = True
                self._unstarted = 0
            case {"idle": True}:  # also of the map before, whose last result came just before
                worker.chunks = deque(list(worker.chunks)[1:])
            case {"map": number} if number != work.number:
                return  # of a map that was given up
            case {"done": int(number), "value": value}:
                for chunk in worker.chunks:
                    chunk.pop(number, None)
                self._unstarted = 0
                work.accept(number, value)
            case {"failed": int(number), "error": {"kind": str(kind), "message": str(message), "exit": int(code)}}:
                raise ElementRaised(kind, message, code, number)
            case {"ask": int(number), "value": question}:
                self._answer(worker, work, number, question)

    def _answer(self, worker: _Worker, work: "_Map", number: int, question: Any) -> None:
        if work.answer is None:
            future: Future[Any] = Future()
            future.set_exception(ValueError("this job answers no questions"))
        else:
            future = work.answer(worker.number, question)
        future.add_done_callback(partial(_reply, worker.channel, work.number, number))

    def _lost(self, worker: _Worker, work: "_Map") -> None:
        """A worker has ended before its time: its elements are done again, by another one."""
        number = next((number for number, each in self._open.items() if each is worker), None)
        if number is None:
            return  # it was ended
        del self._open[number]
        worker.channel.wait(_MOMENT)  # what reaches another machine ends after its worker, and then says how that ended
        worker.channel.kill()
        worker.channel.wait(GRACE)
        shutil.rmtree(worker.folder, ignore_errors=True)
        said = one_line(worker.channel.last_words(), 400) or "it said nothing"
        if not worker.is_ready:
            self._unstarted += 1
            if self._unstarted >= MOST_UNSTARTED:
                raise WorkerNotStarted(f"a worker of {self.name} cannot be started: {said}")
        first, *others = worker.chunks or [{}]
        worst = work.lose([*first], [number for chunk in others for number in chunk], counts=worker.is_ready)
        if worst is not None:
            raise WorkersLost(f"element {worst} has lost its worker of {self.name} {MOST_LOST} times: {said}")

    def _stop(self) -> None:
        """Workers give up what they do; those that do not in time are killed."""
        for number in [number for number, each in self._open.items() if not each.is_ready]:
            self._drop(number)  # it has begun nothing
        busy = {id(each): number for number, each in self._open.items() if each.chunks}
        for number in busy.values():
            self._open[number].channel.send(encode({"stop": True, "map": self._maps}))
        ends = monotonic() + GRACE
        try:
            while busy:
                event = self._events.get(timeout=max(0.0, ends - monotonic()))
                frame = event.frame
                if frame is None or ("stopped" in frame and frame.get("map") == self._maps):
                    number = busy.pop(id(event.worker), -1)
                    if number >= 0 and frame is None:
                        self._drop(number)
                    elif number >= 0:
                        event.worker.chunks.clear()
        except Empty:
            pass
        finally:
            for number in busy.values():
                self._drop(number)

    def _drop(self, number: int) -> None:
        worker = self._open.pop(number)
        worker.channel.kill()
        worker.channel.wait(GRACE)
        shutil.rmtree(worker.folder, ignore_errors=True)


class _Map:
    """One job under way."""

    def __init__(
        self, number: int, job: Job, elements: Sequence[Any], answer: Answer | None, done: Done | None
    ) -> None:
        self.number, self.job, self.elements = number, job, elements
        self.answer, self._done = answer, done
        self.setup = packed(job.setup)
        self.waiting: deque[int] = deque(range(len(elements)))
        self.results: dict[int, Any] = {}
        self.losses: dict[int, int] = {}

    @property
    def is_left(self) -> bool:
        """Whether an element is not done."""
        return len(self.results) < len(self.elements)

    def chunk(self, workers: int) -> list[int]:
        """The elements that a worker is given next: fewer as they run out; one that has lost its worker goes alone."""
        first = self.waiting.popleft()
        numbers = [first]
        size = min(self.job.at_once, -(-(len(self.waiting) + 1) // workers))
        while len(numbers) < size and self.waiting and not {first, self.waiting[0]} & self.losses.keys():
            numbers.append(self.waiting.popleft())
        return numbers

    def accept(self, number: int, value: Any) -> None:
        """Takes a result, the first one of each element."""
        if number not in self.results and 0 <= number < len(self.elements):
            self.results[number] = value
            if self._done is not None:
                self._done(number, value)

    def lose(self, begun: Sequence[int], others: Sequence[int], *, counts: bool) -> int | None:
        """Elements whose worker is lost are done again, before the rest; one that has lost too many, if there is one.

        `counts`: whether those that were begun may be why it was lost.
        """
        lost = [number for number in begun if number not in self.results]
        for number in lost if counts else ():
            self.losses[number] = self.losses.get(number, 0) + 1
        self.waiting.extendleft(reversed([*lost, *(number for number in others if number not in self.results)]))
        return next((number for number in lost if self.losses.get(number, 0) >= MOST_LOST), None)


def _reply(channel: Channel, serial: int, number: int, future: "Future[Any]") -> None:
    """Sends an answer, or why there is none; nothing where nobody waits for it any more."""
    if future.cancelled():
        return
    error = future.exception()
    frame: Frame = {"map": serial, "answer": number}
    if error is None:
        frame["value"] = packed(future.result())
    else:
        code = getattr(error, "exit_code", 3)
        frame["error"] = {"kind": type(error).__name__, "message": str(error), "exit": code}
    with contextlib.suppress(OSError):
        channel.send(encode(frame))

"""A worker: reads elements from its standard input, writes their results to its standard output, and ends with it.

What the functions of a job print goes to standard error. An executor starts it: `python -m hdsl.executors.worker`.
"""

import contextlib
import importlib
import itertools
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future, InvalidStateError
from queue import SimpleQueue
from typing import Any, BinaryIO

from hdsl import __version__
from hdsl.executors.frames import Frame, decode, encode, unpacked
from hdsl.executors.job import AskFailed, Run
from hdsl.ground.errors import HdslError
from hdsl.ground.process import hide_environment, refuse_inspection

GRACE = 5.0
"""Seconds that a worker whose executor is gone has to close what it has open."""


def main() -> None:
    """Works until standard input ends."""
    hide_environment()
    refuse_inspection()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # even where who started this ignores it
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    source = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - what is started from here reads no frames
        os.dup2(nothing.fileno(), 0)
    worker = _Worker()
    worker.greet(output)
    writing = threading.Thread(target=worker.write, args=(output,), name="hdsl-results", daemon=True)
    writing.start()
    threading.Thread(target=worker.read, args=(source,), name="hdsl-frames", daemon=True).start()
    worker.work()
    worker.end()
    writing.join(GRACE)
    sys.stderr.flush()
    os._exit(0)


_PAUSE = 0.02


class _Worker:
    def __init__(self) -> None:
        self._frames: SimpleQueue[Frame | None] = SimpleQueue()
        self._output: SimpleQueue[bytes | None] = SimpleQueue()
        self._asked: dict[int, Future[Any]] = {}
        self._numbers = itertools.count()
        self._is_busy = False
        self._map = 0

    def greet(self, output: BinaryIO) -> None:
        """Says that it is there, before it takes anything: what ends it from now on was what it was given."""
        self._send({"hello": __version__, "process": os.getpid()})
        _write(output, self._output.get() or b"")

    def work(self) -> None:
        """Does what is sent, in its order."""
        run: Run | None = None
        while True:
            number = -1
            try:
                frame = self._frames.get()
                if frame is None:
                    break
                self._is_busy = True
                match frame:
                    case {"stop": True}:
                        self._send({"stopped": True})
                    case {"job": function, "setup": setup}:
                        self._map = frame["map"]
                        _close(run)
                        run = None
                        run = _function(function)(unpacked(setup), self.ask)
                    case {"elements": numbers, "values": values}:
                        number = numbers[0]
                        self._do(run, numbers, [unpacked(value) for value in values])
                self._is_busy = False
            except KeyboardInterrupt:
                self._is_busy = False
                self._send({"stopped": True})
            except BaseException as error:
                self._is_busy = False
                self._send({"failed": number, "error": _told(error)})
        _close(run)

    def _do(self, run: Run | None, numbers: list[int], values: list[Any]) -> None:
        if run is None:
            raise HdslError("the job was not set up")
        for position, result in run(values):
            self._send({"done": numbers[position], "value": result})
        self._send({"idle": True})

    def ask(self, question: Any) -> "Future[Any]":
        """Puts a question to who started the job, from any thread."""
        future: Future[Any] = Future()
        number = next(self._numbers)
        self._asked[number] = future
        self._send({"ask": number, "value": question})
        return future

    def read(self, source: BinaryIO) -> None:
        """Takes frames until there are no more; then this process ends, whatever it does."""
        for line in source:
            frame = decode(line)
            match frame:
                case {"answer": number}:
                    with contextlib.suppress(InvalidStateError):  # nobody waits for it any more
                        _settle(self._asked.pop(number), frame)
                case {"stop": True}:
                    self._map = frame["map"]
                    self._interrupt()
                    self._frames.put(frame)
                case _:
                    self._frames.put(frame)
        self._interrupt()
        ends = time.monotonic() + GRACE
        while time.monotonic() < ends:
            self._frames.put(None)  # more than once: the signal may take the place of what was just taken
            time.sleep(_PAUSE)
        os._exit(1)

    def _interrupt(self) -> None:
        """What is done now is given up, and what waits is not begun."""
        while not self._frames.empty():
            self._frames.get()
        if self._is_busy:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def write(self, output: BinaryIO) -> None:
        """Writes what was sent. In a thread of its own: a signal must not cut a line in two."""
        while (line := self._output.get()) is not None:
            _write(output, line)

    def end(self) -> None:
        """Nothing more is sent."""
        self._output.put(None)

    def _send(self, frame: Frame) -> None:
        self._output.put(encode({**frame, "map": self._map}))


def _write(output: BinaryIO, line: bytes) -> None:
    view = memoryview(line)
    try:
        while view:
            view = view[output.write(view) :]
    except OSError:
        os._exit(1)  # who reads is gone


def _close(run: Run | None) -> None:
    """Lets go of what a job has open, if it has anything."""
    with contextlib.suppress(Exception):
        getattr(run, "close", _nothing)()


def _nothing() -> None:
    pass


def _settle(future: "Future[Any]", frame: Frame) -> None:
    error = frame.get("error")
    if error is None:
        future.set_result(unpacked(frame["value"]))
    else:
        future.set_exception(AskFailed(error["kind"], error["message"], error["exit"]))


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _told(error: BaseException) -> dict[str, Any]:
    code = getattr(error, "exit_code", None)
    known = isinstance(error, HdslError | AskFailed)
    message = str(error) if known else f"{type(error).__name__}: {error}"
    kind = error.kind if isinstance(error, AskFailed) else type(error).__name__
    return {"kind": kind, "message": message, "exit": code if isinstance(code, int) else 3}


if __name__ == "__main__":
    main()

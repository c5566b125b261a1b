"""The door of a recorder: named pipes in a folder, at which hooks and routed commands ask.

A line in the pipe `requests` says who asks: `hook PLACE` for an event of an agent, `run PLACE PARENT CALL` for a
command that was announced, `wrap PLACE PARENT INPUT` for one that a program gave to its shell. Everything else goes
through the pipes of that place, which only the one who asks has opened. So a short shell script can ask, in a few
milliseconds, and nothing of it is ever on a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hdsl.capture.events import Reply
from hdsl.capture.fifos import Inflow, Outflow, make_fifo, open_both, open_reading, open_writing
from hdsl.capture.handing import Handing
from hdsl.capture.recorder import Recorder, Request
from hdsl.capture.scripts import PLACES
from hdsl.capture.shell import Streams
from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError

REQUESTS = "requests"
_LINE = re.compile(r"(hook|run|wrap) (\d{1,4})(?: (\d+) ([A-Za-z0-9_.:-]{1,200}))?")
_FOLDER_FILE = re.compile(rb"pwd -P >\| (/\S*/claude-[\w-]+-cwd)\0*\Z")
_PIPES = ("in", "out", "err", "end", "given")
_MOST_WAITING = 1 << 20
_LARGEST_EVENT = 64 << 20
_FREED_WITHIN = 0.05
"""Seconds after which a place is made anew: not between a command and its hooks, which would wait for that."""
_ASKED_WITHIN = 60.0
"""Seconds after which who has taken a place and asked nothing is gone."""
LOST = 125
"""The exit status of a command that could not be run in the pane."""


class Events(Protocol):
    """Who answers."""

    def handle(self, event: Mapping[str, Any]) -> Reply:
        """The answer to an event of the agent."""

    def taken(self, call: str) -> Request | None:
        """The command of a call that was announced, once."""

    def wrapped(self, call: str, folder: str, command: str, exports: str) -> Request:
        """A command that a program gave to what it takes for its shell."""


class Service:
    """Answers at the door until it is closed."""

    def __init__(self, folder: Path, recorder: Recorder, events: Events) -> None:
        self._folder = folder
        self._recorder = recorder
        self._events = events
        self._rest = b""
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._requests: Inflow | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._paths: dict[tuple[str, str], Path] = {}
        self._used: list[tuple[str, Sequence[str]]] = []
        self._freeing: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begins to answer."""
        for place in range(1, PLACES + 1):
            self._make(str(place))
        self._requests = Inflow(open_both(make_fifo(self._folder / REQUESTS)), self._asked)
        self._reclaim()

    def _reclaim(self) -> None:
        """Makes places free again that somebody took who is gone without asking."""
        oldest = time.time() - _ASKED_WITHIN
        for place in range(1, PLACES + 1):
            with contextlib.suppress(OSError):
                if self._pipe(str(place), "busy").stat().st_mtime < oldest:
                    self._make(str(place))
        self._timer = asyncio.get_running_loop().call_later(_ASKED_WITHIN, self._reclaim)

    def close(self) -> None:
        """Answers no more."""
        for timer in (self._timer, self._freeing):
            if timer is not None:
                timer.cancel()
        if self._requests is not None:
            self._requests.close()
        for task in self._tasks:
            task.cancel()

    def _asked(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            found = _LINE.fullmatch(line.decode("utf-8", "replace"))
            if found is None:
                continue
            name = found[2]
            match found[1]:
                case "hook":
                    work = self._hook(name)
                case "run":
                    work = self._run(name, int(found[3] or 0), found[4] or "")
                case _:
                    work = self._wrap(name, has_input=found[4] == "1")
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _pipe(self, name: str, end: str) -> Path:
        found = self._paths.get((name, end))
        if found is None:
            found = self._paths[name, end] = self._folder / f"{name}.{end}"
        return found

    async def _hook(self, name: str) -> None:
        """Reads an event up to its NUL, and replies: a line with an exit status and the size of a text, and that."""
        with contextlib.suppress(OSError):
            answer = Outflow(open_writing(self._pipe(name, "out")))
            (event,) = await _fields(open_reading(self._pipe(name, "in")), 1)
            reply = self._answer(event)
            text = reply.text.encode("utf-8", "replace").replace(b"\0", b"")
            answer.write(f"{reply.status} {len(text)}\n".encode() + text)
            answer.close()
            self._free_soon(name, "in", "out")

    def _answer(self, event: str) -> Reply:
        try:
            value = json.loads(event)
        except (ValueError, RecursionError):
            return Reply(2, "the event of the hook is not JSON")
        if not isinstance(value, dict):
            return Reply(2, "the event of the hook is not an object")
        try:
            return self._events.handle(value)
        except (HdslError, OSError) as error:
            return Reply(2, str(error))

    async def _run(self, name: str, parent: int, call: str) -> None:
        """Runs the command of a call: what it prints goes to the pipe `out`, how it ended to `end`."""
        with contextlib.suppress(OSError):
            output = Outflow(open_writing(self._pipe(name, "out")), lambda: self._recorder.release(call))
            ending = Outflow(open_writing(self._pipe(name, "end")))
            alive = open_reading(self._pipe(name, "in"))
            ending.write(b"ready\n")
            handing = Handing(output, ending)
            self._free_soon(name, "in", "out", "end")
            request = self._events.taken(call)
            status = LOST
            if request is None:
                os.close(alive)
                handing.take(b"hdsl capture: this command was not announced by the hook, or ran before\n")
            else:
                streams = Streams(self._into(output, handing.take, call))
                status = await self._run_in_pane(request, streams, parent, alive, handing.take)
            handing.end(status)

    async def _run_in_pane(
        self, request: Request, streams: Streams, parent: int, alive: int, say: Callable[[bytes], None]
    ) -> int:
        watch = Inflow(alive, lambda data: None, lambda: self._left(request.call))
        try:
            ended = await self._recorder.run(request, streams)
        except (HdslError, OSError) as error:
            say(f"hdsl capture: {one_line(str(error))}\n".encode())
            return LOST
        finally:
            watch.close()
        if ended.folder != request.folder:
            _tell_folder(parent, ended.folder)
        return ended.status

    async def _wrap(self, name: str, *, has_input: bool) -> None:
        """Runs a command that is read from `in`, behind its folder and before its variables; errors go to `err`."""
        with contextlib.suppress(OSError):
            self._count += 1
            call = f"call_{self._count}"
            output, errors = (
                Outflow(open_writing(self._pipe(name, end)), lambda: self._recorder.release(call))
                for end in ("out", "err")
            )
            ending = Outflow(open_writing(self._pipe(name, "end")))
            alive = os.dup(told := open_reading(self._pipe(name, "in")))
            ending.write(b"ready\n")
            folder, command, exports = await _fields(told, 3)
            given = self._folder / f"given-{self._count}"
            if has_input:
                self._pipe(name, "given").rename(given)
            self._make(name)
            request = self._events.wrapped(call, folder, command, exports)
            streams = Streams(
                self._into(output, output.write, call),
                self._into(errors, errors.write, call),
                str(given) if has_input else os.devnull,
            )
            status = await self._run_in_pane(request, streams, 0, alive, errors.write)
            given.unlink(missing_ok=True)
            ending.write(f"{status}\n".encode())
            ending.close()
            for flow in (output, errors):
                flow.close()

    def _into(self, output: Outflow, take: Callable[[bytes], None], call: str) -> Callable[[bytes], None]:
        def write(data: bytes) -> None:
            take(data)
            if output.waiting > _MOST_WAITING:
                self._recorder.hold(call)

        return write

    def _left(self, call: str) -> None:
        """Whoever asked for a command is gone: it is ended."""
        task = asyncio.get_running_loop().create_task(self._recorder.interrupt(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _free_soon(self, place: str, *ends: str) -> None:
        """Makes the pipes of a place anew when there is time: until then, whoever asks takes another."""
        self._used.append((place, ends))
        if self._freeing is None:
            self._freeing = asyncio.get_running_loop().call_later(_FREED_WITHIN, self._free)

    def _free(self) -> None:
        self._freeing = None
        used, self._used = self._used, []
        with contextlib.suppress(OSError):
            for place, ends in used:
                self._make(place, ends)

    def _make(self, place: str, ends: Sequence[str] = _PIPES) -> None:
        """Makes the pipes of a place anew, for the next who asks; those that are open stay with who has them."""
        for end in ends:
            self._pipe(place, end).unlink(missing_ok=True)
            make_fifo(self._pipe(place, end))
        self._pipe(place, "busy").unlink(missing_ok=True)


async def _fields(descriptor: int, count: int) -> list[str]:
    """The first fields that are written to a pipe, each ended by a NUL; those that did not come are empty."""
    whole: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    data = bytearray()

    def took(more: bytes) -> None:
        data.extend(more)
        if (data.count(b"\0") >= count or len(data) > _LARGEST_EVENT) and not whole.done():
            whole.set_result(None)

    flow = Inflow(descriptor, took, lambda: None if whole.done() else whole.set_result(None))
    try:
        await whole
    finally:
        flow.close()
    fields = data.decode("utf-8", "surrogateescape").split("\0")[:count]
    return [*fields, *([""] * (count - len(fields)))]


def _tell_folder(shell: int, folder: str) -> None:
    """Tells Claude Code where the shell is now, as its own shell does: in the file that its command line ends with."""
    try:
        found = _FOLDER_FILE.search(Path(f"/proc/{shell}/cmdline").read_bytes())
        if found is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(os.fsdecode(found[1]), flags, 0o600), "wb") as file:
            file.write(os.fsencode(folder) + b"\n")
    except OSError:
        return

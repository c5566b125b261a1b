"""The door of a recorder: named pipes in a folder, at which hooks and routed commands ask.

A line in the pipe `requests` says who asks: `hook NAME` for an event of an agent, `run NAME PARENT CALL` for a command
that was announced. NAME begins the names of pipes that the one who asks has made, and from which everything else is
read. So a shell script of a few lines can ask, in a few milliseconds, and nothing of it is ever on a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from hdsl.capture.claude_events import Reply
from hdsl.capture.fifos import Inflow, Outflow, make_fifo, open_both, open_reading, open_writing
from hdsl.capture.places import OWNER
from hdsl.capture.recorder import Recorder, Request
from hdsl.ground.errors import HdslError

REQUESTS = "requests"
_LINE = re.compile(r"(hook|run) ([a-z]\.\d+\.\d+)(?: (\d+) ([A-Za-z0-9_.:-]{1,200}))?")
_FOLDER_FILE = re.compile(rb"pwd -P >\| (/\S*/claude-[\w-]+-cwd)\0*\Z")
_MOST_WAITING = 1 << 20
_LARGEST_EVENT = 64 << 20
LOST = 125
"""The exit status of a command that could not be run in the pane."""


class Events(Protocol):
    """Who answers."""

    def handle(self, event: Mapping[str, Any]) -> Reply:
        """The answer to an event of the agent."""

    def taken(self, call: str) -> Request | None:
        """The command of a call that was announced, once."""


class Service:
    """Answers at the door until it is closed."""

    def __init__(self, folder: Path, recorder: Recorder, events: Events) -> None:
        self._folder = folder
        self._recorder = recorder
        self._events = events
        self._rest = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._requests: Inflow | None = None

    def open(self) -> None:
        """Begins to answer."""
        self._requests = Inflow(open_both(make_fifo(self._folder / REQUESTS)), self._asked)
        (self._folder / OWNER).write_text(f"{os.getpid()}\n")

    def close(self) -> None:
        """Answers no more."""
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
            work = self._hook(name) if found[1] == "hook" else self._run(name, int(found[3] or 0), found[4] or "")
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _pipe(self, name: str, end: str) -> Path:
        return self._folder / f"{name}.{end}"

    async def _hook(self, name: str) -> None:
        """Reads an event up to its NUL, and writes the reply: a digit, which is the exit status, and a text."""
        with contextlib.suppress(OSError):
            answer = Outflow(open_writing(self._pipe(name, "out")))
            event = await _until_nul(open_reading(self._pipe(name, "in")))
            self._forget(name, "in", "out")
            reply = self._answer(event)
            answer.write(f"{reply.status}{reply.text}".encode("utf-8", "replace").replace(b"\0", b"") + b"\0")
            answer.close()

    def _answer(self, event: bytes) -> Reply:
        try:
            value = json.loads(event.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return Reply(2, "the event of the hook is not JSON")
        if not isinstance(value, dict):
            return Reply(2, "the event of the hook is no object")
        try:
            return self._events.handle(value)
        except (HdslError, OSError) as error:
            return Reply(2, str(error))

    async def _run(self, name: str, parent: int, call: str) -> None:
        """Runs the command of a call: its output goes to the pipe `out`, its exit status to `end`."""
        with contextlib.suppress(OSError):
            output = Outflow(open_writing(self._pipe(name, "out")))
            ending = Outflow(open_writing(self._pipe(name, "end")))
            alive = open_reading(self._pipe(name, "in"))
            self._forget(name, "in", "out", "end")
            ending.write(b"ready\n")
            request = self._events.taken(call)
            status = LOST
            if request is None:
                Inflow(alive, lambda data: None).close()
                output.write(b"hdsl capture: this command was not announced by the hook, or ran before\n")
            else:
                watch = Inflow(alive, lambda data: None, lambda: self._left(call))
                try:
                    ended = await self._recorder.run(request, output.write)
                    status = ended.status
                    _tell_folder(parent, ended.folder)
                except HdslError as error:
                    output.write(f"hdsl capture: {error}\n".encode())
                finally:
                    watch.close()
            ending.write(f"{status}\n".encode())
            ending.close()
            output.close()

    def _left(self, call: str) -> None:
        """Whoever asked for a command is gone: it is ended."""
        task = asyncio.get_running_loop().create_task(self._recorder.interrupt(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, name: str, *ends: str) -> None:
        for end in ends:
            self._pipe(name, end).unlink(missing_ok=True)


async def _until_nul(descriptor: int) -> bytes:
    """What is written to a pipe up to a NUL, or to its end."""
    whole: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    data = bytearray()

    def took(more: bytes) -> None:
        data.extend(more)
        if (b"\0" in more or len(data) > _LARGEST_EVENT) and not whole.done():
            whole.set_result(None)

    flow = Inflow(descriptor, took, lambda: None if whole.done() else whole.set_result(None))
    try:
        await whole
    finally:
        flow.close()
    return bytes(data.partition(b"\0")[0])


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

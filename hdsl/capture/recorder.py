"""Records what is done in the shells of one agent or person: a journal, the steps as ATIF, the pane as an asciicast."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hdsl.capture.cast import CastWriter
from hdsl.capture.journal import JOURNAL, Journal, texts_in
from hdsl.capture.leaks import values_that_leak
from hdsl.capture.panes import Panes
from hdsl.capture.shell import Ended, PaneShell, State
from hdsl.capture.steps import MAIN, write_steps
from hdsl.ground.secrets import secret_values
from hdsl.sessions.opening import PANE
from hdsl.sessions.redaction import Scrubber

HEAD, TAIL = 20_000, 10_000
"""Characters that are kept of the beginning and of the end of an output."""
_MOST_SHOWN = 1 << 18
"""Bytes of an output that the pane shows."""
_SCREEN_LINES = 30
_PAUSE, _SHARE = 0.5, 20
"""The steps are written at most this often, and at most this share of the time."""


@dataclass(slots=True)
class Output:
    """What a command has printed: its beginning, its end and how much there was."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    size: int = 0

    def add(self, data: bytes) -> None:
        """Takes in more."""
        self.size += len(data)
        room = 4 * HEAD - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[max(0, room) :])[-4 * TAIL :] if len(data) > room else self.tail

    def text(self) -> tuple[str, int]:
        """The text, and how many characters of it are left out (of what was not kept, bytes)."""
        lost = self.size - len(self.head) - len(self.tail)
        if not lost:
            whole = (self.head + self.tail).decode("utf-8", "replace")
            return _shortened(whole)
        head, tail = self.head.decode("utf-8", "replace")[:HEAD], self.tail.decode("utf-8", "replace")[-TAIL:]
        left_out = lost + len(self.head) + len(self.tail) - len(head) - len(tail)
        return _joined(head, tail, left_out), left_out


@dataclass(frozen=True, slots=True)
class Request:
    """A command that is to be run: the agent's own words for the call, and the shell that it belongs to.

    `folder`: where it is to run if the shell is elsewhere. In the background it gets a shell of its own.
    """

    call: str
    command: str
    tool: str
    arguments: Mapping[str, Any]
    shell: str = MAIN
    folder: str = ""
    is_in_background: bool = False
    is_kept: bool = True
    """Whether it is recorded: the trial at the start of a session is not."""


class Recorder:
    """One capture, in a folder of its own. Everything is clean of secrets before it is written."""

    def __init__(
        self,
        identity: str,
        kept: Path,
        files: Path,
        folder: str,
        environment: Mapping[str, str],
        terminal: str = "dumb",
        goal: str = "",
    ) -> None:
        self.identity = identity
        self.kept = kept
        self._files = files
        self._folder = folder
        self._terminal = terminal
        self._scrub = Scrubber((), secret_values(environment))
        self.journal = Journal(kept / JOURNAL, self._scrub)
        self._panes = Panes(environment, self._wrote, self._server_lost)
        self._scrub.learn([goal])
        self._goal = goal
        header: dict[str, Any] = {
            "term": {"cols": self._panes.columns, "rows": self._panes.rows, "type": "screen-256color"},
            "timestamp": int(time.time()),
            **({"title": self._scrub(goal)} if goal else {}),
        }
        self._cast = CastWriter(kept / PANE, self._scrub, header)
        self._cast_pane = ""
        self._shells: dict[str, PaneShell] = {}
        self._opened = 0
        self._opening = asyncio.Lock()
        self._screen: dict[str, list[str]] = {}
        self._running: dict[str, PaneShell] = {}
        self._writing: asyncio.TimerHandle | None = None
        self._pause = _PAUSE
        self._is_closed = False

    async def start(self, **about: Any) -> None:
        """Starts the shells' server and begins the journal."""
        await self._panes.start()
        self.journal.add("session", folder=self._folder, **about)
        if self._goal:
            self.prompt(self._goal)

    @property
    def socket(self) -> Path:
        """Where a person can look on: `tmux -S SOCKET attach -r`."""
        return self._panes.socket

    def prompt(self, text: str) -> None:
        """A person has asked for something."""
        self._learn(text)
        self.journal.add("prompt", text=text)
        self._write_soon()

    def note(self, text: str) -> None:
        """Something about the capture that whoever reads it should know."""
        self.journal.add("note", text=text)
        self._write_soon()

    def called(
        self, call: str, tool: str, arguments: Mapping[str, Any], output: str, *, is_error: bool, shell: str
    ) -> None:
        """The agent has used a tool that is no shell."""
        self._learn(dict(arguments), output)
        shown, left_out = _shortened(output)
        facts = {"call": call, "tool": tool, "input": dict(arguments), "output": shown, "shell": shell}
        self.journal.add("call", **facts, is_error=is_error, left_out=left_out)
        self._write_soon()

    def said(self, words: Mapping[str, str]) -> None:
        """The agent's words before calls, by call."""
        known = {event["call"] for event in self.journal.events if event["event"] == "said"}
        calls = {event["call"] for event in self.journal.events if event["event"] in ("begin", "call")}
        self._learn(*words.values())
        for call, text in words.items():
            if call in calls and call not in known and text.strip():
                self.journal.add("said", call=call, text=text)
        self._write_soon()

    async def run(self, request: Request, took: Callable[[bytes], None]) -> Ended:
        """Runs a command in the pane of its shell, and records it."""
        shell = await self._shell_for(request)
        self._running[request.call] = shell
        try:
            return await self._run(shell, request, took)
        finally:
            del self._running[request.call]
            if request.is_in_background:
                await shell.close()

    async def interrupt(self, call: str) -> None:
        """Ends a command that runs."""
        shell = self._running.get(call)
        if shell is not None:
            await shell.interrupt()

    async def close(self) -> None:
        """Ends everything that runs, and writes the steps."""
        if self._is_closed:
            return
        self._is_closed = True
        for shell in self._shells.values():
            await shell.close()
        await self._panes.close()
        self._cast.close()
        self._write()
        self.journal.close()

    async def _run(self, shell: PaneShell, request: Request, took: Callable[[bytes], None]) -> Ended:
        output, began = Output(), time.monotonic()
        window = shell.window
        assert window is not None

        def take(data: bytes) -> None:
            took(data)
            if request.is_kept:
                if output.size < _MOST_SHOWN:
                    window.screen.write(data[: _MOST_SHOWN - output.size])
                output.add(data)

        if request.is_kept:
            self._begin(shell, request)
        ended = await shell.run(request.command, take, request.folder)
        if request.is_kept:
            seconds = round(time.monotonic() - began, 3)
            # Behind the answer to whoever waits for the command.
            asyncio.get_running_loop().call_soon(self._end, shell, request, ended, output, seconds)
        return ended

    def _begin(self, shell: PaneShell, request: Request) -> None:
        self._learn(dict(request.arguments), request.command)
        screen = "\n".join(self._screen.get(request.shell, [])[-_SCREEN_LINES:])
        facts = {"call": request.call, "tool": request.tool, "input": dict(request.arguments)}
        where = request.folder or shell.state.folder
        self.journal.add("begin", **facts, command=request.command, shell=request.shell, folder=where, screen=screen)
        shown = "\n> ".join(request.command.split("\n"))
        assert shell.window is not None
        shell.window.screen.write(f"\x1b]133;A\x07$ \x1b]133;B\x07{shown}\x1b]133;C\x07\n".encode("utf-8", "replace"))

    def _end(self, shell: PaneShell, request: Request, ended: Ended, output: Output, seconds: float) -> None:
        text, left_out = output.text()
        self._learn(text, environment=shell.variables())
        facts = {"call": request.call, "output": text, "left_out": left_out, "status": ended.status}
        self.journal.add("end", **facts, seconds=seconds, folder=ended.folder, is_fresh=ended.is_fresh)
        lines = self._screen.setdefault(request.shell, [])
        lines += (
            [f"$ {request.command}", *text.rstrip("\n").split("\n")][-_SCREEN_LINES:]
            if text
            else [f"$ {request.command}"]
        )
        del lines[:-_SCREEN_LINES]
        if shell.window is not None and not self._is_closed:
            cut = f"\n[{output.size - _MOST_SHOWN} more bytes]" if output.size > _MOST_SHOWN else ""
            newline = "" if not output.size or text.endswith("\n") else "\n"
            shell.window.screen.write(f"{cut}{newline}\x1b]133;D;{ended.status}\x07".encode())
        self._write_soon()

    async def _shell_for(self, request: Request) -> PaneShell:
        async with self._opening:
            shell = self._shells.get(request.shell)
            if shell is None:
                shell = self._shells[request.shell] = await self._open(State(request.folder or self._folder))
            if request.is_in_background:
                return await self._open(replace(shell.state))
            return shell

    async def _open(self, state: State) -> PaneShell:
        self._opened += 1
        shell = PaneShell(self._panes, self._files / f"shell-{self._opened}", state, self._terminal)
        await shell.start()
        if not self._cast_pane and shell.window is not None:
            self._cast_pane = shell.window.pane
        return shell

    def _wrote(self, pane: str, data: bytes) -> None:
        if not self._is_closed and pane == (self._cast_pane or pane):
            self._cast.wrote(data)

    def _server_lost(self) -> None:
        for shell in (*self._shells.values(), *self._running.values()):
            shell.lose("the tmux server of this capture has ended")

    def _learn(self, *values: Any, environment: Mapping[str, str] | None = None) -> None:
        """Takes in what may give away secrets; what was written before it was known is written anew."""
        texts = [text for value in values for text in texts_in(value)]
        is_new = self._scrub.learn(texts)
        is_new |= self._scrub.hide(secret_values(environment or {}))
        is_new |= self._scrub.hide(values_that_leak("\n".join(texts)))
        if is_new:
            self.journal.rewrite()
            self._cast.rewrite()

    def _write_soon(self) -> None:
        if self._writing is None and not self._is_closed:
            self._writing = asyncio.get_running_loop().call_later(self._pause, self._write)

    def _write(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        began = time.monotonic()
        with contextlib.suppress(OSError):
            write_steps(self.kept, self.identity, self.journal.events)
        self._pause = max(_PAUSE, _SHARE * (time.monotonic() - began))


def _shortened(text: str) -> tuple[str, int]:
    left_out = max(0, len(text) - HEAD - TAIL)
    return (_joined(text[:HEAD], text[-TAIL:], left_out), left_out) if left_out else (text, 0)


def _joined(head: str, tail: str, left_out: int) -> str:
    return f"{head}\n[{left_out:,} characters are left out here]\n{tail}"

"""Runs the commands of an agent in panes of tmux, and has what they do kept."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hdsl.capture.keeper import HEAD, TAIL, Keeper, joined, shortened
from hdsl.capture.panes import COLUMNS, ROWS, Panes
from hdsl.capture.shell import Ended, PaneShell, State, Streams
from hdsl.capture.steps import MAIN

_MOST_SHOWN = 1 << 18
"""Bytes of an output that the pane shows."""
_PATIENCE = 3.0
"""Seconds that a command waits for the one before it."""


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

    @property
    def ends_line(self) -> bool:
        """Whether a newline was printed last."""
        return (self.tail or self.head).endswith(b"\n")

    def text(self) -> tuple[str, int]:
        """The text, and how many characters of it are left out (of what was not kept, bytes)."""
        lost = self.size - len(self.head) - len(self.tail)
        if not lost:
            whole = (self.head + self.tail).decode("utf-8", "replace")
            return shortened(whole)
        head, tail = self.head.decode("utf-8", "replace")[:HEAD], self.tail.decode("utf-8", "replace")[-TAIL:]
        left_out = lost + len(self.head) + len(self.tail) - len(head) - len(tail)
        return joined(head, tail, left_out), left_out


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
    is_apart: bool = False
    """Whether it leaves the shell as it was: it runs in a subshell, in its folder, with the variables of `exports`."""
    exports: str = ""

    @property
    def recorded(self) -> str:
        """The command as it is recorded."""
        return str(self.arguments.get("command", self.command))


class Recorder:
    """One agent's shells in a tmux server of their own, and what is kept of what they do."""

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
        self.keeper = Keeper(identity, kept, environment, (COLUMNS, ROWS), goal)
        self._files = files
        self._folder = folder
        self._terminal = terminal
        self._panes = Panes(environment, self._wrote, self._server_lost)
        self._cast_pane = ""
        self._shells: dict[str, PaneShell] = {}
        self._opened = 0
        self._opening = asyncio.Lock()
        self._running: dict[str, PaneShell] = {}
        self._is_closed = False

    async def start(self, **about: str) -> None:
        """Starts the shells' server and begins the capture."""
        await self._panes.start()
        self.keeper.begin(self._folder, about)

    async def run(self, request: Request, streams: Streams) -> Ended:
        """Runs a command in the pane of its shell, and records it."""
        shell = await self._shell_for(request)
        self._running[request.call] = shell
        try:
            return await self._run(shell, request, streams)
        finally:
            del self._running[request.call]
            if shell not in self._shells.values() and shell not in self._running.values():
                await shell.close()

    def hold(self, call: str) -> None:
        """Lets a command wait with its output until `release`."""
        if call in self._running:
            self._running[call].hold()

    def release(self, call: str) -> None:
        """Takes the output of a command again."""
        if call in self._running:
            self._running[call].release()

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
        self.keeper.close()

    async def _run(self, shell: PaneShell, request: Request, streams: Streams) -> Ended:
        if not request.is_kept:
            return await shell.run(request.command, streams, request.folder)
        output, began = Output(), time.monotonic()

        def keep(data: bytes) -> None:
            if output.size < _MOST_SHOWN:
                _show(shell, data[: _MOST_SHOWN - output.size])
            output.add(data)

        folder = request.folder or shell.state.folder
        call, command = request.call, request.recorded
        self.keeper.began(call, request.tool, request.arguments, command, request.shell, folder)
        shown = "\n> ".join(command.split("\n"))
        _show(shell, f"\x1b]133;A\x07$ \x1b]133;B\x07{shown}\x1b]133;C\x07\n".encode("utf-8", "replace"))
        errors = streams.took_errors
        kept = Streams(_both(streams.took, keep), errors and _both(errors, keep), streams.given)
        ended = await shell.run(_as_run(request), kept, "" if request.is_apart else request.folder)
        seconds = round(time.monotonic() - began, 3)
        # Behind the answer to whoever waits for the command.
        asyncio.get_running_loop().call_soon(self._end, shell, request, ended, output, seconds)
        return ended

    def _end(self, shell: PaneShell, request: Request, ended: Ended, output: Output, seconds: float) -> None:
        if self._is_closed:
            return
        facts = {"status": ended.status, "seconds": seconds, "folder": ended.folder, "is_fresh": ended.is_fresh}
        variables = {} if request.is_apart else shell.variables()
        self.keeper.ended(request.call, request.recorded, request.shell, output.text(), variables, **facts)
        cut = f"\n[{output.size - _MOST_SHOWN} more bytes]\n" if output.size > _MOST_SHOWN else ""
        newline = "" if cut or not output.size or output.ends_line else "\n"
        _show(shell, f"{cut}{newline}\x1b]133;D;{ended.status}\x07".encode())

    async def _shell_for(self, request: Request) -> PaneShell:
        async with self._opening:
            shell = self._shells.get(request.shell)
            if shell is None:
                shell = self._shells[request.shell] = await self._open(State(request.folder or self._folder))
            if request.is_in_background:
                return await self._open(replace(shell.state))
            if not await shell.is_free(_PATIENCE):
                # What runs in it may be a server that nobody will end: it goes on beside the new one.
                shell = self._shells[request.shell] = await self._open(replace(shell.state))
                self._cast_pane = self._pane_of(MAIN)
            return shell

    async def _open(self, state: State) -> PaneShell:
        self._opened += 1
        shell = PaneShell(self._panes, self._files / f"shell-{self._opened}", state, self._terminal)
        await shell.start()
        if not self._cast_pane and shell.window is not None:
            self._cast_pane = shell.window.pane
        return shell

    def _pane_of(self, name: str) -> str:
        shell = self._shells.get(name)
        return self._cast_pane if shell is None or shell.window is None else shell.window.pane

    def _wrote(self, pane: str, data: bytes) -> None:
        if pane == (self._cast_pane or pane):
            self.keeper.shown(data)

    def _server_lost(self) -> None:
        for shell in (*self._shells.values(), *self._running.values()):
            shell.lose("the tmux server of this capture has ended")


def _show(shell: PaneShell, data: bytes) -> None:
    if shell.window is not None:
        shell.window.screen.write(data)


def _both(first: Callable[[bytes], None], second: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def both(data: bytes) -> None:
        first(data)
        second(data)

    return both


def _as_run(request: Request) -> str:
    """The command as the shell is given it."""
    if not request.is_apart:
        return request.command
    exports = f"builtin eval {shlex.quote(request.exports)} 2> /dev/null\n" if request.exports else ""
    there = f"builtin cd -- {shlex.quote(request.folder)} || exit"
    return f"(\n{exports}{there}\nbuiltin eval {shlex.quote(request.command)}\n)"

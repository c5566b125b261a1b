"""A bash in a window of tmux that runs what it is handed, one command after the other, and keeps its state.

It reads its script from a pipe. For each command it is handed one line, which evaluates the command with its output in
a pipe of its own, and then tells how it ended. No loop, function or trap is put around a command, so it finds the shell
as the one before it left it. A command that ends the shell gets a new one, in the same folder and with the same
exported variables.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hdsl.capture.fifos import Inflow, Outflow, make_fifo, open_both, open_reading
from hdsl.capture.panes import Panes, Window
from hdsl.ground.errors import HdslError
from hdsl.ground.processes import descendants, is_alive

_RECORD = b"\x1e"
"""Ends a record of the shell's; in the words that it writes it is escaped."""
_GRACE = 0.5
_EXPORT = re.compile(r"""^declare -[a-z]*x[a-z]* (\w+)=(?:"((?:[^"\\]|\\.)*)"|\$'((?:[^'\\]|\\.)*)')""", re.M | re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r"}
_NOT_INHERITED = ("TMUX", "TMUX_PANE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION")


class ShellLostError(HdslError):
    """The shell is gone, with the server that it ran in."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and the folder it left the shell in. `is_fresh`: it ended the shell, and another goes on."""

    status: int
    folder: str
    is_fresh: bool = False


@dataclass(slots=True)
class State:
    """What outlives a shell: its folder, and its exported variables as commands that set them."""

    folder: str
    exports: str = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """What takes what a command prints, errors among it or apart; and the file that it reads."""

    took: Callable[[bytes], None]
    took_errors: Callable[[bytes], None] | None = None
    given: str = os.devnull


class PaneShell:
    """One shell. Commands wait for each other."""

    def __init__(self, panes: Panes, files: Path, state: State, terminal: str = "dumb") -> None:
        self._panes = panes
        self._files = files
        self._terminal = terminal
        self.state = state
        self._busy = asyncio.Lock()
        self._ended: asyncio.Future[Ended] | None = None
        self._is_fresh = True
        self._bash = 0
        self._count = 0
        self._rest = b""
        self._lost = ""
        self._outputs: list[Inflow] = []
        self.window: Window | None = None

    async def start(self) -> None:
        """Opens the window."""
        self._files.mkdir(mode=0o700)
        lines, events = (make_fifo(self._files / name) for name in ("lines", "events"))
        self._lines = Outflow(open_both(lines))
        self._events = Inflow(open_both(events), self._told)
        bash = shutil.which("bash")
        if bash is None:
            raise ShellLostError("capture needs bash, and there is none on PATH")
        quoted = {name: shlex.quote(str(path)) for name, path in (("lines", lines), ("events", events), ("bash", bash))}
        ended = r"printf '\036ended\0%d\0\036' $? >> " + quoted["events"]
        command = f"while :; do {quoted['bash']} --noprofile --norc < {quoted['lines']}; {ended}; done"
        self.window = await self._panes.open(command, Path("/"))

    async def run(self, command: str, streams: Streams, folder: str = "") -> Ended:
        """Runs a command, in `folder` if the shell is not there, and is how it ended once all it printed was taken."""
        async with self._busy:
            if self._lost:
                raise ShellLostError(self._lost)
            self._count += 1
            output, errors = (self._files / f"{name}-{self._count}" for name in ("output", "errors"))
            flows = [Inflow(open_reading(make_fifo(output)), streams.took)]
            if streams.took_errors is not None:
                flows.append(Inflow(open_reading(make_fifo(errors)), streams.took_errors))
            self._outputs = [*(each for each in self._outputs if each.is_open), *flows]
            self._ended = asyncio.get_running_loop().create_future()
            ways = f"< {shlex.quote(streams.given)} > {shlex.quote(str(output))}"
            ways += " 2>&1" if streams.took_errors is None else f" 2> {shlex.quote(str(errors))}"
            self._lines.write(self._line(command, ways, folder))
            try:
                ended = await self._ended
            finally:
                self._ended = None
                for path in (output, errors):
                    path.unlink(missing_ok=True)
            for flow in flows:
                flow.drain()
            return ended

    async def is_free(self, within: float) -> bool:
        """Whether nothing runs in it, or nothing does any more within so many seconds."""
        try:
            async with asyncio.timeout(within), self._busy:
                return True
        except TimeoutError:
            return False

    async def interrupt(self) -> None:
        """Ends the command that runs. The shell goes first, or it would go on with what stands behind a command."""
        if self._ended is None or not self._bash:
            return
        below = list(descendants(self._bash))
        _signal(self._bash, signal.SIGKILL)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in below:
                _signal(process, number)
            await asyncio.sleep(_GRACE if any(map(is_alive, below)) else 0)

    def hold(self) -> None:
        """Lets what runs wait with its output until `release`."""
        for flow in self._outputs:
            flow.pause()

    def release(self) -> None:
        """Takes output again."""
        for flow in self._outputs:
            flow.resume()

    def lose(self, reason: str) -> None:
        """The server is gone: whoever waits for a command is told."""
        self._lost = self._lost or reason
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(ShellLostError(reason))

    async def close(self) -> None:
        """Ends the shell and its window."""
        self.lose("the shell was closed")
        if self.window is not None:
            await self._panes.end(self.window)
        for each in (*self._outputs, self._events):
            each.close()
        self._lines.abandon()
        shutil.rmtree(self._files, ignore_errors=True)

    def variables(self) -> dict[str, str]:
        """The exported variables, as they were after the last command."""
        return variables_of(self.state.exports)

    def _line(self, command: str, ways: str, folder: str) -> bytes:
        events = shlex.quote(str(self._files / "events"))
        before = self._preamble() if self._is_fresh else ""
        if folder and folder != self.state.folder:
            before += f"builtin cd -- {shlex.quote(folder)} 2> /dev/null\n"
        self._is_fresh = False
        # What runs on is taken from the shell's list of jobs, so that a later `wait` waits for its own alone.
        told = (
            r'{ builtin printf "\036end\0%d\0%s\0" "$?" "$PWD"; builtin export -p; builtin printf "\0\036";'
            rf" builtin disown -a; }} >> {events} 2> /dev/null"
        )
        line = f"{before}builtin eval {shlex.quote(command)} {ways}; {told}\n"
        return line.replace("\0", "").encode("utf-8", "surrogateescape")

    def _preamble(self) -> str:
        """What a new shell does first: it takes over where the last one was."""
        unset = f"builtin unset {' '.join(_NOT_INHERITED)}; export TERM={shlex.quote(self._terminal)}"
        exports = f"builtin eval {shlex.quote(self.state.exports)} 2> /dev/null; " if self.state.exports else ""
        there = f"builtin cd -- {shlex.quote(self.state.folder)} 2> /dev/null; builtin unset OLDPWD"
        told = rf'builtin printf "\036shell\0%d\0\036" "$$" >> {shlex.quote(str(self._files / "events"))}'
        return f"{unset}; {exports}{there}; {told}\n"

    def _told(self, data: bytes) -> None:
        *records, self._rest = (self._rest + data).split(_RECORD)
        for record in records:
            fields = record.split(b"\0")
            if fields[0] == b"shell" and len(fields) >= 2:
                self._bash = int(fields[1])
            elif fields[0] == b"end" and len(fields) >= 4:
                self.state = State(os.fsdecode(fields[2]), fields[3].decode("utf-8", "surrogateescape"))
                self._end(Ended(int(fields[1]), self.state.folder))
            elif fields[0] == b"ended" and len(fields) >= 2:
                self._is_fresh, self._bash = True, 0
                self._end(Ended(int(fields[1]), self.state.folder, is_fresh=True))

    def _end(self, ended: Ended) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(ended)


def _signal(process: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process, number)


def variables_of(exports: str) -> dict[str, str]:
    """The variables that bash's `export -p` printed."""
    found = {}
    for name, quoted, escaped in _EXPORT.findall(exports):
        found[name] = _ESCAPED.sub(r"\1", quoted) if quoted else _ESCAPED.sub(_character, escaped)
    return found


def _character(escape: re.Match[str]) -> str:
    return _CHARACTERS.get(escape[1], escape[1])

"""The terminals of an agent: each command is typed into a shell of its own, in a tmux of ours, under the policy."""

import asyncio
import contextlib
import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hdsl.ground.errors import HdslError
from hdsl.ground.secrets import Redactor
from hdsl.kernel.acp_calls import ToolUse
from hdsl.policy.agent_tools import Denied, judge_use
from hdsl.policy.guard import Guard
from hdsl.terminal.running import CommandRan
from hdsl.terminal.session import Session
from hdsl.terminal.terminal import Terminal

_MOST = 16
"""How many there can be at a time."""
_LONGEST = 20_000
"""Characters of a command."""
_MOST_OUTPUT = 1 << 20
_HISTORY = 5000
_KILL_SECONDS = 2.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_PAGER = "export PAGER=cat GIT_PAGER=cat GIT_TERMINAL_PROMPT=0"
_PREPARING_SECONDS = 30.0


class Watch(Protocol):
    """Who is told what an agent does, as it does it."""

    def began(self, call: str, command: str, folder: str) -> None:
        """A command begins in a terminal."""
        ...

    def ended(self, call: str, command: str, output: str, status: int | None, seconds: float) -> None:
        """A command has ended; the status is None if a signal ended it."""
        ...

    def used(self, tool: str, path: str, text: str) -> None:
        """A file was read or written."""
        ...

    def told(self, use: ToolUse) -> None:
        """The agent tells of a use of a tool that it ran by itself."""
        ...

    def said(self, call: str, text: str) -> None:
        """What the agent said before a command."""
        ...


class Refused(Exception):  # noqa: N818 - says what happened
    """A wish that is not granted; the message is for the agent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: with an exit status, or by a signal."""

    code: int | None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What a command has printed, whether its beginning is cut off, and how it ended if it has."""

    text: str
    is_cut: bool
    exit: Ended | None


@dataclass(slots=True)
class _Running:
    session: Session
    task: "asyncio.Task[CommandRan]"
    limit: int
    killed: bool = False


class Terminals:
    """The terminals of one agent that works in `folder`. A command has so many seconds."""

    def __init__(
        self,
        folder: Path,
        guard: Guard,
        redact: Redactor,
        *,
        sandbox: bool,
        seconds: float,
        watch: Watch | None = None,
        words: Callable[[], str] = str,
    ) -> None:
        self._folder, self._guard, self._redact, self._seconds = folder, guard, redact, seconds
        self._watch, self._words = watch, words
        self._terminal = Terminal(folder, sandbox=sandbox, gate=guard)
        self._running: dict[str, _Running] = {}
        self._made = 0

    def is_busy(self) -> bool:
        """Whether a command runs."""
        return any(not each.task.done() for each in self._running.values())

    async def create(
        self, command: str, args: Sequence[str], variables: Mapping[str, str], folder: str | None, limit: int | None
    ) -> str:
        """Starts a command and returns the name of its terminal. Refused if it may not run."""
        line = shlex.join([command, *args]) if args else command
        if not line.strip() or "\0" in line or len(line) > _LONGEST:
            raise Refused(f"a command has 1 to {_LONGEST:,} characters")
        if len(self._running) >= _MOST:
            raise Refused(f"there are {_MOST} terminals open: release one")
        if wrong := [name for name in variables if not _NAME.fullmatch(name)]:
            raise Refused(f"{wrong[0]!r} is not the name of a variable")
        prepared = [_NO_PAGER, *(f"export {name}={shlex.quote(value)}" for name, value in variables.items())]
        where = str(self._folder)
        if folder is not None:
            where = self._inside(folder)
            prepared.append(f"cd -- {shlex.quote(where)}")
        first = " && ".join(prepared)
        try:
            f"{first}{line}".encode()
        except UnicodeEncodeError:
            raise Refused("the command is not valid Unicode") from None
        for each in (first, line):
            if (refusal := await self._guard.refusal(each, "", (), False)) is not None:
                raise Refused(refusal)
        try:
            session = await self._terminal.open()
            ran = await session.run(first, _PREPARING_SECONDS)
        except (HdslError, OSError) as error:
            raise Refused(f"there is no terminal: {error}") from None
        if ran.exit_code != 0:
            raise Refused(f"the command cannot be started: {ran.output.strip() or ran.trouble}")
        self._made += 1
        name = f"terminal-{self._made}"
        # As a process of its own it can end without ending the shell, and there is nobody to give it input.
        task = asyncio.ensure_future(self._ran(session, name, line, where))
        self._running[name] = _Running(session, task, _MOST_OUTPUT if limit is None else max(0, limit))
        return name

    async def _ran(self, session: Session, call: str, line: str, folder: str) -> CommandRan:
        began = time.monotonic()
        if self._watch is not None:
            self._watch.began(call, line, folder)
            if words := self._words():
                self._watch.said(call, words)
        ran = await session.run(f"( {line}\n) < /dev/null", self._seconds)
        if self._watch is not None:
            self._watch.ended(call, line, ran.output, ran.exit_code, time.monotonic() - began)
        return ran

    async def output(self, name: str) -> Output:
        """What a command has printed."""
        running = self._named(name)
        if running.task.done():
            text, ended = _result(running)
            return self._output(text, running.limit, ended)
        try:
            text = await running.session.capture(_HISTORY)
        except HdslError:
            text = ""
        return self._output(text.partition("< /dev/null\n")[2], running.limit, None)

    async def wait(self, name: str) -> Ended:
        """How a command ended, when it has."""
        running = self._named(name)
        await asyncio.wait({running.task})
        return _result(running)[1]

    async def kill(self, name: str) -> None:
        """Ends a command: it is interrupted, then killed."""
        running = self._named(name)
        if running.task.done():
            return
        running.killed = True
        with contextlib.suppress(HdslError):
            await running.session.send_key("C-c")
            done, _ = await asyncio.wait({running.task}, timeout=_KILL_SECONDS)
            if not done:
                running.session.kill_foreground()
                await asyncio.wait({running.task}, timeout=_KILL_SECONDS)

    async def release(self, name: str) -> None:
        """Ends a command and forgets it."""
        await self.kill(name)
        running = self._running.pop(name, None)
        if running is not None:
            running.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await running.task

    async def close(self) -> None:
        """Ends all of them."""
        await self._terminal.close()
        for running in self._running.values():
            running.task.cancel()
        await asyncio.gather(*(each.task for each in self._running.values()), return_exceptions=True)

    def _named(self, name: str) -> _Running:
        running = self._running.get(name)
        if running is None:
            raise Refused(f"there is no terminal {name!r}")
        return running

    def _inside(self, folder: str) -> str:
        verdict = judge_use("Glob", {"path": folder, "pattern": "*"}, self._folder, ("Glob",))
        if isinstance(verdict, Denied):
            raise Refused(verdict.reason)
        return str(verdict.arguments["path"])

    def _output(self, text: str, limit: int, ended: Ended | None) -> Output:
        data = self._redact(text).encode("utf-8", "replace")
        kept = data[max(0, len(data) - limit) :]
        return Output(kept.decode("utf-8", "ignore"), len(data) > limit, ended)


def _result(running: _Running) -> tuple[str, Ended]:
    if running.task.cancelled():
        return "", Ended(None, "SIGKILL")
    if (error := running.task.exception()) is not None:
        return f"hdsl: {error}\n", Ended(126)
    ran = running.task.result()
    if ran.exit_code is None or running.killed:
        note = f"\n[{ran.trouble}]" if ran.trouble else ""
        return f"{ran.output}{note}", Ended(None, "SIGINT" if not running.killed else "SIGKILL")
    return ran.output, Ended(ran.exit_code)

"""The tools that a run may call: servers are started when a tool of theirs is first called, and closed with the run."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hdsl.future.context import RunEnded
from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ground.errors import WRONG_USAGE
from hdsl.policy.decision import Rules
from hdsl.policy.guard import Ask, Guard
from hdsl.terminal.integration import clean_environment
from hdsl.terminal.sandbox import find_sandbox
from hdsl.tools.arguments import ArgumentsError, arguments_of, json_of
from hdsl.tools.connection import Connection, ConnectionFailed, ToolFailed
from hdsl.tools.lock import Lock, LockError, PinnedTool, changes, definition_of, hash_of, lock_beside, read_lock

PROGRAM = "mcp"
"""The word by which the policy knows the call of a tool: `mcp SERVER TOOL`."""
_COMMANDS = frozenset({"command", "cmd", "script", "commandline", "command_line"})
"""Arguments that hold what a shell is to run: the policy judges them as if they were typed."""


class ToolRefused(RunEnded):
    """A tool is not what was pinned: nothing of it is called, and the run ends."""

    exit_code = WRONG_USAGE


class ToolServers:
    """The servers of one run. `rules` and `ask` are those of its terminals."""

    def __init__(self, rules: Rules, ask: Ask | None = None, *, sandbox: bool = False) -> None:
        self._calls, self._starts = Guard(rules, ask, "called"), Guard(rules, ask, "started")
        self._sandbox = sandbox
        self._locks: dict[Path, Lock] = {}
        self._opening: dict[Path, asyncio.Lock] = {}
        self._open: dict[Path, Connection] = {}
        self._has_ended = False

    async def call(self, module: str, operation: str, arguments: str, seconds: float) -> Element:
        """What the tool of an operation gives. One that fails is a failed element; ToolRefused for one that changed."""
        path = lock_beside(module).absolute()
        try:
            lock = self._lock(path)
            tool = pinned(lock, operation)
        except LockError as error:
            raise ToolRefused(str(error)) from None
        try:
            values = _values(tool, arguments)
            refusal = await self._refusal(lock, tool, values)
            if refusal is not None:
                return _failed(refusal)
            connection = await self._connection(path, lock)
            await connection.refresh()
            _check_unchanged(lock, tool, connection)
            text, structured = await connection.call(tool.name, values, seconds)
        except ArgumentsError as error:
            return _failed(f"the tool `{tool.name}` was not called: {error}")
        except ToolFailed as error:
            return _failed(f"the tool `{tool.name}` failed: {error}")
        except ConnectionFailed as error:
            return _failed(str(error))
        given = json.dumps(structured, ensure_ascii=False) if isinstance(structured, dict) else None
        return (given if given is not None and gives_record(tool) else text), Status.confidence(1.0)

    async def close(self) -> None:
        """Closes all servers."""
        self._has_ended = True
        found, self._open = self._open, {}
        await asyncio.gather(*(each.close() for each in found.values()))

    def abandon(self) -> None:
        """Ends all processes without waiting, where the event loop is lost."""
        self._has_ended = True
        for each in self._open.values():
            each.kill()

    def _lock(self, path: Path) -> Lock:
        if path not in self._locks:
            self._locks[path] = read_lock(path)
        return self._locks[path]

    async def _connection(self, path: Path, lock: Lock) -> Connection:
        async with self._opening.setdefault(path, asyncio.Lock()):
            if self._has_ended:
                raise ConnectionFailed("the run has ended")
            if path not in self._open:
                if lock.server.command:
                    refusal = await self._starts.refusal(shlex.join(lock.server.command), "", (), False)
                    if refusal is not None:
                        raise ConnectionFailed(f"the server `{lock.name}` was not started: {refusal}")
                folder = path.parent
                sandbox = None
                if self._sandbox:
                    sandbox = await asyncio.to_thread(find_sandbox, Path.cwd(), clean_environment())
                connection = Connection(lock.name, lock.server, folder, sandbox)
                self._open[path] = connection
                try:
                    await connection.open()
                except BaseException:
                    del self._open[path]
                    raise
            return self._open[path]

    async def _refusal(self, lock: Lock, tool: PinnedTool, values: Mapping[str, Any]) -> str | None:
        """Why the policy does not let a tool be called; None if it does."""
        refusal = await self._calls.refusal(shlex.join([PROGRAM, lock.name, tool.name]), "", (), False)
        if refusal is not None:
            return refusal
        for line in _commands_in(values):
            refusal = await self._calls.refusal(line, "", (), False)
            if refusal is not None:
                return refusal
        return None


def pinned(lock: Lock, operation: str) -> PinnedTool:
    """The tool that an operation stands for. LockError."""
    tool = lock.tools.get(operation)
    if tool is None:
        names = ", ".join(lock.tools)
        raise LockError(f"{lock.path} has no tool for the operation `{operation}`; it has {names}")
    return tool


def check_operation(module: str, operation: str, effects: frozenset[str]) -> None:
    """LockError where an operation has no pinned tool, or does not declare all that the tool may do."""
    lock = read_lock(lock_beside(module))
    missing = pinned(lock, operation).effects - effects
    if missing:
        shown = ", ".join(f"`!{each}`" for each in sorted(missing))
        raise LockError(f"the operation `{operation}` does not declare {shown}, which {lock.path} says its tool has")


def gives_record(tool: PinnedTool) -> bool:
    """Whether the result of a tool is a record of the language."""
    from hdsl.tools.arguments import is_plain_record

    return is_plain_record(arguments_of(tool.definition.get("outputSchema")))


def _values(tool: PinnedTool, arguments: str) -> dict[str, Any]:
    wanted = arguments_of(tool.definition.get("inputSchema"))
    if not wanted.arguments:
        return {}
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        raise ArgumentsError("its arguments are not JSON") from None
    values = json_of(given, wanted)
    if not isinstance(values, dict):
        raise ArgumentsError("its arguments are not an object")
    return values


def _check_unchanged(lock: Lock, tool: PinnedTool, connection: Connection) -> None:
    listed = connection.tools.get(tool.name)
    accept = f"to accept it, look at it and run `hdsl add-tools --accept {lock.path.with_suffix('.hg')}`"
    if listed is None:
        raise ToolRefused(f"the server `{lock.name}` has no tool `{tool.name}` any more; {accept}")
    now = definition_of(listed)
    if hash_of(now) != hash_of(tool.definition):
        what = "; ".join(changes(tool.definition, now))
        raise ToolRefused(f"the tool `{tool.name}` of `{lock.name}` is not the one that was pinned: {what}; {accept}")


def _commands_in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if name.lower() in _COMMANDS:
            yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _commands_in(each, str(key))
    elif isinstance(value, list):
        if name.lower() in _COMMANDS and all(isinstance(each, str) for each in value):
            yield shlex.join(value)
        else:
            for each in value:
                yield from _commands_in(each, name)


def _failed(cause: str) -> Element:
    return "", Status.failed_because(cause)

"""The tools that a run may call: servers are started when a tool of theirs is first called, and closed with the run."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from hdsl.tools.arguments import ArgumentsError, Object, SchemaTooLarge, arguments_of, json_of, result_of
from hdsl.tools.connection import Connection, ConnectionFailed, ToolFailed
from hdsl.tools.lock import Lock, LockError, PinnedTool, changes, definition_of, hash_of, lock_beside, read_lock

PROGRAM = "mcp"
"""The word by which the policy knows the call of a tool: `mcp SERVER TOOL`."""
_COMMANDS = frozenset({"command", "cmd", "script", "commandline", "command_line"})
"""Arguments that hold what a shell is to run: the policy judges them as if they were typed."""


class ToolRefused(RunEnded):
    """A tool is not what was pinned: nothing of it is called, and the run ends."""

    exit_code = WRONG_USAGE


@dataclass(slots=True)
class _Tool:
    """A pinned tool with what calls of it need: each is read once in a run."""

    lock: Lock
    pinned: PinnedTool
    arguments: Object
    gives_record: bool
    found_unchanged: Mapping[str, Mapping[str, Any]] | None = None
    """The last list of its server's tools in which it was found as it was pinned."""


class ToolServers:
    """The servers of one run. `rules` and `ask` are those of its terminals."""

    def __init__(self, rules: Rules, ask: Ask | None = None, *, sandbox: bool = False) -> None:
        self._calls, self._starts = Guard(rules, ask, "called"), Guard(rules, ask, "started")
        self._sandbox = sandbox
        self._locks: dict[Path, Lock] = {}
        self._tools: dict[tuple[str, str], _Tool] = {}
        self._opening: dict[Path, asyncio.Lock] = {}
        self._open: dict[Path, Connection] = {}
        self._has_ended = False

    async def call(self, module: str, operation: str, arguments: str, seconds: float) -> Element:
        """What the tool of an operation gives. One that fails is a failed element; ToolRefused for one that changed."""
        try:
            tool = self._tool(module, operation)
        except (LockError, SchemaTooLarge) as error:
            raise ToolRefused(str(error)) from None
        name = tool.pinned.name
        try:
            values = _values(tool.arguments, arguments)
            refusal = await self._refusal(tool, values)
            if refusal is not None:
                return _failed(refusal)
            connection = await self._connection(tool.lock)
            await connection.refresh()
            _check_unchanged(tool, connection)
            text, structured = await connection.call(name, values, seconds)
        except ArgumentsError as error:
            return _failed(f"the tool `{name}` was not called: {error}")
        except ToolFailed as error:
            return _failed(f"the tool `{name}` failed: {error}")
        except ConnectionFailed as error:
            return _failed(str(error))
        given = json.dumps(structured, ensure_ascii=False) if isinstance(structured, dict) else None
        return (given if given is not None and tool.gives_record else text), Status.confidence(1.0)

    def check(self, module: str, operation: str, effects: frozenset[str]) -> None:
        """LockError where an operation has no pinned tool, or does not declare all that the tool may do."""
        tool = self._tool(module, operation)
        missing = tool.pinned.effects - effects
        if missing:
            shown = ", ".join(f"`!{each}`" for each in sorted(missing))
            raise LockError(
                f"the operation `{operation}` does not declare {shown}, which {tool.lock.path} says its tool has"
            )

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

    def _tool(self, module: str, operation: str) -> _Tool:
        """The tool that an operation stands for. LockError, SchemaTooLarge."""
        at = (module, operation)
        if at not in self._tools:
            path = lock_beside(module)
            if path not in self._locks:
                self._locks[path] = read_lock(path)
            lock = self._locks[path]
            tool = lock.tools.get(operation)
            if tool is None:
                names = ", ".join(lock.tools)
                raise LockError(f"{lock.path} has no tool for the operation `{operation}`; it has {names}")
            definition = tool.definition
            wanted = arguments_of(definition.get("inputSchema"))
            self._tools[at] = _Tool(lock, tool, wanted, result_of(definition.get("outputSchema")) is not None)
        return self._tools[at]

    async def _connection(self, lock: Lock) -> Connection:
        path = lock.path.absolute()
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

    async def _refusal(self, tool: _Tool, values: Mapping[str, Any]) -> str | None:
        """Why the policy does not let a tool be called; None if it does."""
        called = shlex.join([PROGRAM, tool.lock.name, tool.pinned.name])
        refusal = await self._calls.refusal(called, "", (), False)
        if refusal is not None:
            return refusal
        for line in _commands_in(values):
            refusal = await self._calls.refusal(line, "", (), False)
            if refusal is not None:
                return refusal
        return None


def _values(wanted: Object, arguments: str) -> dict[str, Any]:
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


def _check_unchanged(tool: _Tool, connection: Connection) -> None:
    """ToolRefused where a server does not list a tool as it was pinned."""
    if tool.found_unchanged is connection.tools:
        return
    lock, pinned = tool.lock, tool.pinned
    listed = connection.tools.get(pinned.name)
    accept = f"to accept it, look at it and run `hdsl add-tools --accept {lock.path.with_suffix('.hg')}`"
    if listed is None:
        raise ToolRefused(f"the server `{lock.name}` has no tool `{pinned.name}` any more; {accept}")
    now = definition_of(listed)
    if hash_of(now) != hash_of(pinned.definition):
        what = "; ".join(changes(pinned.definition, now))
        raise ToolRefused(f"the tool `{pinned.name}` of `{lock.name}` is not the one that was pinned: {what}; {accept}")
    tool.found_unchanged = connection.tools


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

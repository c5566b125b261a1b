"""One piece of work of an agent that speaks the Agent Client Protocol: hdsl is its client, and the terminals are ours.

The agent reads and writes files through us, in its folder alone. A command that it wants run is run in a tmux session
of hdsl's own, where the policy judges it first; so what it does can be seen, and ends with the work.
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.ground.display import one_line
from hdsl.ground.files import read_regular, write_atomically
from hdsl.kernel.agent_process import AgentEnded, AgentProcess
from hdsl.kernel.agent_session import End, Found, Task, Worked
from hdsl.kernel.request import Usage
from hdsl.policy.agent_tools import Denied, judge_use
from hdsl.policy.decision import Rules
from hdsl.policy.guard import Guard
from hdsl.terminal.errors import TerminalError
from hdsl.terminal.terminal import Terminal

PROTOCOL = 1
_LONGEST_COMMAND = 3600.0
_LARGEST_FILE = 1 << 24
_MOST_OUTPUT = 30_000
_ENDS: Mapping[str, End] = {
    "end_turn": "done",
    "max_tokens": "failed",
    "max_turn_requests": "turns",
    "refusal": "refused",
    "cancelled": "failed",
}
_ALLOWS, _REJECTS = ("allow_once", "allow_always"), ("reject_once", "reject_always")


class _Refused(Exception):  # noqa: N818 - says what happened
    """What the agent asked for is not done; the message says why."""


@dataclass(slots=True)
class _Command:
    """A terminal of the agent: one command in a session of ours."""

    running: asyncio.Task[tuple[str, int | None]]
    screen: Callable[[], Any]
    output: str = ""
    exit_code: int | None = None
    limit: int = _MOST_OUTPUT


async def work(
    task: Task,
    program: Path,
    environment: Mapping[str, str],
    root: Path,
    patience: float,
    collect: Callable[[Path], Found],
    rules: Rules,
    sandbox: bool,
) -> tuple[Worked, Found]:
    """Lets an agent work to its end, and collects what is in the folder then. AgentEnded as of the other protocol."""
    process = AgentProcess([str(program)], environment, task.folder, root)
    terminal = Terminal(task.folder, sandbox=sandbox, gate=Guard(rules))
    client = _Client(process, task, terminal)
    try:
        await process.connect()
        hearing = asyncio.create_task(client.hear())
        try:
            worked = await client.prompt(patience)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        return worked, collect(task.folder)
    finally:
        process.kill()
        await asyncio.shield(asyncio.gather(client.close(), terminal.close(), process.close(), return_exceptions=True))


@dataclass(slots=True)
class _Client:
    process: AgentProcess
    task: Task
    terminal: Terminal
    said: list[str] = field(default_factory=list)
    calls: int = 0
    _numbers: int = 0
    _asked: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _commands: dict[str, _Command] = field(default_factory=dict)
    _answering: set[asyncio.Task[None]] = field(default_factory=set)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def prompt(self, patience: float) -> Worked:
        """Greets the agent and gives it its task; how that ended."""
        can = {"fs": {"readTextFile": True, "writeTextFile": True}, "terminal": True}
        info = {"name": "hdsl", "version": __version__}
        await self._ask(
            "initialize", {"protocolVersion": PROTOCOL, "clientCapabilities": can, "clientInfo": info}, patience
        )
        session = await self._ask("session/new", {"cwd": str(self.task.folder), "mcpServers": []}, patience)
        text = f"{self.task.instructions}\n\n{self.task.prompt}"
        asked = {"sessionId": session.get("sessionId"), "prompt": [{"type": "text", "text": text}]}
        result = await self._ask("session/prompt", asked, patience)
        end = _ENDS.get(str(result.get("stopReason")), "failed")
        return Worked(end, "".join(self.said).strip(), None, max(1, min(self.calls, self.task.turns)), Usage())

    async def hear(self) -> None:
        """Takes what the agent says, until it ends."""
        try:
            async for message in self.process.read_messages():
                self._heard.set()
                if "method" in message:
                    self._take(message)
                elif (waiting := self._asked.pop(message.get("id", -1), None)) is not None and not waiting.done():
                    error = message.get("error")
                    if error is not None:
                        waiting.set_exception(AgentEnded(one_line(str(error.get("message", error)))))
                    else:
                        waiting.set_result(message.get("result") or {})
            raise AgentEnded("it has ended before it was done")
        except AgentEnded as ended:
            for waiting in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(ended)

    async def close(self) -> None:
        """Ends what is still being done for the agent."""
        tasks = [*self._answering, *(each.running for each in self._commands.values())]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, method: str, params: Mapping[str, Any], patience: float) -> Mapping[str, Any]:
        self._numbers += 1
        number = self._numbers
        waiting = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._send({"id": number, "method": method, "params": params})
        while True:
            self._heard.clear()
            heard = asyncio.ensure_future(self._heard.wait())
            done, _ = await asyncio.wait([waiting, heard], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            heard.cancel()
            if waiting.done():
                found: Mapping[str, Any] = waiting.result()
                return found
            if not done:
                raise AgentEnded(f"it has said nothing for {patience:g} seconds")

    def _take(self, message: Mapping[str, Any]) -> None:
        params = message.get("params") or {}
        if "id" not in message:
            update = params.get("update") or {}
            if update.get("sessionUpdate") == "agent_message_chunk":
                self.said.append(str((update.get("content") or {}).get("text", "")))
            elif update.get("sessionUpdate") == "tool_call":
                self.calls += 1
                self.said.clear()  # the last words are what it says after its last act
                if self.calls > self.task.turns:
                    self._stop()
            return
        answering = asyncio.create_task(self._answer(message["id"], str(message["method"]), params))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    def _stop(self) -> None:
        """Ends the work at its limit: each use of a tool counts as a call of the agent's model."""
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_result({"stopReason": "max_turn_requests"})
        self._heard.set()

    async def _answer(self, number: Any, method: str, params: Mapping[str, Any]) -> None:
        try:
            result = await self._done(method, params)
        except _Refused as refused:
            await self._send({"id": number, "error": {"code": -32000, "message": str(refused)}})
        except (OSError, TerminalError, KeyError, ValueError, TypeError) as error:
            await self._send({"id": number, "error": {"code": -32602, "message": one_line(str(error))}})
        else:
            await self._send({"id": number, "result": result})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self.process.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")

    async def _done(self, method: str, params: Mapping[str, Any]) -> Any:
        match method:
            case "session/request_permission":
                return {"outcome": self._permission(params)}
            case "fs/read_text_file":
                text = read_regular(self._path("Read", params["path"]), _LARGEST_FILE).decode("utf-8", "replace")
                return {"content": _lines(text, params.get("line"), params.get("limit"))}
            case "fs/write_text_file":
                write_atomically(self._path("Write", params["path"]), str(params["content"]))
                return {}
            case "terminal/create":
                return {"terminalId": await self._run(params)}
        command = self._commands.get(str(params.get("terminalId")))
        if command is None or not method.startswith("terminal/"):
            raise _Refused(f"there is no {method} here")
        if method == "terminal/wait_for_exit":
            await asyncio.wait([command.running])
        elif method in ("terminal/kill", "terminal/release"):
            command.running.cancel()
            return {}
        return await _state(command, only_exit=method == "terminal/wait_for_exit")

    def _permission(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the agent may do without us, it may not do: all else goes through us, and is judged there."""
        kind = str((params.get("toolCall") or {}).get("kind", "other"))
        wanted = _ALLOWS if kind in ("read", "edit", "search", "think", "execute") else _REJECTS
        for option in params.get("options") or ():
            if option.get("kind") in wanted:
                return {"outcome": "selected", "optionId": option["optionId"]}
        return {"outcome": "cancelled"}

    def _path(self, tool: str, path: Any) -> Path:
        judged = judge_use(tool, {"file_path": path}, self.task.folder, self.task.tools)
        if isinstance(judged, Denied):
            raise _Refused(judged.reason)
        return Path(str(judged.arguments["file_path"]))

    async def _run(self, params: Mapping[str, Any]) -> str:
        """Runs a command in a session of its own; the name of its terminal."""
        folder = Path(params.get("cwd") or self.task.folder).resolve()
        if not folder.is_relative_to(self.task.folder.resolve()):
            raise _Refused(f"{folder} is not in the working folder")
        added = [f"{each['name']}={shlex.quote(str(each['value']))}" for each in params.get("env") or ()]
        words = (
            shlex.join([str(params["command"]), *map(str, params.get("args") or ())])
            if params.get("args")
            else (str(params["command"]))
        )
        line = " ".join([f"cd {shlex.quote(str(folder))} &&", *added, words])
        name = f"terminal-{len(self._commands) + 1}"
        session = await self.terminal.open(name)

        async def run() -> tuple[str, int | None]:
            ran = await session.run(line, _LONGEST_COMMAND)
            return ran.output, ran.exit_code

        running = asyncio.create_task(run())
        self._commands[name] = _Command(
            running, session.capture, limit=int(params.get("outputByteLimit") or _MOST_OUTPUT)
        )
        await asyncio.sleep(0)
        return name


async def _state(command: _Command, *, only_exit: bool) -> dict[str, Any]:
    """What a terminal shows, and how its command ended, if it has."""
    ended: dict[str, Any] | None = None
    output = ""
    if command.running.done():
        if command.running.cancelled():
            ended = {"exitCode": None, "signal": "SIGINT"}
        elif (error := command.running.exception()) is not None:
            output, ended = str(error), {"exitCode": 126, "signal": None}
        else:
            output, code = command.running.result()
            ended = {"exitCode": code, "signal": None}
    elif not only_exit:
        output = str(await command.screen())
    if only_exit:
        return ended or {"exitCode": None, "signal": None}
    found: dict[str, Any] = {"output": output[-command.limit :], "truncated": len(output) > command.limit}
    return {**found, "exitStatus": ended} if ended is not None else found


def _lines(text: str, first: Any, count: Any) -> str:
    """Some lines of a text, the first counted from 1."""
    if first is None and count is None:
        return text
    lines = text.splitlines(keepends=True)
    begin = max(int(first or 1), 1) - 1
    return "".join(lines[begin : None if count is None else begin + int(count)])

"""One piece of work of an agent over the Agent Client Protocol, from its start to its end."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.ground.display import one_line
from hdsl.ground.secrets import Redactor, known_secrets
from hdsl.kernel.acp_calls import ToolCalls
from hdsl.kernel.acp_client import Client
from hdsl.kernel.acp_terminals import Terminals, Watch
from hdsl.kernel.agent_process import AgentEnded, AgentProcess, to_its_end
from hdsl.kernel.agent_session import End, Found, Task, Worked
from hdsl.kernel.request import Usage
from hdsl.policy.decision import Rules
from hdsl.policy.guard import Guard

_CANCEL_SECONDS = 5.0
_TICK = 1.0
_AUTH_REQUIRED = -32000
_DOLLARS = "USD"
_ENDS: Mapping[str, End] = {"end_turn": "done", "max_turn_requests": "turns", "refusal": "refused"}
_MOST_SAID = 1 << 20


@dataclass(frozen=True, slots=True)
class Served:
    """What an agent is served by: the policy, whether terminals are sandboxed, and the seconds that a command has."""

    rules: Rules
    sandbox: bool
    command_seconds: float
    watch: Watch | None = None


async def work(
    task: Task,
    command: Sequence[str],
    environment: Mapping[str, str],
    root: Path,
    patience: float,
    served: Served,
    collect: Callable[[Path], Found],
) -> tuple[Worked, Found]:
    """Lets an agent work to its end, and collects what is in the folder then.

    AgentEnded if it cannot be started, ends by itself, or says nothing for `patience` seconds.
    """
    from acp import connect_to_agent

    guard, redact = Guard(served.rules), Redactor(known_secrets())
    heard = _Heard(task, served.watch)
    terminals = Terminals(
        task.folder,
        guard,
        redact,
        sandbox=served.sandbox,
        seconds=served.command_seconds,
        watch=served.watch,
        words=heard.words,
    )
    client = Client(task.folder, task.tools, guard, terminals, redact, served.watch)
    process = AgentProcess(command, environment, task.folder, root)
    transport = _Transport(process, heard)
    connection: Any = None
    try:
        await process.connect()
        connection = connect_to_agent(client, transport)  # type: ignore[arg-type]
        return await _worked(task, connection, heard, terminals, patience), collect(task.folder)
    except TimeoutError:
        raise AgentEnded(f"it has said nothing for {patience:g} seconds") from None
    except ConnectionError:
        raise AgentEnded(transport.ended or "it has ended before it was done") from None
    finally:
        process.kill()
        await to_its_end(_close(connection, terminals, process))


async def _worked(task: Task, connection: Any, heard: "_Heard", terminals: Terminals, patience: float) -> Worked:
    from acp import PROTOCOL_VERSION, RequestError, text_block
    from acp.schema import ClientCapabilities, FileSystemCapabilities, Implementation
    from pydantic import ValidationError

    can_write = bool({"Write", "Edit"} & set(task.tools))
    abilities = ClientCapabilities(
        fs=FileSystemCapabilities(read_text_file="Read" in task.tools, write_text_file=can_write), terminal=can_write
    )
    try:
        async with asyncio.timeout(patience):
            info = Implementation(name="hdsl", version=__version__)
            began = await connection.initialize(PROTOCOL_VERSION, client_capabilities=abilities, client_info=info)
            if began.protocol_version != PROTOCOL_VERSION:
                theirs = began.protocol_version
                raise AgentEnded(f"it speaks version {theirs} of the protocol, and hdsl version {PROTOCOL_VERSION}")
            session = await connection.new_session(cwd=str(task.folder), mcp_servers=[])
        text = "\n\n".join(filter(None, (task.instructions, task.prompt)))
        asking = asyncio.ensure_future(connection.prompt(session_id=session.session_id, prompt=[text_block(text)]))
        try:
            await _until_done(asking, heard, terminals, patience)
            if not asking.done():
                await connection.cancel(session_id=session.session_id)
                await asyncio.wait({asking}, timeout=_CANCEL_SECONDS)
                return heard.worked(heard.reached)
            answer = asking.result()
        finally:
            asking.cancel()
            with contextlib.suppress(BaseException):
                await asking
    except RequestError as error:
        end: End = "login" if error.code == _AUTH_REQUIRED else "failed"
        return heard.worked(end, f"{error}{_details(error.data)}")
    except ValidationError as error:
        raise AgentEnded(f"it answers in another form than the protocol's: {one_line(str(error))}") from None
    heard.take_usage(answer.usage)
    if heard.reached:
        return heard.worked(heard.reached)
    if answer.stop_reason == "max_tokens":
        return heard.worked("failed", "it stopped at the most tokens that its model may write")
    return heard.worked(_ENDS.get(answer.stop_reason, "failed"))


async def _until_done(asking: "asyncio.Future[Any]", heard: "_Heard", terminals: Terminals, patience: float) -> None:
    """Waits until the agent is done or has reached a limit. TimeoutError if it is silent and no command of it runs."""
    while not asking.done() and not heard.reached:
        if terminals.is_busy():
            heard.last = time.monotonic()
        if time.monotonic() - heard.last > patience:
            raise TimeoutError
        reached = asyncio.ensure_future(heard.limit.wait())
        await asyncio.wait({asking, reached}, timeout=min(_TICK, patience), return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()


async def _close(connection: Any, terminals: Terminals, process: AgentProcess) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):
            await connection.close()
    await terminals.close()
    await process.close()


class _Transport:
    """Messages over the pipes of a process, each of a form that the connection can take; what is not, is left out.

    Notifications go to `heard` and no further: they are read in the order in which they come.
    """

    def __init__(self, process: AgentProcess, heard: "_Heard") -> None:
        self._process, self._heard = process, heard
        self._messages = process.read_messages()
        self.ended = ""

    async def send(self, message: dict[str, Any]) -> None:
        """Sends a message. ConnectionError if nobody reads it."""
        try:
            await self._process.write(json.dumps(message) + "\n")
        except AgentEnded as ended:
            self.ended = self.ended or str(ended)
            raise ConnectionError(self.ended) from None

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None when the agent has ended."""
        try:
            async for message in self._messages:
                self._heard.last = time.monotonic()
                if _is_notification(message):
                    self._heard.hear(message)
                elif _is_sound(message):
                    return message
        except AgentEnded as ended:
            self.ended = self.ended or str(ended)
        return None

    async def close(self) -> None:
        """The process is closed by whoever started it."""


def _is_notification(message: Mapping[str, Any]) -> bool:
    return "method" in message and "id" not in message


def _is_sound(message: Mapping[str, Any]) -> bool:
    number = message.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str):
        return False
    if "method" in message:
        return isinstance(message["method"], str) and isinstance(message.get("params", {}), dict)
    error = message.get("error")
    return error is None or (
        isinstance(error, dict) and isinstance(error.get("code", 0), int) and isinstance(error.get("message", ""), str)
    )


class _Heard:
    """What an agent says while it works: its last words, how many tools it used, what that cost."""

    def __init__(self, task: Task, watch: Watch | None) -> None:
        self._task, self._watch = task, watch
        self._uses = ToolCalls()
        self._text = self._words = ""
        self._calls: set[str] = set()
        self._cost = 0.0
        self._usage = Usage()
        self.last = time.monotonic()
        self.limit = asyncio.Event()
        self.reached: End | None = None

    def hear(self, message: Mapping[str, Any]) -> None:
        """Takes a notification; what it does not know, it leaves."""
        params = message.get("params")
        update = params.get("update") if isinstance(params, dict) else None
        if message.get("method") != "session/update" or not isinstance(update, dict):
            return
        match update.get("sessionUpdate"):
            case "agent_message_chunk":
                content = update.get("content")
                said = content.get("text") if isinstance(content, dict) else None
                if isinstance(said, str):
                    self._text = (self._text + said)[-_MOST_SAID:]
            case "tool_call":
                self._words = self._text.strip() or self._words
                self._text = ""  # what is said before a tool is used are not the last words
                self._calls.add(str(update.get("toolCallId")))
                if len(self._calls) >= self._task.turns:
                    self._reach("turns")
                self._take_use(update)
            case "tool_call_update":
                self._take_use(update)
            case "usage_update":
                self._take_cost(update.get("cost"))

    def words(self) -> str:
        """What the agent has said since it last ran a command."""
        said, self._words = self._text.strip() or self._words, ""
        self._text = ""
        return said

    def take_usage(self, usage: Any) -> None:
        """The tokens of the whole, if the agent tells."""
        if usage is not None:
            prompt = usage.input_tokens + (usage.cached_read_tokens or 0) + (usage.cached_write_tokens or 0)
            self._usage = Usage(prompt_tokens=prompt, completion_tokens=usage.output_tokens)
            if self._task.tokens is not None and self._usage.tokens > self._task.tokens:
                self._reach("tokens")

    def worked(self, end: End | None, said: str = "") -> Worked:
        """What came of it. The protocol does not tell how often a model was called: each tool counts as one call."""
        usage = Usage(0, 0, self._usage.prompt_tokens, self._usage.completion_tokens, self._cost)
        turns = max(1, min(len(self._calls), self._task.turns) if end == "turns" else len(self._calls) + 1)
        return Worked(end or "failed", said or self._text.strip(), None, turns, usage)

    def _take_use(self, update: Mapping[str, Any]) -> None:
        use = self._uses.take(update)
        if use is not None and self._watch is not None:
            self._watch.told(use)
            if words := self.words():
                self._watch.said(use.call, words)

    def _take_cost(self, cost: Any) -> None:
        if not isinstance(cost, dict) or cost.get("currency") != _DOLLARS:
            return
        amount = cost.get("amount")
        if isinstance(amount, int | float) and not isinstance(amount, bool) and amount > self._cost:
            self._cost = float(amount)
            if self._task.cost is not None and self._cost > self._task.cost:
                self._reach("cost")

    def _reach(self, end: End) -> None:
        self.reached = self.reached or end
        self.limit.set()


def _details(data: Any) -> str:
    """What an error says beside its message."""
    said = data.get("details") or data.get("message") if isinstance(data, dict) else data
    return f": {one_line(said)}" if isinstance(said, str) and said else ""

"""A connection to an MCP server: its process or its URL, the tools that it lists, and calls of them.

A process is started with what programs need of the environment and nothing else of ours. It ends, with all that it
started, when the connection is closed, and when this process is gone, however that went.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.kernel.agent_process import AgentEnded, AgentProcess
from hdsl.terminal.integration import clean_environment
from hdsl.terminal.sandbox import Sandbox
from hdsl.tools.lock import ServerAddress

STARTING = 120.0
"""Seconds that a server has to start, to greet and to list its tools: a package may have to be fetched first."""
_MOST_PAGES = 100
_LONGEST = 1 << 20
"""Characters that the result of a tool may have."""


class ConnectionFailed(HdslError):  # noqa: N818 - says what happened
    """A server cannot be reached, or has gone; the message says which, and why."""


class ToolFailed(Exception):  # noqa: N818 - says what happened
    """A tool has failed, by its own account; the message is what it said."""


def check_installed() -> None:
    """ConnectionFailed where the SDK is missing."""
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise ConnectionFailed("tools of MCP servers need a package: pip install 'hdsl[mcp]'") from None


def environment_of(address: ServerAddress) -> dict[str, str]:
    """The whole environment of a server's process."""
    added = {name: os.environ[name] for name in address.environment if name in os.environ}
    return {**clean_environment(), **added}


class Connection:
    """An open server. Everything happens on one event loop; the SDK's client lives in a task of its own."""

    def __init__(self, name: str, address: ServerAddress, folder: Path, sandbox: Sandbox | None = None) -> None:
        self._name, self._address, self._folder, self._sandbox = name, address, folder, sandbox
        self._process: AgentProcess | None = None
        self._client: Any = None
        self._ended_because = ""
        self._are_stale = False
        self._done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.server_name = ""
        """What it says it is called, with its version."""
        self.tools: Mapping[str, Mapping[str, Any]] = {}
        """The tools that it lists, by their names, as it says them."""

    async def open(self) -> None:
        """Starts it and lists its tools. ConnectionFailed."""
        check_installed()
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(opened))
        try:
            async with asyncio.timeout(STARTING):
                await asyncio.shield(opened)
        except TimeoutError:
            await self.close()
            raise ConnectionFailed(f"the server `{self._name}` did not answer within {STARTING:g} seconds") from None
        except BaseException:
            await self.close()
            raise

    async def call(self, tool: str, arguments: Mapping[str, Any], seconds: float) -> tuple[str, Any]:
        """What a tool gives: a text, and its structured result (None: none). ToolFailed, ConnectionFailed."""
        try:
            async with asyncio.timeout(seconds):
                result = await self._client.call_tool(tool, dict(arguments))
        except TimeoutError:
            raise ToolFailed(f"it did not answer within {seconds:g} seconds") from None
        except Exception as error:
            if self._ended_because or (self._task is not None and self._task.done()):
                raise self._failed(error) from None
            raise ToolFailed(_cause(error)) from None
        text = "\n".join(_shown_content(part) for part in result.content)
        if result.is_error:
            raise ToolFailed(text or "it says no more than that it failed")
        if len(text) > _LONGEST:
            raise ToolFailed(f"its result has {len(text):,} characters, and {_LONGEST:,} are the most")
        return text, result.structured_content

    async def refresh(self) -> None:
        """Lists the tools anew if the server has said that they changed. ConnectionFailed."""
        if self._are_stale:
            self._are_stale = False
            try:
                self.tools = await _listed(self._client)
            except Exception as error:
                raise self._failed(error) from None

    def kill(self) -> None:
        """Ends its process; does not wait."""
        if self._process is not None:
            self._process.kill()

    async def close(self) -> None:
        """Ends it, and waits until nothing of it is left."""
        self._done.set()
        if self._task is not None:
            if self._client is None:
                self.kill()
                self._task.cancel()
            await asyncio.wait([self._task])

    async def _live(self, opened: asyncio.Future[None]) -> None:
        from mcp import Client
        from mcp_types import Implementation

        try:
            async with contextlib.AsyncExitStack() as stack:
                transport = await self._transport(stack)
                info = Implementation(name="hdsl", version=__version__)
                client = Client(transport, client_info=info, message_handler=self._hear)
                await stack.enter_async_context(client)
                self.tools = await _listed(client)
                said = client.server_info
                self.server_name = "" if said is None else f"{said.name} {said.version}".strip()
                self._client = client
                opened.set_result(None)
                await self._done.wait()
        except Exception as error:
            if not opened.done():
                opened.set_exception(self._failed(error))
        finally:
            if not opened.done():
                opened.cancel()

    async def _transport(self, stack: contextlib.AsyncExitStack) -> Any:
        if self._address.url:
            return await _http_transport(self._address, stack)
        command: Sequence[str] = self._address.command
        environment = environment_of(self._address)
        if self._sandbox is not None:
            command = self._sandbox.command(command, str(self._folder))
            environment = self._sandbox.environment(environment, {})
        root = Path(tempfile.mkdtemp(prefix="hdsl-tools-"))  # removed with the process
        self._process = AgentProcess(command, environment, self._folder, root)
        return self._pipes(self._process)

    @contextlib.asynccontextmanager
    async def _pipes(self, process: AgentProcess) -> AsyncIterator[Any]:
        """The streams of the SDK over the pipes of the process."""
        import anyio
        from mcp.shared.message import SessionMessage
        from mcp_types import jsonrpc_message_adapter

        incoming, read = anyio.create_memory_object_stream[Any](0)
        write, outgoing = anyio.create_memory_object_stream[Any](0)

        async def reads() -> None:
            async with incoming:
                try:
                    async for message in process.read_messages():
                        try:
                            await incoming.send(SessionMessage(jsonrpc_message_adapter.validate_python(message)))
                        except ValueError as error:
                            await incoming.send(error)
                except AgentEnded as error:
                    self._ended_because = str(error)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return

        async def writes() -> None:
            async with outgoing:
                async for each in outgoing:
                    try:
                        await process.write(each.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n")
                    except AgentEnded as error:
                        self._ended_because = str(error)
                        await incoming.aclose()
                        return

        try:
            await process.connect()
            tasks = [asyncio.create_task(reads()), asyncio.create_task(writes())]
            try:
                yield read, write
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await read.aclose()
                await write.aclose()
        finally:
            await asyncio.shield(asyncio.ensure_future(process.close()))

    async def _hear(self, message: Any) -> None:
        from mcp_types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            self._are_stale = True

    def _failed(self, error: BaseException) -> ConnectionFailed:
        if isinstance(error, ConnectionFailed):
            return error
        reason = self._ended_because or _cause(error)
        return ConnectionFailed(f"the server `{self._name}` cannot be used: {reason}")


async def _listed(client: Any) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    cursor = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor, cache_mode="refresh")
        for tool in page.tools:
            found[tool.name] = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise ConnectionFailed("the list of its tools has no end")


async def _http_transport(address: ServerAddress, stack: contextlib.AsyncExitStack) -> Any:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    headers = {}
    if address.token:
        token = os.environ.get(address.token, "")
        if not token:
            raise ConnectionFailed(f"the variable {address.token}, which holds the token of {address.url}, is not set")
        headers["authorization"] = f"Bearer {token}"
    client = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=STARTING, trust_env=False))
    return streamable_http_client(address.url, http_client=client)


def _shown_content(part: Any) -> str:
    match part.type:
        case "text":
            return str(part.text)
        case "resource_link":
            return str(part.uri)
        case "resource":
            return str(getattr(part.resource, "text", part.resource.uri))
        case kind:
            return f"[{kind}: {getattr(part, 'mime_type', 'data')}]"


def _cause(error: BaseException) -> str:
    """What an error says; of a group of errors the first that says something."""
    if isinstance(error, BaseExceptionGroup):
        return next((said for said in map(_cause, error.exceptions) if said), type(error).__name__)
    return one_line(str(error)) or type(error).__name__

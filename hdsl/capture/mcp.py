"""An MCP server over stdio with one tool, `terminal`: a recorded shell for agents that speak the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import TypedDict

from hdsl import __version__
from hdsl.capture.alone import alone
from hdsl.capture.places import CaptureError, Places
from hdsl.capture.recorder import Output, Recorder, Request
from hdsl.capture.shell import Streams

TOOL = "terminal"
_SECONDS, _LONGEST = 120.0, 86_400.0
_DESCRIPTION = """Runs a command in a terminal, and gives what it printed and its exit status.

All commands share one bash: the folder, variables and functions stay as the command before left them. There is no
input to read. What is printed beyond 30,000 characters is cut in the middle. What is done here is recorded."""


class Ran(TypedDict):
    """What a command did."""

    output: str
    exit_status: int
    folder: str


def serve(places: Places, session: str, agent: str, goal: str) -> None:
    """Serves until stdin ends or a signal comes. CaptureError where the SDK is not installed."""
    with contextlib.suppress(asyncio.CancelledError):  # by a signal; everything is written by then
        asyncio.run(_serve(places, session, agent, goal))


async def _serve(places: Places, session: str, agent: str, goal: str) -> None:
    try:
        from mcp.server import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError:
        raise CaptureError("the MCP server needs a package: pip install 'hdsl[capture]'") from None
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with alone(places, session) as (kept, running):
        folder, terminal = str(Path.cwd()), os.environ.get("TERM", "dumb")
        recorder = Recorder(session, kept, running, folder, os.environ, terminal, goal)
        await recorder.start(agent=agent, version="", model="")
        server = MCPServer("hdsl-capture", version=__version__, log_level="ERROR")
        commands = _Commands(recorder)
        note = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True)
        server.tool(TOOL, title="Terminal", description=_DESCRIPTION, annotations=note)(commands.run)
        try:
            await server.run_stdio_async()
        finally:
            await recorder.close()


class _Commands:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._count = 0

    async def run(self, command: str, timeout: float = _SECONDS) -> Ran:
        """Runs a command; what takes longer than the timeout (in seconds) is ended."""
        self._count += 1
        call = f"call_{self._count}"
        output = Output()
        request = Request(call, command, TOOL, {"command": command})
        running = asyncio.ensure_future(self._recorder.run(request, Streams(output.add)))
        try:
            async with asyncio.timeout(min(max(timeout, 0.0), _LONGEST)):
                ended = await asyncio.shield(running)
        except TimeoutError:
            await self._recorder.interrupt(call)
            ended = await running
            output.add(f"\n[ended after {timeout:g} s]\n".encode())
        except asyncio.CancelledError:
            await self._recorder.interrupt(call)
            raise
        return {"output": output.text()[0], "exit_status": ended.status, "folder": ended.folder}

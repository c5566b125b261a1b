"""An MCP server whose tools are harnesses: each call is a run, with its record, its budgets and the policy."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdsl import __version__
from hdsl.adapt.harness_tool import RESULT, HarnessTool, given_of_arguments, result_of_elements
from hdsl.configuration.settings import Settings
from hdsl.ground.errors import ELEMENT_FAILED, FINE, HdslError
from hdsl.run.asked import Asking
from hdsl.run.meter import beyond_budget
from hdsl.run.record import usage_as_json
from hdsl.run.runner import Outcome, run_program

if TYPE_CHECKING:
    from mcp.server import Server

    from hdsl.future.context import PullRecord

NAME = "hdsl"
META = "dev.hdsl/run"
"""Where a result says which run it is of, and what that cost."""
CANCELLED, CLOSING = "the client cancelled the call", "the server ends"

Report = Callable[[int, str], None]
"""Told how many elements have been evaluated, and of which node the last one was."""


class ServingError(HdslError):
    """The server cannot serve what it is asked to; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to."""

    text: str
    structured: dict[str, Any] | None
    run: dict[str, Any]
    is_error: bool


class Serving:
    """Runs the harnesses that clients call. What `asking` says holds for all calls together."""

    def __init__(self, tools: Sequence[HarnessTool], settings: Settings, asking: Asking) -> None:
        self.tools = {tool.name: tool for tool in tools}
        self._settings = settings
        self._asking = asking
        self._closing = threading.Event()
        self._running: set[asyncio.Future[Answer]] = set()

    async def call(self, name: str, arguments: Mapping[str, Any], report: Report) -> Answer:
        """The answer of a tool. Cancelled, it has the run end in good order. KeyError where there is no such tool."""
        tool = self.tools[name]
        cancelled = threading.Event()
        running = asyncio.ensure_future(asyncio.to_thread(self._run, tool, arguments, report, cancelled))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def end(self) -> None:
        """Has all runs end in good order; their calls are answered with an error."""
        self._closing.set()

    async def ended(self) -> None:
        """Ends all runs, and waits for that."""
        self.end()
        if self._running:
            await asyncio.wait(self._running)

    def _run(
        self, tool: HarnessTool, arguments: Mapping[str, Any], report: Report, cancelled: threading.Event
    ) -> Answer:
        def ended_by() -> str:
            return CANCELLED if cancelled.is_set() else CLOSING if self._closing.is_set() else ""

        program = tool.program
        try:
            given = given_of_arguments(program, arguments)
            beyond = beyond_budget(program, given.dimensions)
            if beyond is not None:
                return _refused(beyond)
            outcome = run_program(
                program, given, self._settings, watcher=_Watcher(report), asking=self._asking, ended_by=ended_by
            )
        except HdslError as error:
            return _refused(str(error))
        except OSError as error:
            return _refused(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return _answer(tool, outcome)


class _Watcher:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._count = 0

    def on_pull(self, record: PullRecord) -> None:
        """Takes one evaluation."""
        self._count += 1
        self._report(self._count, record.node)


def _refused(reason: str) -> Answer:
    return Answer(reason, None, {}, is_error=True)


def _answer(tool: HarnessTool, outcome: Outcome) -> Answer:
    run = {"run": outcome.folder.name, "exit": outcome.code, "usage": usage_as_json(outcome.usage)}
    failed = [each for each in outcome.elements if each.status.failed]
    if outcome.code not in (FINE, ELEMENT_FAILED) or not outcome.elements:
        return Answer(f"{tool.name} was ended: {outcome.reason}", None, run, is_error=True)
    value = result_of_elements(tool.program, outcome.elements)
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if failed:
        causes = [f"{list(each.coordinates)}: {each.status.cause}" for each in failed]
        several = f"{len(failed)} of {len(outcome.elements)} elements failed:\n" + "\n".join(causes)
        reason = failed[0].status.cause if len(outcome.elements) == 1 else f"{several}\n\n{shown}"
        return Answer(f"{tool.name} failed: {reason}", None, run, is_error=True)
    return Answer(shown, {RESULT: value}, run, is_error=False)


def make_server(serving: Serving, name: str, instructions: str) -> Server[Any]:
    """The MCP server. ServingError where the SDK is not installed."""
    try:
        import mcp_types as types
        from mcp.server import Server
        from mcp.shared.exceptions import MCPError
    except ImportError:
        raise ServingError("an MCP server needs a package: pip install 'hdsl[mcp]'") from None

    listed = [
        types.Tool(
            name=tool.name,
            description=tool.description or None,
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            annotations=types.ToolAnnotations.model_validate(tool.annotations),
        )
        for tool in serving.tools.values()
    ]

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in serving.tools:
            known = ", ".join(serving.tools)
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name!r}; there are: {known}")
        progress = _Progress(context.session)
        try:
            answer = await serving.call(params.name, params.arguments or {}, progress.report)
        finally:
            await progress.close()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=answer.text)],
            structured_content=answer.structured,
            is_error=answer.is_error,
            _meta={META: answer.run} if answer.run else None,
        )

    return Server(
        name, version=__version__, instructions=instructions, on_list_tools=list_tools, on_call_tool=call_tool
    )


class _Progress:
    """Tells the client how far a run is; what happens while a message is on its way is in the next one."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._latest: tuple[int, str] | None = None
        self._changed = asyncio.Event()
        self._task = asyncio.ensure_future(self._send())

    def report(self, count: int, node: str) -> None:
        """Takes what is new, from any thread."""
        self._loop.call_soon_threadsafe(self._take, count, node)

    def _take(self, count: int, node: str) -> None:
        self._latest = (count, node)
        self._changed.set()

    async def _send(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._latest is not None:
                count, node = self._latest
                await self._session.report_progress(float(count), message=node)

    async def close(self) -> None:
        """Sends nothing more."""
        self._task.cancel()
        await asyncio.wait([self._task])

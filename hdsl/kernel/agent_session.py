"""One piece of work of a coding agent, from its instruction to its end, by the Claude Agent SDK and the CLI in it."""

import asyncio
import contextlib
import json
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from hdsl.ground.display import one_line
from hdsl.kernel.agent_hooks import guard_hook, hiding_hook, nothing_else
from hdsl.kernel.agent_process import AgentEnded, AgentProcess, to_its_end
from hdsl.kernel.request import Usage

PACKAGE = "claude_agent_sdk"
STRUCTURED = "StructuredOutput"
"""The tool by which the CLI lets the model give an answer in JSON."""
_LONGEST_SCHEMA = 60_000
"""Characters of a schema that can be an argument of a command."""

End = Literal["done", "turns", "cost", "tokens", "refused", "too_long", "login", "busy", "model", "failed"]
"""How work ended: done, at one of its limits, or by what went wrong."""


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Task:
    """What an agent is to do: instructions, a prompt, the folder it may touch, its tools and its limits."""

    instructions: str
    prompt: str
    folder: Path
    """A real path: no links lead to it."""
    tools: tuple[str, ...]
    turns: int
    cost: float | None = None
    tokens: int | None = None
    model: str = ""
    schema: Mapping[str, Any] | None = None
    """What the answer in JSON must be like, where one is wanted."""


@dataclass(frozen=True, slots=True)
class Worked:
    """How work ended. `said`: the agent's last words; `structured`: its answer in JSON. `turns`: calls of its model."""

    end: End
    said: str
    structured: Any
    turns: int
    usage: Usage
    """Without the number of calls. The cost is what the CLI says, in dollars at list prices."""


def is_installed() -> bool:
    """Whether the SDK is there; it is not imported."""
    return find_spec(PACKAGE) is not None


async def load() -> None:
    """Imports the SDK, which takes a while, beside the event loop."""
    await asyncio.to_thread(import_module, PACKAGE)


def bundled_program() -> Path | None:
    """The CLI that is in the SDK, else the one on PATH."""
    spec = find_spec(PACKAGE)
    for place in [] if spec is None else spec.submodule_search_locations or []:
        program = Path(place) / "_bundled" / "claude"
        if program.is_file():
            return program
    found = shutil.which("claude")
    return None if found is None else Path(found)


def fits(schema: Mapping[str, Any]) -> bool:
    """Whether a schema is short enough to be asked for."""
    return len(json.dumps(schema)) <= _LONGEST_SCHEMA


async def work(
    task: Task,
    program: Path,
    environment: Mapping[str, str],
    root: Path,
    patience: float,
    collect: Callable[[Path], Found],
) -> tuple[Worked, Found]:
    """Lets an agent work to its end, and collects what is in the folder then. `root`: its private folder, which is gone
    when this returns.

    AgentEnded where the CLI cannot be started, ends by itself, or says nothing for `patience` seconds.
    """
    from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, HookMatcher

    # What it writes at the end of the process is in our own error; whoever sets up logging still gets it.
    logging.getLogger(PACKAGE).addHandler(logging.NullHandler())
    structured = STRUCTURED if task.schema is not None else ""
    guard, hide = cast(Any, guard_hook(task.folder, task.tools, structured)), cast(Any, hiding_hook())
    options = ClaudeAgentOptions(
        hooks={
            "PreToolUse": [HookMatcher(hooks=[guard], on_failure="block", timeout=patience)],
            "PostToolUse": [HookMatcher(hooks=[hide], on_failure="block", timeout=patience)],
        },
        can_use_tool=cast(Any, nothing_else),
        verbatim_prompts=True,  # `@/etc/passwd` in a text is not a wish to read it
    )
    process = AgentProcess(_command(task, program, root), environment, task.folder, root)
    client = ClaudeSDKClient(options, transport=cast(Any, process))
    listener = _Listener(task)
    try:
        async with asyncio.timeout(patience):
            await client.connect()
            await client.query(task.prompt)
        async for message in _patiently(client.receive_messages(), patience):
            if listener.hear(message):
                break
        return listener.worked(), collect(task.folder)
    except TimeoutError:
        raise AgentEnded(f"it has said nothing for {patience:g} seconds") from None
    except AgentEnded:
        raise
    except Exception as error:
        # The SDK tells of the end of the process in classes of its own, and in plain ones.
        raise AgentEnded(_cause(error)) from None
    finally:
        process.kill()
        await to_its_end(_close(client, process))


async def _close(client: Any, process: AgentProcess) -> None:
    with contextlib.suppress(Exception):
        await client.disconnect()
    await process.close()


async def _patiently(messages: AsyncIterator[Any], patience: float) -> AsyncIterator[Any]:
    while True:
        async with asyncio.timeout(patience):
            try:
                message = await anext(messages)
            except StopAsyncIteration:
                raise AgentEnded("it has ended before it was done") from None
        yield message


def _command(task: Task, program: Path, root: Path) -> list[str]:
    instructions = root / "instructions.txt"
    instructions.write_text(task.instructions, "utf-8")
    command = [str(program), "--output-format", "stream-json", "--verbose", "--input-format", "stream-json"]
    command += ["--system-prompt-file", str(instructions), "--tools", ",".join(task.tools)]
    command += ["--setting-sources=", "--strict-mcp-config", "--restricted", "--no-session-persistence"]
    command += ["--disable-slash-commands", "--permission-prompt-tool", "stdio", "--max-turns", str(task.turns)]
    if task.model:
        command += [f"--model={task.model}"]
    if task.cost is not None:
        command += ["--max-budget-usd", f"{task.cost:.6f}"]
    if task.schema is not None:
        command += ["--json-schema", json.dumps(task.schema)]
    return command


class _Listener:
    """What is heard of an agent, until its result."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._heard: dict[str, Usage] = {}
        self._error, self._stop, self._text = "", "", ""
        self._is_over_tokens = False
        self._result: Any = None

    def hear(self, message: Any) -> bool:
        """Takes a message; whether the work is over with it."""
        from claude_agent_sdk import AssistantMessage, ResultMessage, TextBlock

        if isinstance(message, AssistantMessage):
            self._error = message.error or self._error
            self._stop = message.stop_reason or self._stop
            texts = [block.text for block in message.content if isinstance(block, TextBlock)]
            self._text = "\n".join(texts) or self._text
            if message.message_id and not message.error:
                self._heard[message.message_id] = _usage(message.usage or {})
            limit = self._task.tokens
            self._is_over_tokens = limit is not None and self._spent().tokens >= limit
            return self._is_over_tokens
        if isinstance(message, ResultMessage):
            self._result = message
            return True
        return False

    def worked(self) -> Worked:
        """What came of it."""
        result = self._result
        turns = max(1, len(self._heard))
        if result is None:
            return Worked("tokens", self._text, None, turns, self._spent())
        total = _usage(result.usage or {})
        usage = total if total.tokens >= self._spent().tokens else self._spent()
        usage = Usage(0, 0, usage.prompt_tokens, usage.completion_tokens, result.total_cost_usd or 0.0)
        said = result.result or "; ".join(result.errors or ()) or self._text
        return Worked(self._end(result), said, result.structured_output, turns, usage)

    def _end(self, result: Any) -> End:
        if result.subtype == "error_max_turns":
            return "turns"
        if result.subtype == "error_max_budget_usd":
            return "cost"
        if "refusal" in (self._stop, result.stop_reason):
            return "refused"
        if not result.is_error:
            return "done"
        if (result.result or "").startswith("Prompt is too long"):
            return "too_long"
        by_error: Mapping[str, End] = {
            "authentication_failed": "login",
            "billing_error": "login",
            "rate_limit": "busy",
            "server_error": "busy",
        }
        by_status: Mapping[int, End] = {401: "login", 402: "login", 403: "login", 404: "model", 429: "busy"}
        status = result.api_error_status or 0
        if status in by_status:
            return by_status[status]
        if status >= 500:
            return "busy"
        return by_error.get(self._error, "failed")

    def _spent(self) -> Usage:
        total = Usage()
        for usage in self._heard.values():
            total += usage
        return total


def _usage(usage: Mapping[str, Any]) -> Usage:
    """The tokens of a question are those that are new, and those that were kept from earlier ones."""
    asked = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    prompt = sum(int(usage.get(name) or 0) for name in asked)
    return Usage(prompt_tokens=prompt, completion_tokens=int(usage.get("output_tokens") or 0))


def _cause(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__

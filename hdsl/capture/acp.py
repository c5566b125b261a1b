"""An agent over the Agent Client Protocol that works in this folder, and is recorded: no hooks are needed.

Its commands run in terminals of ours and its files go through us, so what it does is seen as it does it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hdsl.capture.alone import alone, new_session
from hdsl.capture.keeper import Keeper, shortened
from hdsl.capture.places import CaptureError, Places
from hdsl.configuration.settings import Settings
from hdsl.ground.errors import ELEMENT_FAILED, FINE, LIMIT, UNREACHABLE
from hdsl.ground.files import PRIVATE_FOLDER
from hdsl.kernel.acp import PACKAGE, agent_environment
from hdsl.kernel.acp_calls import ToolUse
from hdsl.kernel.acp_session import Served, work
from hdsl.kernel.agent_process import AgentEnded
from hdsl.kernel.agent_session import Task

TOOL = "terminal"
_TOOLS = ("Read", "Edit", "Write")
_SIZE = (200, 50)
_CODES = {"done": FINE, "turns": LIMIT, "cost": LIMIT, "tokens": LIMIT, "login": UNREACHABLE}
_CHANGES_SHELL = re.compile(r"(?:^|[;&|(]|\bthen|\bdo)\s*(?:cd|export|set|unset|source|\.|exit|exec|alias|declare)\b")


def work_recorded(
    places: Places, settings: Settings, words: Sequence[str], goal: str, key_variable: str = ""
) -> tuple[str, Path, int]:
    """Lets an agent do what `goal` says in the working folder: its last words, what is kept, and the exit code.

    CaptureError if the agent cannot be started.
    """
    if find_spec(PACKAGE) is None:
        raise CaptureError("this needs the package `agent-client-protocol`: pip install 'hdsl[acp]'")
    program = shutil.which(words[0]) if words else None
    if program is None:
        named = f"there is no program {words[0]!r}" if words else "no command is given"
        raise CaptureError(f"{named}: write what starts the agent, as in `hdsl capture acp --goal TEXT gemini --acp`")
    if not goal.strip():
        raise CaptureError("the goal is empty: say what the agent is to do")
    command = [str(Path(program).absolute()), *words[1:]]
    return asyncio.run(_work(places, settings, command, goal, key_variable))


async def _work(
    places: Places, settings: Settings, command: Sequence[str], goal: str, key_variable: str
) -> tuple[str, Path, int]:
    session = new_session(PACKAGE)
    folder = Path.cwd().resolve()
    async with alone(places, session) as (kept, _):
        keeper = Keeper(session, kept, os.environ, _SIZE, goal)
        keeper.begin(str(folder), {"agent": Path(command[0]).name, "version": "", "model": ""})
        root = Path(tempfile.mkdtemp(prefix="hdsl-agent-"))
        (root / "tmp").mkdir(PRIVATE_FOLDER)
        task = Task("", goal, folder, _TOOLS, settings.agent_turns, settings.agent_cost)
        served = Served(settings.policy, settings.sandbox, settings.timeout, _Watch(keeper))
        patience = settings.timeout * (settings.retries + 1)
        environment = agent_environment(os.environ, root, key_variable)
        try:
            worked, _ = await work(task, command, environment, root, patience, served, lambda _: None)
        except (AgentEnded, OSError) as error:
            keeper.note(f"The agent did not finish: {error}")
            raise CaptureError(f"the agent {command[0]} does not work: {error}") from None
        finally:
            keeper.close()
            shutil.rmtree(root, ignore_errors=True)
    return worked.said, kept, _CODES.get(worked.end, ELEMENT_FAILED)


class _Watch:
    """Writes what an agent does into a capture."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._used = 0

    def began(self, call: str, command: str, folder: str) -> None:
        """As in a shell that keeps its state, which an agent's terminals do not."""
        shown = _apart(command, folder)
        self._keeper.began(call, TOOL, {"command": shown}, shown, "", folder)

    def ended(self, call: str, command: str, output: str, status: int | None, seconds: float) -> None:
        """A command has ended."""
        facts = {"status": -1 if status is None else status, "seconds": round(seconds, 3)}
        self._keeper.ended(call, command, "", shortened(output), {}, **facts)

    def used(self, tool: str, path: str, text: str) -> None:
        """A file was read or written."""
        self._used += 1
        arguments = {"file_path": path} if tool == "Read" else {"file_path": path, "content": text}
        output = text if tool == "Read" else ""
        self._keeper.called(f"file-{self._used}", tool, arguments, output, is_error=False, shell="")

    def told(self, use: ToolUse) -> None:
        """What the agent ran by itself: a command if it tells how that ended, else the use of a tool."""
        if use.command is None or use.status is None:
            self._keeper.called(use.call, use.tool, use.arguments, use.output, is_error=use.is_error, shell="")
            return
        shown = _apart(use.command, str(Path.cwd().resolve()))
        self._keeper.began(use.call, TOOL, use.arguments, shown, "", str(Path.cwd().resolve()))
        self._keeper.ended(use.call, use.command, "", shortened(use.output), {}, status=use.status)

    def said(self, call: str, text: str) -> None:
        """What the agent said before a command."""
        self._keeper.said({call: text})


def _apart(command: str, folder: str) -> str:
    if Path(folder) != Path.cwd().resolve():
        return f"(cd {shlex.quote(folder)} && {command})"
    return f"({command})" if _CHANGES_SHELL.search(command) else command

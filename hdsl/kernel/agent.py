"""The agent kernel: a coding agent (the Claude Agent SDK) answers, in a folder that holds only what a request needs.

It reads and writes files there and can do nothing else. A request of the operation `agent` may name a real folder
instead. Each request is a process of its own, which ends with it.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.ground.files import PRIVATE_FOLDER, inside, read_regular, write_atomically
from hdsl.kernel.agent_environment import current_environment
from hdsl.kernel.agent_files import (
    answer_file,
    folder_instructions,
    folder_prompt,
    request_files,
    request_instructions,
    request_prompt,
)
from hdsl.kernel.agent_process import AgentEnded
from hdsl.kernel.agent_session import Found, Task, Worked, bundled_program, fits, is_installed, load, work
from hdsl.kernel.answer_schema import schema_of, unwrapped_json
from hdsl.kernel.request import Answer, KernelUnreachable, LimitReached, Request, Usage, Work
from hdsl.kernel.spending import Limits

_LARGEST_ANSWER = 1 << 24
_MOST_NAMES = 200
_PATIENCE = 60.0
"""Seconds beyond all retries for which an agent may say nothing."""


class AgentKernel:
    """Answers by coding agents, some side by side. SettingsError where the SDK or its CLI is missing."""

    name = "agent"
    _login = "set ANTHROPIC_API_KEY, or run `claude` and log in there (/login)"
    _program_setting = "agent_program (HDSL_AGENT_PROGRAM)"

    def __init__(self, settings: Settings) -> None:
        self.program = self._found_program(settings)
        self._settings = settings
        self._open = asyncio.Semaphore(settings.agent_parallel)
        self._folders: dict[Path, asyncio.Lock] = {}

    async def answer(self, request: Request, left: Limits | None = None) -> Answer:
        """The agent's answer. `left`: what all calls together may still come to.

        KernelUnreachable where the agent cannot be started or its model does not answer; LimitReached where a limit
        stopped it.
        """
        await self._load()
        if request.work is not None and request.work.folder:
            return await self._in_folder(request, request.work, left or Limits())
        return await self._alone(request, left or Limits())

    async def close(self) -> None:
        """Holds nothing: each process has ended with its request."""

    def _found_program(self, settings: Settings) -> Path:
        """The program that is run. SettingsError if there is none."""
        if not is_installed():
            raise SettingsError("the agent kernel needs the package `claude-agent-sdk`: pip install 'hdsl[agent]'")
        program = settings.agent_program or bundled_program()
        if program is None:
            raise SettingsError(
                "the agent kernel finds no `claude`: install the package claude-agent-sdk anew, or set agent_program "
                "(HDSL_AGENT_PROGRAM)"
            )
        return program

    async def _load(self) -> None:
        """Imports what the kernel needs."""
        await load()

    async def _alone(self, request: Request, left: Limits) -> Answer:
        """An answer from a folder that holds the request alone."""
        schema = self._schema(request)
        is_structured = schema is not None
        files = request_files(request)
        asked = request.work or Work(calls=self._settings.agent_turns)
        async with self._open:
            with _private_folder(files) as root:
                instructions = request_instructions(request, structured=is_structured)
                prompt = request_prompt(request, files, structured=is_structured)
                task = replace(self._task(root, instructions, prompt, asked.tools, asked.calls, left), schema=schema)
                worked, text = await self._worked(task, root, _text_of(answer_file(request)))
        if worked.end != "done":
            return self._not_done(request, task, worked, left)
        usage = _usage(worked, request)
        if is_structured:
            return _structured(worked, request, usage)
        if text is None and request.wanted is not None:
            text = worked.said  # it is held against the type
        if text is None:
            return Answer("", f"the agent wrote no answer; it said: {one_line(worked.said)}", usage=usage)
        return Answer(text, usage=usage)

    async def _in_folder(self, request: Request, asked: Work, left: Limits) -> Answer:
        """What an agent says that has worked on the files of a folder; one at a time in each."""
        folder = inside(Path.cwd(), asked.folder).resolve()
        schema = self._schema(request)
        async with self._folders.setdefault(folder, asyncio.Lock()), self._open:
            with _private_folder({}) as root:
                instructions = folder_instructions(request, structured=schema is not None)
                prompt = folder_prompt(request, asked.tools, _names_in(folder))
                task = self._task(root, instructions, prompt, asked.tools, asked.calls, left)
                task = replace(task, folder=folder, schema=schema)
                worked, _ = await self._worked(task, root, _nothing)
        if worked.end != "done":
            return self._not_done(request, task, worked, left)
        usage = _usage(worked, request)
        if schema is not None:
            return _structured(worked, request, usage)
        refused = "" if worked.said.strip() else "the agent says nothing of what it has done"
        return Answer(worked.said, refused, usage=usage)

    def _schema(self, request: Request) -> Mapping[str, Any] | None:
        """What the answer in JSON must be like; None where it is a text, or nothing is to be enforced."""
        if request.wanted is None or not self._settings.constraints:
            return None
        schema = schema_of(request.wanted)
        return schema if fits(schema) else None

    def _task(
        self, root: Path, instructions: str, prompt: str, tools: tuple[str, ...], turns: int, left: Limits
    ) -> Task:
        own = self._settings.agent_cost
        return Task(
            instructions,
            prompt,
            (root / "work").resolve(),
            tools,
            turns if left.calls is None else min(turns, left.calls),
            own if left.cost is None else min(own, left.cost),
            left.tokens,
            self._settings.model,
        )

    async def _worked(self, task: Task, root: Path, collect: Callable[[Path], Found]) -> tuple[Worked, Found]:
        """How the work ended, and what is in its folder then. KernelUnreachable where nothing can be worked."""
        patience = self._settings.timeout * (self._settings.retries + 1) + _PATIENCE
        try:
            return await self._work(task, root, patience, collect)
        except AgentEnded as ended:
            raise KernelUnreachable(
                f"the coding agent {self.program} does not work: {ended}; check that it runs by itself "
                f"(`{self.program} --version`), or set {self._program_setting}"
            ) from None
        except OSError as error:
            raise KernelUnreachable(
                f"the coding agent {self.program} cannot be started: {error.strerror or error}"
            ) from None

    async def _work(
        self, task: Task, root: Path, patience: float, collect: Callable[[Path], Found]
    ) -> tuple[Worked, Found]:
        """Lets the agent work. AgentEnded and OSError where it cannot."""
        environment = current_environment(self._settings, root)
        return await work(task, self.program, environment, root, patience, collect)

    def _not_done(self, request: Request, task: Task, worked: Worked, left: Limits) -> Answer:
        """The answer where an agent was stopped. Raises what ends the run."""
        said = one_line(worked.said)
        usage = _usage(worked, request)
        match worked.end:
            case "login":
                raise KernelUnreachable(f"the coding agent is not logged in: {said}; {self._login}")
            case "busy":
                raise KernelUnreachable(
                    f"the coding agent's model does not answer: {said}; try later, or check HDSL_TIMEOUT and "
                    "ANTHROPIC_BASE_URL"
                )
            case "model":
                raise KernelUnreachable(f"the coding agent has no such model: {said}; set model (HDSL_MODEL)")
            case "refused" | "failed" | "too_long":
                return Answer("", _why(worked, task), worked.end == "too_long", usage)
            case "turns" if request.work is not None and task.turns == request.work.calls:
                return Answer("", f"{_why(worked, task)}; write calls at its node", usage=usage)
        raise LimitReached(f"{_why(worked, task)}{_which(worked, task, left)}", usage)


def _why(worked: Worked, task: Task) -> str:
    """Why work was not done, in one sentence."""
    said = one_line(worked.said)
    match worked.end:
        case "turns":
            return f"the coding agent was not done after {task.turns} call{'' if task.turns == 1 else 's'} of its model"
        case "cost":
            return f"the coding agent was stopped at a cost of {worked.usage.cost:.6g} dollars"
        case "tokens":
            return f"the coding agent was stopped at {worked.usage.tokens:,} tokens"
        case "refused":
            return f"the model refused: {said}"
        case "too_long":
            return said
    return f"the coding agent failed: {said}"


def _which(worked: Worked, task: Task, left: Limits) -> str:
    """Which limit it was that stopped work, as what to do about it."""
    if worked.end == "tokens":
        return " (--max-tokens)"
    if worked.end == "cost":
        return " (--max-cost)" if task.cost == left.cost else "; set agent_cost (HDSL_AGENT_COST) higher"
    return " (--max-calls)" if task.turns == left.calls else "; set agent_turns (HDSL_AGENT_TURNS) higher"


def _usage(worked: Worked, request: Request) -> Usage:
    """What an answer cost. A node that lets an agent work declares how often that calls its model; others ask once."""
    return replace(worked.usage, calls=worked.turns if request.work is not None else 1)


def _structured(worked: Worked, request: Request, usage: Usage) -> Answer:
    """The answer that was given in JSON, as its type writes it."""
    wanted = request.wanted
    text = None if wanted is None else unwrapped_json(json.dumps(worked.structured), wanted)
    return Answer(worked.said if text is None else text, usage=usage, final=text is not None)


@contextmanager
def _private_folder(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder that only its owner can enter, with the files in `work`; gone at the end."""
    root = Path(tempfile.mkdtemp(prefix="hdsl-agent-"))
    try:
        for name in ("work", "home", "tmp"):
            (root / name).mkdir(PRIVATE_FOLDER)
        for name, text in files.items():
            write_atomically(inside(root / "work", name), text.encode("utf-8", "replace"))
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _text_of(name: str) -> Callable[[Path], str | None]:
    """What is in a file in the end; one newline at the end belongs to the file."""

    def text(folder: Path) -> str | None:
        try:
            content = read_regular(folder / name, _LARGEST_ANSWER).decode("utf-8", "replace")
        except OSError:
            return None
        return content.removesuffix("\n")

    return text


def _nothing(folder: Path) -> None:
    """What is looked for in a folder whose files stay."""


def _names_in(folder: Path) -> list[str]:
    """The names of the files of a folder, without what is hidden."""
    found: list[str] = []
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += (Path(path, name).relative_to(folder).as_posix() for name in sorted(names) if name[0] != ".")
        if len(found) > _MOST_NAMES:
            return [*found[:_MOST_NAMES], "…"]
    return found

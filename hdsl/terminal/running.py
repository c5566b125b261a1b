"""Running one command at the prompt of a session to its end: typed like any line; its shell tells how it ended."""

import asyncio
import contextlib
from typing import NamedTuple, Protocol

from hdsl.terminal.errors import PromptNotEmpty, SessionGone
from hdsl.terminal.foreground import read_device, writes_errors_to
from hdsl.terminal.idle import IdleWatch
from hdsl.terminal.output import OutputRecorder
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import ShellState

_LOOK_AGAIN = 0.2
_AFTER_INTERRUPT, _AFTER_CANCEL = 3.0, 1.0
"""Seconds that a command has to end when it is interrupted; when nobody waits for it any longer."""


class Prompt(Protocol):
    """What a session can do at its prompt."""

    async def send_text(self, text: str) -> None:
        """Types a text."""
        ...

    async def send_key(self, name: str) -> None:
        """Presses a key."""
        ...

    async def is_prompt_empty(self) -> bool:
        """Whether a prompt is shown with nothing typed at it."""
        ...

    async def is_running(self) -> bool:
        """Whether a command runs."""
        ...


class CommandRan(NamedTuple):
    """How a command at the prompt ended: all that it printed, and its exit status.

    The status is None where it did not end by itself, which `trouble` then says, or where its shell does not tell.
    """

    output: str
    exit_code: int | None
    trouble: str = ""


async def run_command(
    session: Prompt, command: str, timeout: float, state: ShellState, pane: Pane, idle: IdleWatch
) -> CommandRan:
    """Types a command at an empty prompt, enters it, and waits for its end; at the timeout it is interrupted (C-c).

    PromptNotEmpty, ValueError for a command that is none, TypingRefused, SessionGone: nothing was run.
    """
    line = command.strip("\r\n")
    if all(not each.strip() or each.lstrip().startswith("#") for each in line.splitlines()):
        raise ValueError("there is no command to run")
    if not await session.is_prompt_empty():
        what = "a command is still running" if await session.is_running() else "the prompt is not empty"
        raise PromptNotEmpty(what)
    return await _Run(session, state, pane, idle, (await pane.cursor()).columns).run(line, timeout)


class _Run:
    """One command, from its first key to the prompt behind it."""

    def __init__(self, session: Prompt, state: ShellState, pane: Pane, idle: IdleWatch, columns: int) -> None:
        self._session = session
        self._state = state
        self._pane = pane
        self._idle = idle
        self._is_ours = state.was_announced
        """Whether our shell reads lines, and marks its prompts."""
        device = read_device(pane.terminal)
        self._reads_whole = state.in_editor or device.is_edited
        echoes = writes_errors_to(pane.shell, pane.terminal) if device.is_edited else device.echoes
        self._recorder = OutputRecorder(state.tag, columns, is_edited=state.in_editor, echoes=echoes)
        self._prompt = ""

    async def run(self, line: str, timeout: float) -> CommandRan:
        """Types, enters and waits."""
        try:
            if "\n" in line and not self._reads_whole:
                self._state.recorder = self._recorder  # each line is run by itself
            await self._session.send_text(line)
            self._prompt = "" if self._state.place is None else self._state.place.prompt
            self._state.recorder = self._recorder
            await self._session.send_key("Enter")
            try:
                return await self._ran(timeout)
            except SessionGone as gone:
                return CommandRan(self._recorder.output_so_far(), None, f"ended the session: {gone}")
        except asyncio.CancelledError:
            await self._leave_prompt()
            raise
        finally:
            self._state.recorder = None

    async def _leave_prompt(self) -> None:
        """Ends the command, or takes away what was typed of it, for whoever uses the session next."""
        with contextlib.suppress(SessionGone):
            await self._session.send_key("C-c")
            await self._ends(_AFTER_CANCEL)

    async def _ran(self, timeout: float) -> CommandRan:
        if await self._ends(timeout):
            return CommandRan(await self._output(), self._recorder.exit_code)
        trouble = f"did not end within {timeout:g} s, and was interrupted"
        if self._state.continued:
            trouble = "is not complete: the shell asks for more of it"
        await self._session.send_key("C-c")
        if await self._ends(_AFTER_INTERRUPT):
            return CommandRan(await self._output(), None, trouble)
        so_far = await asyncio.to_thread(self._recorder.output_so_far)
        return CommandRan(so_far, None, f"{trouble}, and is still running")

    async def _output(self) -> str:
        shown, _ = await self._pane.cursor_line()
        return await asyncio.to_thread(self._recorder.output, self._prompt, shown)

    async def _ends(self, timeout: float) -> bool:
        """Waits for the prompt behind a command; False if it does not come in time, or asks for more of the line.

        A program that our shell runs shows no prompt of ours, even if it reads lines too.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    news = self._state.news
                    await self._idle.until_idle()
                    if self._state.continued:
                        return False
                    if not self._is_ours or self._idle.is_own_shell():
                        return True
                    await self._state.changed(_LOOK_AGAIN, news)
        except TimeoutError:
            return False

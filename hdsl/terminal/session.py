"""A terminal session: one shell in one pane, typed into and looked at."""

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path

from hdsl.terminal.beside import CommandRunner, Ran
from hdsl.terminal.errors import TypingRefused
from hdsl.terminal.gate import Gate, Submission
from hdsl.terminal.idle import IdleWatch
from hdsl.terminal.keys import check_key, ends_line, is_plain
from hdsl.terminal.pane import Pane
from hdsl.terminal.running import CommandRan, run_command
from hdsl.terminal.screen import FULL_HISTORY, edited_text, place_of, width
from hdsl.terminal.shell_state import CommandEnded, Sent, ShellState, Write

_PROMPT_WAIT = 2.0
_PROMPT_WIDTH = 2
_EDITED_AT_MOST = 1000
"""How many lines that have scrolled off the screen may belong to the line that is edited."""
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Session:
    """One shell. Every use raises SessionGone once it has ended."""

    def __init__(
        self,
        handle: str,
        pane: Pane,
        state: ShellState,
        runner: CommandRunner,
        files: Path,
        gate: Gate | None = None,
    ) -> None:
        self.handle = handle
        self._pane = pane
        self._state = state
        self._runner = runner
        self._idle = IdleWatch(state, pane)
        self._writing = asyncio.Lock()
        self._running = asyncio.Lock()
        self._output_from = 0
        self._submission = None if gate is None else Submission(state, pane, files, gate)

    async def send_text(self, text: str) -> None:
        """Types the text as it is. A newline in it is a newline of the line that is typed and does not run it, where
        whoever reads can tell (our shells can; a program that reads plain lines gets a line). Control characters other
        than newline and tab are keys and not text: they are left out."""
        typed = _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if not typed:
            self._idle.check_alive()
            return
        await self._write(typed, None)

    async def send_key(self, name: str) -> None:
        """Presses a key by its tmux name; a name tmux does not know is a ValueError."""
        check_key(name)
        await self._write(name, Sent.LINE_END if ends_line(name) else Sent.TEXT if is_plain(name) else Sent.KEY)

    async def send_keys(self, keys: str) -> None:
        """`T …` types what follows, `C …` presses the key it names; anything else is typed as it is."""
        kind, _, rest = keys.lstrip().partition(" ")
        if kind == "C":
            await self.send_key(rest.strip())
        else:
            await self.send_text(rest if kind == "T" else keys)

    async def capture(self, history: int = 0) -> str:
        """The visible screen, and up to `history` lines that have scrolled off it, without blanks at their ends.

        Wrapped lines are joined. If output of the last line that was ended has scrolled off, the first line says so.
        """
        self._idle.check_alive()
        scrolled = (await self._pane.cursor()).scrolled
        text = "\n".join(await self._pane.lines(-history)).rstrip("\n")
        return await self._says_what_is_left_out(scrolled, history) + text

    async def _says_what_is_left_out(self, scrolled: int, history: int) -> str:
        count = scrolled - history - self._output_from
        if count <= 0 or (count == 1 and not any(await self._pane.lines(-history - 1, -history - 1))):
            # A program that clears the screen leaves an empty line behind.
            return ""
        # A full history has lost lines that nobody counts.
        least = "at least " if scrolled >= FULL_HISTORY else ""
        return f"[{least}{count} earlier {'line' if count == 1 else 'lines'} of output not shown]\n"

    async def wait_idle(self, timeout: float) -> bool:
        """Waits until all that was sent has been read and no command runs (a typed line is idle); False if that takes
        longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._idle.until_idle()
        except TimeoutError:
            return False
        return True

    async def is_prompt_empty(self) -> bool:
        """Whether a prompt is shown with nothing typed at it."""
        self._idle.check_alive()
        state = self._state
        if not await self.wait_idle(_PROMPT_WAIT) or state.continued:
            return False
        if state.untouched:
            return True
        if state.place is None:
            return await self._idle.looks_empty()
        cursor = await self._pane.cursor()
        if cursor.column == state.place.column and await self.edited_line() == "":
            return True
        # Behind output without a newline, bash takes its prompt for the beginning of the line when it draws it again.
        line, *below = await self._pane.lines(cursor.row)
        return state.was_announced and cursor.column == _PROMPT_WIDTH >= width(line) and not any(below)

    async def is_running(self) -> bool:
        """Whether a command runs (or a line was handed in that the shell has not dealt with)."""
        self._idle.check_alive()
        return not await self._idle.is_idle()

    async def edited_line(self) -> str:
        """What Enter would submit now: the text behind the prompt on the screen, without blanks at its end; or what was
        sent since the last line end if no prompt is shown. Waits until what was sent has been read."""
        if not await self.wait_idle(_PROMPT_WAIT):
            return self._state.typed.rstrip()
        if self._state.untouched:
            return ""
        cursor = await self._pane.cursor()
        above = await self._pane.lines(-_EDITED_AT_MOST, cursor.row)
        lines = await self._pane.lines(-_EDITED_AT_MOST)
        return edited_text(lines, len(above) - 1, self._state.place)

    async def run_beside(self, command: str, timeout: float) -> Ran:
        """Runs a command beside the shell, in the folder where the shell is, with the environment the session began
        with: nothing that was typed since (variables, functions, a changed PATH) reaches it. It is killed with all that
        it started at the timeout; then its exit status is None."""
        self._idle.check_alive()
        return await self._runner.run(command, await self._folder(), timeout)

    async def run(self, command: str, timeout: float) -> CommandRan:
        """Runs a command at the prompt to its end, and is all that it printed, with its exit status.

        PromptNotEmpty where something runs or is typed, ValueError for no command, TypingRefused where it may not be
        typed; then nothing was run. At the timeout it is interrupted.
        """
        async with self._running:
            return await run_command(self, command, timeout, self._state, self._pane, self._idle)

    def kill_foreground(self) -> None:
        """Kills the command that runs in the foreground, if there is one; the shell stays."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{self._pane.shell}/stat").read_text().rpartition(")")[2].split()
            own, foreground = int(fields[2]), int(fields[5])
            if foreground > 0 and foreground != own:
                os.killpg(foreground, signal.SIGKILL)

    async def _folder(self) -> str:
        try:
            return str(Path(f"/proc/{self._pane.shell}/cwd").readlink())
        except OSError:
            return await self._pane.ask("#{pane_current_path}")

    @property
    def ended(self) -> str:
        """Why the session is gone; empty while it lives."""
        return self._state.ended

    @property
    def writes(self) -> tuple[Write, ...]:
        """What was sent, oldest first (the last 10,000)."""
        return tuple(self._state.writes)

    @property
    def commands(self) -> tuple[CommandEnded, ...]:
        """The commands that ended, oldest first (the last 10,000)."""
        return tuple(self._state.commands)

    def command_ended_since(self, started_ns: int) -> bool:
        """Whether a command has ended whose line was sent at `started_ns` (of `time.monotonic_ns()`) or after."""
        return any(ended.sent_ns >= started_ns for ended in self._state.commands)

    async def _write(self, content: str, key: Sent | None) -> None:
        async with self._writing:
            await self._gate()
            self._idle.check_alive()
            state = self._state
            kind = self._kind_of(content) if key is None else key
            await self._check_submitted(content if key is None else "", kind)
            line = None
            if kind is Sent.LINE_END and not state.only_text and not state.awaiting:
                line = await self.edited_line()
            if kind is Sent.LINE_END:
                cursor = await self._pane.cursor()
                self._output_from = 1 + (
                    cursor.scrolled + cursor.row if state.place is None or state.awaiting else state.place.row
                )
            state.sent(kind, content, line)
            commands = self._pane.paste(content) if key is None else (self._pane.keys(content),)
            replies = [self._pane.client.send(command) for command in commands]
        for reply in replies:
            await reply

    async def _check_submitted(self, text: str, kind: Sent) -> None:
        """Raises TypingRefused, with the line cleared, where what is sent now would hand in a line that is refused."""
        if self._submission is None or not (kind is Sent.LINE_END or "\n" in text):
            return
        refusal = await self._submission.refusal(text)
        if refusal is None:
            return
        self._state.sent(Sent.KEY, "C-c")
        await self._pane.client.run(self._pane.keys("C-c"))
        # An interrupt takes with it what is sent while it is on its way.
        await self._submission.settle()
        raise TypingRefused(refusal)

    def _kind_of(self, text: str) -> Sent:
        # Where no line editor reads, a newline in the text ends a line.
        return Sent.LINE_END if "\n" in text and not self._state.in_editor else Sent.TEXT

    async def _gate(self) -> None:
        """Waits for the line editor to take the line that was ended, and notes where the prompt is."""
        state = self._state
        if state.submitted:
            while state.submitted and not state.ended:
                await self._idle.has_reacted()
            await self._idle.until_prompt_or_program()
        if state.questions and not state.typed:
            # What tmux has typed, or is about to, must not stand in front of what is typed now.
            await self._idle.until_answers_are_cleared()
        if state.untouched and state.place is None and not state.ended:
            cursor = await self._pane.cursor()
            line = (await self._pane.lines(0, cursor.row))[-1]
            state.place = place_of(line, cursor)

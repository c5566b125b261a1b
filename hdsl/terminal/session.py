"""A terminal session: one shell in one pane, typed into and looked at."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from hdsl.terminal.beside import Ran, run_at, run_in
from hdsl.terminal.errors import TypingRefused
from hdsl.terminal.gate import Gate, Submission
from hdsl.terminal.idle import IdleWatch
from hdsl.terminal.integration import environment_report
from hdsl.terminal.keys import check_key, ends_line, is_plain
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import CommandEnded, Phase, Sent, ShellState, Write

_GATE = 0.5
"""Seconds a write waits for the shell to say what it makes of the line that was ended before."""
_PROMPT_WAIT = 0.5
_PROMPT = "$"
_PROMPT_WIDTH = "2"
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Session:
    """One shell. Every use raises SessionGone once it has ended."""

    def __init__(
        self,
        handle: str,
        pane: Pane,
        state: ShellState,
        reports: Path,
        environment: Mapping[str, str],
        gate: Gate | None = None,
    ) -> None:
        self.handle = handle
        self._pane = pane
        self._state = state
        self._reports = reports
        self._environment = environment
        self._idle = IdleWatch(state, pane)
        self._writing = asyncio.Lock()
        self._asked = gate
        self._submission = None if gate is None else Submission(state, pane, reports, gate)

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
        """The visible screen, and up to `history` lines that have scrolled off it, without blanks at their ends."""
        self._idle.check_alive()
        lines = await self._pane.lines(str(-history))
        return "\n".join(lines).rstrip("\n")

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
        if state.phase is not Phase.PROMPT and not state.submitted:
            return await self._idle.foreign_prompt(empty=True)
        if state.at_prompt and state.untouched:
            return not state.continued
        if not await self.wait_idle(_PROMPT_WAIT) or not state.at_prompt or state.continued:
            return False
        column, _, row = (await self._pane.ask("#{cursor_x} #{cursor_y}")).partition(" ")
        line, *below = await self._pane.lines(row)
        return line == _PROMPT and column == _PROMPT_WIDTH and not any(below)

    async def is_running(self) -> bool:
        """Whether a command runs (or a line was handed in that the shell has not dealt with)."""
        self._idle.check_alive()
        return not self._state.at_prompt and not await self._idle.foreign_prompt()

    async def edited_line(self) -> str:
        """What Enter would submit now: the text behind the prompt on the screen, or what was sent since the last line
        end if no prompt is shown."""
        self._idle.check_alive()
        if not await self.wait_idle(_PROMPT_WAIT):
            return self._state.typed
        line = (await self._pane.paragraphs())[-1]
        return line.removeprefix(_PROMPT).removeprefix(" ").rstrip()

    async def run_beside(self, command: str, timeout: float) -> Ran:
        """Runs a command in the shell's folder and exported environment, as they were at its last prompt, beside it;
        killed with its process group at the timeout (then its exit status is None)."""
        self._idle.check_alive()
        if self._asked is not None and (refusal := await self._asked.refusal(command, "", (), False)) is not None:
            raise TypingRefused(refusal)
        if self._state.integrated:
            reported = environment_report(self._reports, self._pane.shell, self._state.prompts)
            return await run_in(reported, command, timeout, self._environment)
        folder = Path("/")
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{self._pane.shell}/cwd").readlink()
        return await run_at(folder, command, timeout, self._environment)

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
        if not self._state.integrated:
            # This shell does not say what it runs: a line that was ended before the prompt there is must do.
            return any(write.sent_ns >= started_ns and write.kind is Sent.LINE_END for write in self._state.writes)
        return any(ended.sent_ns >= started_ns for ended in self._state.commands)

    async def _write(self, content: str, key: Sent | None) -> None:
        async with self._writing:
            await self._gate()
            self._idle.check_alive()
            await self._check_submitted(content, key)
            self._state.sent(self._kind_of(content) if key is None else key, content)
            commands = self._pane.paste(content) if key is None else (self._pane.keys(content),)
            replies = [self._pane.client.send(command) for command in commands]
        for reply in replies:
            await reply

    async def _check_submitted(self, content: str, key: Sent | None) -> None:
        """Raises TypingRefused, with the line cleared, where what is sent now would hand in a line that is refused."""
        text = content if key is None else ""
        if self._submission is None or not (key is Sent.LINE_END or "\n" in text):
            return
        refusal = await self._submission.refusal(text)
        if refusal is None:
            return
        self._state.sent(Sent.KEY, "C-c")
        await self._pane.client.run(self._pane.keys("C-c"))
        # An interrupt takes with it what is sent while it is on its way.
        await self.wait_idle(_PROMPT_WAIT)
        raise TypingRefused(refusal)

    def _kind_of(self, text: str) -> Sent:
        # Where no line editor reads, a newline in the text ends a line.
        return Sent.LINE_END if "\n" in text and self._state.phase is not Phase.PROMPT else Sent.TEXT

    async def _gate(self) -> None:
        """What is sent right behind the end of a line would else reach the command in the editor's wrapping."""
        while self._state.phase is Phase.PROMPT and self._state.submitted and not self._state.ended:
            if not await self._state.changed(_GATE):
                return

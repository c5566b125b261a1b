"""What is known of one shell: from its marks and from what was sent to it, without asking it anything."""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, IntEnum
from time import monotonic_ns

from hdsl.terminal.integration import CommandReports
from hdsl.terminal.marks import Mark, MarkReader

_LOG_LENGTH = 10_000


class Phase(Enum):
    """Who reads what is typed."""

    STARTING = "no prompt yet"
    PREPARING = "a prompt is about to be shown"
    PROMPT = "the shell's line editor"
    RUNNING = "the command that runs"


class Sent(IntEnum):
    """A kind of write, by what it takes to know that the shell has read it (the higher, the more)."""

    NOTHING = 0
    TEXT = 1
    KEY = 2
    LINE_END = 3


@dataclass(frozen=True, slots=True)
class Write:
    """Something that was sent: a text, or a key by its name. `sent_ns` is `time.monotonic_ns()`."""

    sent_ns: int
    content: str
    kind: Sent


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """A command that ended: its line, when that was sent and when it ended (`time.monotonic_ns()`), its exit status."""

    sent_ns: int
    ended_ns: int
    command: str
    exit_code: int


class ShellState:
    """The state of one shell. `changed` wakes whoever waits for a mark, a bell or the end."""

    def __init__(self, nonce: str, reports: CommandReports) -> None:
        self._reader = MarkReader(nonce)
        self._reports = reports
        self._news = asyncio.Event()
        self._line_ends: deque[int] = deque()
        self._running_since: int | None = None
        self._more = 0
        self.phase = Phase.STARTING
        self.integrated = False
        """Whether the shell has ever written a mark."""
        self.submitted = False
        """A line was ended at a prompt, and the shell has not said yet what it makes of it."""
        self.continued = False
        """The prompt asks for more of the same line."""
        self.untouched = False
        """Nothing can have been typed at the prompt there is."""
        self.unread = Sent.NOTHING
        """The hardest to follow of what was sent and may not have been read yet."""
        self.bells = 0
        self.lines_reported = 0
        """How often the shell's editor has written its line to the file of reports."""
        self.marks = 0
        self.prompts = 0
        self.last_output_ns = monotonic_ns()
        self.ended = ""
        """Why the session is gone; empty while it lives."""
        self.writes: deque[Write] = deque(maxlen=_LOG_LENGTH)
        self.commands: deque[CommandEnded] = deque(maxlen=_LOG_LENGTH)

    @property
    def typed(self) -> str:
        """The text that was sent since the last line end."""
        texts: list[str] = []
        for write in reversed(self.writes):
            if write.kind is Sent.LINE_END:
                break
            if write.kind is Sent.TEXT:
                texts.append(" " if write.content == "Space" else write.content)
        return "".join(reversed(texts))

    @property
    def at_prompt(self) -> bool:
        """Whether the shell's line editor reads what is typed, as far as is known."""
        return self.phase is Phase.PROMPT and not self.submitted

    def end(self, cause: str) -> None:
        """The session is gone."""
        self.ended = self.ended or cause
        self._notify()

    def wrote(self, data: bytes) -> None:
        """The pane wrote `data`, escaped as tmux does."""
        self.last_output_ns = monotonic_ns()
        for mark in self._reader.feed(data):
            self._see(mark)

    def sent(self, kind: Sent, content: str) -> None:
        """Something is being sent now."""
        now = monotonic_ns()
        self.writes.append(Write(now, content, kind))
        self.untouched = False
        if kind is Sent.LINE_END:
            if self.at_prompt:
                # What was typed before is read before the line's end is, and that will show.
                self.submitted, self.unread = True, Sent.NOTHING
                self._line_ends = deque([now])
                return
            self._line_ends.append(now)
        self.unread = max(self.unread, kind)

    def all_read(self) -> None:
        """All that was sent is known to have been read, and none of it started a command."""
        self.unread = Sent.NOTHING
        self.submitted = False
        self._line_ends.clear()

    async def changed(self, within: float) -> bool:
        """Waits for a mark, a bell or the end; False if there was none within that many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _notify(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _see(self, mark: Mark) -> None:
        if mark.kind == "bell":
            self.bells += 1
        elif mark.kind == "L":
            self.lines_reported += 1
        else:
            self.integrated = True
            self.marks += 1
            {"A": self._see_prepared, "B": self._see_prompt, "C": self._see_run, "P": self._see_more}[mark.kind](mark)
        self._notify()

    def _see_prepared(self, mark: Mark) -> None:
        exit_code, self.prompts, shell = mark.numbers
        if self._running_since is not None:
            command = self._reports.command(shell, self.prompts)
            self.commands.append(CommandEnded(self._running_since, monotonic_ns(), command, exit_code))
            self._running_since = None
        self.submitted = self.continued = False
        self.phase = Phase.PREPARING

    def _see_prompt(self, _mark: Mark) -> None:
        # The editor writes its prompt again when it redraws: only the first after an A is a new one.
        if self.phase is Phase.PREPARING:
            self.phase = Phase.PROMPT
            self.untouched = self.unread is Sent.NOTHING

    def _see_run(self, _mark: Mark) -> None:
        if self._running_since is None:
            last_write = self.writes[-1].sent_ns if self.writes else monotonic_ns()
            self._running_since = self._line_ends.popleft() if self._line_ends else last_write
        self.submitted = self.continued = False
        self.phase = Phase.RUNNING

    def _see_more(self, mark: Mark) -> None:
        if mark.numbers[0] == self._more:
            return
        self._more = mark.numbers[0]
        self.submitted, self.continued = False, True
        self.phase = Phase.PROMPT

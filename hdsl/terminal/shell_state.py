"""What is known of one shell without asking anybody: from its output, and from what was sent to it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from time import monotonic_ns

from hdsl.terminal.marks import Kind, Mark, MarkReader
from hdsl.terminal.output import OutputRecorder

_LOG_LENGTH = 10_000


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
    """A command that ended: its line, when that was sent, and when it was seen to have ended (`time.monotonic_ns()`).

    `exit_code` is None for a shell that does not tell, such as one that was started inside ours.
    """

    sent_ns: int
    ended_ns: int
    command: str
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt ends: its text up to the cursor and what is shown behind that, the cursor's column, and its row,
    counted from the first that there was in the pane."""

    prompt: str
    behind: str
    column: int
    row: int


class ShellState:
    """The state of one shell. `changed` wakes whoever waits for news."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.recorder: OutputRecorder | None = None
        """Who collects the output of the command that runs, if somebody does."""
        self._reader = MarkReader(tag)
        self._news = asyncio.Event()
        self.news = 0
        """How many news there were."""
        self._lines: list[tuple[int, str]] = []
        self._typed: list[str] = []
        self._prompts: list[Mark] = []
        self._count = 0
        self._says_when_it_edits = True
        self.awaiting = True
        """A line was ended, or the shell has just started, and it has not been seen to read the next line yet."""
        self.submitted = False
        """A line was ended in a line editor, which has not taken it yet."""
        self.announced_ns = 0
        """When its prompt, or what looked like it, was seen last."""
        self.announced = False
        """The shell has shown its prompt since the last line was ended."""
        self.editor = ""
        """By that prompt, whose keys the shell's line editor has; empty if it reads without one."""
        self.was_announced = False
        """The last line was read at a prompt of ours."""
        self.continued = False
        """The prompt asks for more of the same line."""
        self.untouched = False
        """Nothing was sent since the prompt was shown."""
        self.only_text = True
        """Nothing but text was sent since the last line end."""
        self.in_editor = False
        """A line editor reads a line, by its own word."""
        self.edits_lines = False
        """The shell read its last line with a line editor."""
        self.has_marks = False
        """The shell has shown a prompt of ours."""
        self.unread = Sent.NOTHING
        """The hardest to follow of what was sent and may not have been read yet."""
        self.questions = 0
        """How many questions the terminal was asked whose answers may be on the line."""
        self.question_ns = 0
        self.reports = 0
        """How often the shell's line editor has written its line to a file."""
        self.last_output_ns = monotonic_ns()
        self.place: Place | None = None
        """Where the prompt ended when nothing had been typed at it; None until somebody looked."""
        self.readers: tuple[str, ...] = ()
        """The programs that read the last line, and `usual_prompt` the first prompt that they showed."""
        self.usual_prompt = ""
        self.seen_prompts: set[str] = set()
        """The prompts that our shell has shown that are not ours."""
        self.ended = ""
        """Why the session is gone; empty while it lives."""
        self.writes: deque[Write] = deque(maxlen=_LOG_LENGTH)
        self.commands: deque[CommandEnded] = deque(maxlen=_LOG_LENGTH)

    @property
    def last_write_ns(self) -> int:
        """When something was sent last; 0 if nothing was."""
        return self.writes[-1].sent_ns if self.writes else 0

    @property
    def typed(self) -> str:
        """The text that was sent since the last line end."""
        return "".join(self._typed)

    @property
    def typed_ahead(self) -> bool:
        """Whether more was sent behind the end of a line than has been seen to be read."""
        return len(self._lines) > 1 or bool(self._lines and self._typed)

    @property
    def ends_with_line(self) -> bool:
        """Whether the end of a line is the last that was sent."""
        return bool(self.writes) and self.writes[-1].kind is Sent.LINE_END

    def end(self, cause: str) -> None:
        """The session is gone."""
        self.ended = self.ended or cause
        self._notify()

    def wrote(self, data: bytes) -> None:
        """The pane wrote `data`, escaped as tmux does."""
        self.last_output_ns = monotonic_ns()
        if self.recorder is not None:
            self.recorder.wrote(data)
        marks = self._reader.feed(data)
        for mark in marks:
            self._see(mark)
        if marks:
            self._notify()

    def sent(self, kind: Sent, content: str, line: str | None = None) -> None:
        """Something is being sent now; with a line end, `line` is what it ends, if that is known."""
        now = monotonic_ns()
        self.writes.append(Write(now, content, kind))
        self.untouched = False
        self.unread = max(self.unread, kind)
        if kind is Sent.LINE_END:
            self._end_line(now, self.typed + _text_of(content) if line is None else line)
            self._typed.clear()
            self.only_text = self.awaiting = True
            self.submitted = self._says_when_it_edits = self.in_editor
            self.announced = False
        elif kind is Sent.TEXT:
            self._typed.append(" " if content.lower() == "space" else content)
        else:
            self.only_text = False

    def reads_next_line(self, is_edited: bool) -> None:
        """The shell is known to have read all that was sent, and to wait for more."""
        if self.awaiting:
            self._end_commands()
            self.untouched = not self._typed and self.only_text
            # What was typed ahead may be on the line, or may have been read by the command.
            self.only_text = self.untouched
            self.place = None
            self.was_announced = self.announced
        self.edits_lines = is_edited
        self.awaiting = self.submitted = False
        self.unread = Sent.NOTHING

    def line_was_not_taken(self) -> None:
        """What looked like the end of a line meant something else to the line editor (after C-v, for one)."""
        self.submitted = self.awaiting = False
        self.unread = Sent.NOTHING
        self._lines.clear()

    async def changed(self, within: float, since: int | None = None) -> bool:
        """Waits for news: a mark, or the end. False if there was none within that many seconds.

        `since` is what `news` was when somebody looked: news that has come meanwhile counts.
        """
        if since is not None and since != self.news:
            return True
        try:
            async with asyncio.timeout(within):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _notify(self) -> None:
        self.news += 1
        self._news.set()
        self._news = asyncio.Event()

    def _see(self, mark: Mark) -> None:
        match mark.kind:
            case Kind.PROMPT:
                self.has_marks = True
                if mark.editor and self._says_when_it_edits and not self.in_editor:
                    # Not by the shell: its line editor would have said first that it starts.
                    return
                self._prompts.append(mark)
                self.announced = True
                self.announced_ns = self.last_output_ns
                self.editor = mark.editor
                self.continued = False
            case Kind.MORE:
                self.announced = self.continued = True
            case Kind.REPORTED:
                self.reports += 1
            case Kind.EDITOR:
                self.in_editor = True
            case Kind.ACCEPTED:
                if not self._lines:
                    # Not by a line end of ours: by C-c, or a key that the user bound.
                    self._typed.clear()
                    self.only_text = True
                self.in_editor = self.submitted = self.announced = False
                self.awaiting = self._says_when_it_edits = True
            case Kind.QUESTION:
                self.questions += 1
                self.question_ns = self.last_output_ns

    def _end_commands(self) -> None:
        if self.continued:
            return
        now = monotonic_ns()
        counted = self._counted()
        lines = self._lines
        if counted is None:
            lines = [line for line in lines if line[1].strip()]
            counted = [None] * len(lines)
        while len(lines) > len(counted) > 0 and not lines[0][1].strip():
            lines = lines[1:]
        for index, status in enumerate(counted):
            sent_ns, text = lines[index] if index < len(lines) else (self.last_write_ns, "")
            self.commands.append(CommandEnded(sent_ns, now, text.strip(), status))
        self._lines = []

    def _end_line(self, now: int, text: str) -> None:
        if self.continued and not self.awaiting and self._lines:
            sent_ns, begun = self._lines.pop()
            now, text = sent_ns, f"{begun}\n{text}"
        self._lines.append((now, text))

    def _counted(self) -> list[int | None] | None:
        """The exit statuses of the commands that ran since the shell read a line last; None if it did not tell.

        The last prompt tells how many. Prompts before it may have been printed by anybody: where two of them do not
        agree, the status is unknown.
        """
        prompts, self._prompts = self._prompts, []
        if not prompts:
            return None
        before, self._count = self._count, prompts[-1].count - 1
        ran = self._count - before
        if ran < 0 or ran > max(1, len(self._lines)):
            return None
        statuses: list[int | None] = []
        for count in range(before + 2, prompts[-1].count + 1):
            seen = {prompt.status for prompt in prompts if prompt.count == count}
            statuses.append(seen.pop() if len(seen) == 1 else None)
        return statuses


def _text_of(content: str) -> str:
    # A text with newlines that is read line by line, not the name of a key.
    return content if "\n" in content else ""

"""What a command printed, as text: collected from what its pane writes, unwrapped, without what moves the cursor.

Between the mark that a line was read and the last prompt, all that a pane writes is a command's output. A line is what
a terminal would show of it, unwrapped: `\\r` and backspaces write over what is there. Clearing the screen changes
nothing, and what is drawn on the alternate screen (by an editor or a pager) is left out.
"""

import codecs
import re
from collections import deque
from typing import NamedTuple

from hdsl.terminal.marks import Kind, MarkReader

LONGEST_OUTPUT = 1 << 20
"""How many characters of an output are kept: the first half and the last half."""

_HALF = LONGEST_OUTPUT // 2
_LONGEST_ESCAPE = 4096
_AT_ONCE = 1 << 16
_LONGEST_LINE = 1 << 16
"""How much of a line that does not end can be written over."""
_OCTAL = re.compile(rb"\\([0-7]{3})")
_BYTES = {b"%03o" % value: bytes([value]) for value in range(256)}
_ALTERNATE = re.compile(r"\x1b\[\?(?:1049|1047|47)([hl])")
_MOVE = r"\[(\d{0,6})(?:;\d*)*([CDGHJKf])"
_MOVES = re.compile(rf"\x1b{_MOVE}|([\r\b])")
_UNSEEN = re.compile(
    rf"\x1b(?!{_MOVE})(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS and the like, to their end
    r"|[ -/]*[0-Z\\^-~]"
    r"|)|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class End(NamedTuple):
    """A place in an output: how much of it was ended by a line break, and the line behind that."""

    length: int
    line: str


class Output:
    """The text of what a terminal was told to show, of bounded length."""

    def __init__(self, width: int) -> None:
        """`width`: in how many columns it was shown; a line longer than that has several rows."""
        self._width = width
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._is_alternate = False
        self._line: list[str] = []
        self._column = 0
        self._has_returned = False
        self._first: list[str] = []
        self._first_length = 0
        self._last: deque[str] = deque()
        self._last_length = 0
        self._left_out = 0
        self.marked: End | None = None
        """Where the output may have ended last."""

    def feed(self, data: bytes) -> None:
        """What the terminal wrote next."""
        text = self._rest + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        cut = len(text) if unfinished is None else unfinished.start()
        text, self._rest = text[:cut], text[cut:]
        start = 0
        for switch in _ALTERNATE.finditer(text):
            self._show(text[start : switch.start()])
            self._is_alternate = switch[1] == "h"
            start = switch.end()
        self._show(text[start:])

    @property
    def has_lines(self) -> bool:
        """Whether a line was ended."""
        return bool(self._first)

    def mark(self) -> None:
        """The output may have ended here."""
        self.marked = self._end

    def text(self, end: End | None, prompt: str = "", shown: str = "") -> str:
        """What was written up to an end (None: all of it), without line breaks behind it.

        A last line that is not ended is without the `prompt` at its end, and left out if it is all that is `shown`.
        """
        length, line = end or self._end
        beyond = self._end.length - length
        first, last = "".join(self._first), "".join(self._last)
        kept = last[: max(0, len(last) - beyond)]
        bare, sign = line.rstrip(), prompt.rstrip()
        if sign and bare.endswith(sign):
            line = bare.removesuffix(sign).rstrip()
        elif bare == shown.rstrip():
            line = ""
        if not self._left_out:
            first = first[: len(first) - max(0, beyond - len(last))]
        rest = kept + line
        too_many = max(0, len(first) + len(rest) - LONGEST_OUTPUT)
        if not self._left_out and not too_many:
            return (first + rest).rstrip("\n")
        left_out = f"[… {self._left_out + too_many:,} characters of output left out …]"
        return f"{first}\n{left_out}\n{rest[too_many:]}".rstrip("\n")

    @property
    def _end(self) -> End:
        return End(self._first_length + self._left_out + self._last_length, "".join(self._line))

    def _show(self, text: str) -> None:
        if self._is_alternate or not text:
            return
        text = text.replace("\r\n", "\n")
        if not _CONTROL.search(text):
            first, newline, text = text.partition("\n")
            self._put(first)
            if newline:
                self._end_line("\n")
            whole, newline, text = text.rpartition("\n")
            self._keep(whole + newline)
            self._put(text)
        else:
            *lines, rest = _UNSEEN.sub("", text).split("\n")
            for line in lines:
                self._write(line)
                self._end_line("\n")
            self._write(rest)
        if len(self._line) > _LONGEST_LINE:
            self._end_line("")

    def _end_line(self, ending: str) -> None:
        self._keep("".join(self._line) + ending)
        self._line.clear()
        self._column = 0

    def _write(self, text: str) -> None:
        """Writes into the line at the cursor."""
        start = 0
        for move in _MOVES.finditer(text):
            self._put(text[start : move.start()])
            self._move(move[1] or "", move[2] or move[3])
            start = move.end()
        self._put(text[start:])

    def _put(self, text: str) -> None:
        if self._column > len(self._line):
            self._line += " " * (self._column - len(self._line))
        self._line[self._column : self._column + len(text)] = text
        self._column += len(text)
        self._has_returned = self._has_returned and not text

    def _move(self, number: str, letter: str) -> None:
        count = min(int(number or 1), _LONGEST_LINE)
        has_returned, self._has_returned = self._has_returned, letter == "\r"
        match letter:
            case "\r":
                # Behind the last column of a row, the cursor is still in that row.
                last = self._column if has_returned else max(0, self._column - 1)
                self._column = last // self._width * self._width
            case "\b" | "D":
                self._column = max(0, self._column - count)
            case "C":
                self._column += count
            case "G":
                self._column = count - 1
            case "K" | "J" if number in ("", "0"):
                del self._line[self._column :]
            case "K" if number == "2":
                self._line.clear()
            case "H" | "f" if self._line:
                # What comes now stands somewhere else.
                self._end_line("\n")

    def _keep(self, text: str) -> None:
        room = _HALF - self._first_length
        if room > 0 and not self._last:
            self._first.append(text[:room])
            self._first_length += len(text[:room])
            text = text[room:]
        if not text:
            return
        self._last.append(text)
        self._last_length += len(text)
        while self._last_length > _HALF:
            over = self._last_length - _HALF
            oldest = self._last.popleft()
            if len(oldest) > over:
                self._last.appendleft(oldest[over:])
            gone = min(over, len(oldest))
            self._last_length -= gone
            self._left_out += gone


class OutputRecorder:
    """Follows what a pane writes: the output of one line, and what the prompts behind it said of its exit status."""

    def __init__(self, tag: str, width: int, *, is_edited: bool, echoes: bool) -> None:
        """`is_edited`: a line editor reads the line, and says when it has. Otherwise the terminal may echo the end of
        the line (`echoes`)."""
        self._reader = MarkReader(tag)
        self._waiting = b""
        self._width = width
        self._output = Output(width)
        self._waits_for_editor = is_edited
        self._waits_for_echo = echoes and not is_edited
        self._waits_for_newline = False
        """Whether an editor has read the line without having gone on to the next."""
        self._is_in_editor = False
        self._statuses: list[tuple[int, int]] = []

    def wrote(self, data: bytes) -> None:
        """The pane wrote `data`, escaped as tmux does."""
        for piece, mark in self._reader.pieces(data):
            self._waiting += piece
            if mark is not None or len(self._waiting) > _AT_ONCE:
                self._feed()
            if mark is None:
                continue
            if mark.kind is Kind.ACCEPTED and self._waits_for_editor:
                self._waits_for_editor = False
                self._waits_for_newline = not self._output.has_lines
                self._output = Output(self._width)
            elif mark.kind is Kind.EDITOR:
                self._output.mark()
                self._is_in_editor = True
            elif mark.kind is Kind.PROMPT:
                if not self._is_in_editor:
                    self._output.mark()
                self._is_in_editor = False
                self._statuses.append((mark.count, mark.status))

    @property
    def exit_code(self) -> int | None:
        """The status that the last prompt told; None where none did, or where prompts of its number do not agree."""
        told = {status for count, status in self._statuses if count == self._statuses[-1][0]}
        return told.pop() if len(told) == 1 else None

    def output(self, prompt: str, shown: str) -> str:
        """What was printed up to the prompt, which is `prompt` if nothing marks it. `shown`: the line of the cursor."""
        self._flush()
        if self._statuses:
            return self._output.text(self._output.marked)
        return self._output.text(self._output.marked, prompt, shown)

    def output_so_far(self) -> str:
        """All that was printed."""
        self._flush()
        return self._output.text(None)

    def _flush(self) -> None:
        self._waiting += self._reader.rest()
        self._feed()

    def _feed(self) -> None:
        piece, self._waiting = self._waiting, b""
        data = _OCTAL.sub(_byte_of, piece.replace(rb"\015\012", b"\r\n")) if b"\\" in piece else piece
        if self._waits_for_echo and b"\n" in data:
            self._waits_for_echo = False
            data = data.partition(b"\n")[2]
        if self._waits_for_newline and data:
            self._waits_for_newline = False
            data = data.removeprefix(data[: len(data) - len(data.lstrip(b"\r"))] + b"\n")
        self._output.feed(data)


def _byte_of(octal: "re.Match[bytes]") -> bytes:
    return _BYTES[octal[1]]

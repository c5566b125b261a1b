"""What the output of a pane tells about its shell, found in what tmux reports of it.

Our shells write OSC 133 marks with their prompts: `D;tag;count;status;options` with each prompt (the number of
the next command, the exit status of the last, the shell's options), `P;tag` with one that asks for more of the line,
`L;tag` when the editor has written its line to a file (see `gate`). Line editors of all kinds switch bracketed paste on
while they read a line. And whoever asks the terminal a question is answered by tmux, which types the answer.

All of this is output: any program can write it. It says when to look and what a command's status was; whether a shell
is idle is for the kernel to say (see `foreground`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_LONGEST_MARK = 500
_ESCAPED = 4
"""How long a byte is as tmux escapes it."""
# As tmux reports output: bytes below 32 and the backslash are `\ooo`.
_EDITOR = rb"\\033\[\?2004([hl])"
_QUESTION = (
    rb"\\033\[[?>=]?[\d;]*[cn]|\\033\[>[\d;]*q|\\033\[[\d;]*t|\\033\[\??[\d;]*\$p|\\033Z"
    rb"|\\033\][\d;]+;\?(?:\\007|\\033\\134)|\\033P[+$]q"
)


class Kind(Enum):
    """A kind of event in the output of a pane."""

    PROMPT = "the shell shows its prompt"
    MORE = "the shell asks for more of the same line"
    REPORTED = "the line editor has written its line to a file"
    EDITOR = "a line editor starts to read a line"
    ACCEPTED = "the line editor has read a line"
    QUESTION = "somebody asked the terminal something, and tmux types the answer"


@dataclass(frozen=True, slots=True)
class Mark:
    """An event; with a prompt the number of the next command, the exit status of the last, and whose keys the shell's
    line editor has, `emacs` or `vi`; empty if the shell reads without one."""

    kind: Kind
    count: int = 0
    status: int = 0
    editor: str = ""


class MarkReader:
    """Finds the events of one pane, also where tmux cut them in two."""

    def __init__(self, tag: str) -> None:
        shell = rb"\\033\]133;(?:D;%b;(\d{1,9});(\d{1,3});([a-z:-]*)|([PL]);%b)\\007" % (tag.encode(), tag.encode())
        self._pattern = re.compile(shell + rb"|" + _EDITOR + rb"|(" + _QUESTION + rb")")
        self._tail = b""

    def feed(self, data: bytes) -> list[Mark]:
        """The events that end in `data`, which follows what was fed before."""
        data = self._tail + data
        marks, end = [], 0
        for found in self._pattern.finditer(data):
            end = found.end()
            marks.append(_mark_of(found))
        self._tail = data[max(end, len(data) - _LONGEST_MARK) :]
        return marks

    def pieces(self, data: bytes) -> Iterator[tuple[bytes, Mark | None]]:
        """What stands in front of each event that ends in `data`, with the event; then what no event can begin in.

        For a reader that is not fed otherwise.
        """
        data = self._tail + data
        end = 0
        for found in self._pattern.finditer(data):
            yield data[end : found.start()], _mark_of(found)
            end = found.end()
        begun = data.rfind(rb"\033", max(end, len(data) - _LONGEST_MARK))
        if begun < 0:
            begun = data.rfind(b"\\", max(end, len(data) - _ESCAPED + 1))
        kept = len(data) if begun < 0 else begun
        self._tail = data[kept:]
        yield data[end:kept], None

    def rest(self) -> bytes:
        """What `pieces` has kept back, which is then taken."""
        rest, self._tail = self._tail, b""
        return rest


def _mark_of(found: "re.Match[bytes]") -> Mark:
    count, status, options, more, editor, _question = found.groups()
    if count is not None:
        keys = next((name for name in ("emacs", "vi") if name.encode() in options.split(b":")), "")
        return Mark(Kind.PROMPT, int(count), int(status), keys)
    if more is not None:
        return Mark(Kind.MORE if more == b"P" else Kind.REPORTED)
    if editor is not None:
        return Mark(Kind.EDITOR if editor == b"h" else Kind.ACCEPTED)
    return Mark(Kind.QUESTION)

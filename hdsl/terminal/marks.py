"""The marks a shell writes about itself (OSC 133), found in what tmux reports of a pane's output.

`A;nonce;status;count;pid` before a new prompt (with the exit status of what ran before it and the shell's process),
`B;nonce` where the typed line begins, `C;nonce` when a line was accepted and runs, `P;nonce;count` a prompt for more of
the same line, `L;nonce;count` when the editor has reported its line. A mark without the nonce is somebody's output and
not a mark. A bell is reported too: it answers C-g.
"""

import re
from dataclasses import dataclass
from typing import Literal

MarkKind = Literal["A", "B", "C", "L", "P", "bell"]
_LONGEST_MARK = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark, with its numbers (see the module)."""

    kind: MarkKind
    numbers: tuple[int, ...] = ()


class MarkReader:
    """Finds the marks of one pane, also where tmux cut them in two."""

    def __init__(self, nonce: str) -> None:
        self._pattern = re.compile(rb"\\033\]133;([ABCLP]);" + nonce.encode() + rb"((?:;\d+)*)\\033\\134|(\\007)")
        self._tail = b""

    def feed(self, data: bytes) -> list[Mark]:
        """The marks that end in `data`, which follows what was fed before."""
        data = self._tail + data
        marks, end = [], 0
        for found in self._pattern.finditer(data):
            end = found.end()
            if found[3]:
                marks.append(Mark("bell"))
            else:
                kind: MarkKind = found[1].decode()  # type: ignore[assignment]
                marks.append(Mark(kind, tuple(int(number) for number in found[2].split(b";")[1:])))
        self._tail = data[max(end, len(data) - _LONGEST_MARK) :]
        return marks

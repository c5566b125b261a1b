"""Reading unified diffs, as we write them and as models do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_MARKS = " +-\\"


class PatchRejected(ValueError):  # noqa: N818 - what happened to it
    """A patch that is none, or does not apply; says why."""


class HunkLine(NamedTuple):
    """One line of a hunk: `mark` is a space (context), `-` or `+`; `text` has its `\\n` unless the text ends there."""

    mark: str
    text: str


@dataclass(frozen=True)
class Hunk:
    """One change with its context. `start` is the line of the old text it says it begins at, counted from 0."""

    start: int
    lines: tuple[HunkLine, ...]

    @cached_property
    def old(self) -> list[str]:
        """The lines it expects."""
        return [line.text for line in self.lines if line.mark != "+"]

    @cached_property
    def prefix(self) -> int:
        """How many lines of context it begins with."""
        return _leading_context(self.lines)

    @cached_property
    def suffix(self) -> int:
        """How many lines of context it ends with."""
        return _leading_context(self.lines[::-1])


def parse_patch(patch: str) -> list[Hunk]:
    """The hunks of a unified diff of one text. What stands before the first hunk is ignored.

    Counts that do not fit the lines, as models write them, are counted anew. Raises PatchRejected for what is none.
    """
    lines = patch.split("\n")
    if lines[-1] == "":
        lines.pop()
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    hunks = [_hunk(lines[at], _counted(lines, at) or _uncounted(lines, at)) for at in headers]
    if not hunks:
        raise PatchRejected("it is no unified diff: it has no line like `@@ -1,2 +1,2 @@`")
    return hunks


def _leading_context(lines: Sequence[HunkLine]) -> int:
    return next((at for at, line in enumerate(lines) if line.mark != " "), len(lines))


def _counted(lines: list[str], header: int) -> list[str] | None:
    """The lines of a hunk by the counts of its header; None where the counts do not fit."""
    found = _HEADER.match(lines[header])
    assert found
    old, new = (1 if count is None else int(count) for count in (found[2], found[4]))
    at = header + 1
    while old > 0 or new > 0:
        if at >= len(lines) or lines[at][:1] not in _MARKS:
            return None
        mark = lines[at][:1] or " "
        old -= mark in " -"
        new -= mark in " +"
        at += 1
    if at < len(lines) and lines[at].startswith("\\"):
        at += 1
    if old < 0 or new < 0 or not _ends_at(lines, at):
        return None
    return lines[header + 1 : at]


def _ends_at(lines: list[str], at: int) -> bool:
    """Whether nothing of a hunk can stand there: the end, another hunk, a blank line, a fence."""
    return at >= len(lines) or not lines[at] or lines[at][0] not in " +-"


def _uncounted(lines: list[str], header: int) -> list[str]:
    """The lines of a hunk up to the first that can be none of it, blank ones at the end left out."""
    end = header + 1
    while end < len(lines) and lines[end][:1] in _MARKS:
        end += 1
    last = end
    while last > header + 1 and not lines[last - 1]:
        last -= 1
    return lines[header + 1 : last]


def _hunk(header: str, body: Sequence[str]) -> Hunk:
    found = _HEADER.match(header)
    assert found
    read: list[HunkLine] = []
    for line in body:
        if line.startswith("\\"):
            if read:
                read[-1] = HunkLine(read[-1].mark, read[-1].text.removesuffix("\n"))
        else:
            read.append(HunkLine(line[:1] or " ", f"{line[1:]}\n"))
    if all(line.mark == " " for line in read):
        raise PatchRejected(f"the hunk {header!r} changes nothing")
    start = int(found[1])
    inserts = all(line.mark == "+" for line in read)
    return Hunk(start if inserts else max(0, start - 1), tuple(read))

"""Reading unified diffs, as we write them, as git mails them and as models write them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_MARKS = " +-\\"
_SIGNATURES = ("-- ", "--")
_VERSION = re.compile(r"\d+\.\d")
_DIGITS = 18
"""Digits of a line number that are read: with more of them it is beyond any text all the same."""


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
    """The hunks of a unified diff of one text. What stands before, between and behind them is ignored.

    Counts that do not fit the lines, as models write them, are counted anew. Raises PatchRejected for what is none, and
    for a patch of several files.
    """
    lines = patch.split("\n")
    if lines[-1] == "":
        lines.pop()
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if not headers:
        raise PatchRejected("it is not a unified diff: it has no line like `@@ -1,2 +1,2 @@`")
    if _has_foreign_ends(lines, headers):
        lines = [line.removesuffix("\r") for line in lines]
    files = dict.fromkeys(name for at in headers if (name := _file_named(lines, at)) is not None)
    if len(files) > 1:
        raise PatchRejected(f"it is a patch of {len(files)} files ({', '.join(files)}), and this is one text")
    return [_hunk(lines[at], _counted(lines, at) or _uncounted(lines, at)) for at in headers]


def _has_foreign_ends(lines: Sequence[str], headers: Sequence[int]) -> bool:
    """Whether all lines of a patch were given a carriage return on their way: its own headers end with one."""
    return all(lines[at].endswith("@@\r") for at in headers) or (
        lines[headers[0] - 1].startswith("+++ ") and lines[headers[0] - 1].endswith("\r")
    )


def _file_named(lines: Sequence[str], header: int) -> str | None:
    """The file that the lines before a hunk name, without what git and diff put around it; None where they do not."""
    if header < 2 or not _names_file(lines, header - 2):
        return None
    old, new = (line[4:].partition("\t")[0].strip() for line in lines[header - 2 : header])
    name = old if new == "/dev/null" else new
    return re.sub("^[ab]/", "", name)


def _names_file(lines: Sequence[str], at: int) -> bool:
    """Whether the two lines there name the file of the hunk behind them."""
    return (
        at + 2 < len(lines)
        and lines[at].startswith("--- ")
        and lines[at + 1].startswith("+++ ")
        and _HEADER.match(lines[at + 2]) is not None
    )


def _is_signature(lines: Sequence[str], at: int) -> bool:
    """Whether a mail ends there, as `git format-patch` ends it: with `-- ` and the version of git, and no more."""
    behind = lines[at + 1 : at + 5]
    return (
        lines[at].removesuffix("\r") in _SIGNATURES
        and len(lines) - at <= len(behind) + 1
        and (not behind or _VERSION.match(behind[0]) is not None)
        and not any(line.strip() for line in behind[1:])
    )


def _leading_context(lines: Sequence[HunkLine]) -> int:
    return next((at for at, line in enumerate(lines) if line.mark != " "), len(lines))


def _counted(lines: list[str], header: int) -> list[str] | None:
    """The lines of a hunk by the counts of its header; None where the counts do not fit."""
    found = _HEADER.match(lines[header])
    assert found
    old, new = (1 if count is None else _number(count) for count in (found[2], found[4]))
    at = header + 1
    while old > 0 or new > 0:
        if at >= len(lines) or _mark(lines[at]) not in _MARKS:
            return None
        mark = _mark(lines[at])
        old -= mark in " -"
        new -= mark in " +"
        at += 1
    if at < len(lines) and lines[at].startswith("\\"):
        at += 1
    if old < 0 or new < 0 or not _ends_at(lines, at):
        return None
    return lines[header + 1 : at]


def _ends_at(lines: list[str], at: int) -> bool:
    """Whether nothing of a hunk can stand there: the end, another hunk or file, a blank line, a fence, a signature."""
    return (
        at >= len(lines)
        or not lines[at]
        or lines[at][0] not in " +-"
        or lines[at].removesuffix("\r") in _SIGNATURES
        or _names_file(lines, at)
    )


def _uncounted(lines: list[str], header: int) -> list[str]:
    """The lines of a hunk up to the first that can be none of it, blank ones at the end left out."""
    end = header + 1
    while end < len(lines) and _mark(lines[end]) in _MARKS:
        if lines[end].startswith("--") and (_names_file(lines, end) or _is_signature(lines, end)):
            break
        end += 1
    last = end
    while last > header + 1 and not lines[last - 1].strip("\r"):
        last -= 1
    return lines[header + 1 : last]


def _mark(line: str) -> str:
    """What a line says of itself; an empty one is context whose blank was stripped."""
    return " " if line in ("", "\r") else line[0]


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


def _hunk(header: str, body: Sequence[str]) -> Hunk:
    found = _HEADER.match(header)
    assert found
    read: list[HunkLine] = []
    for line in body:
        if line.startswith("\\"):
            if read:
                read[-1] = HunkLine(read[-1].mark, read[-1].text.removesuffix("\n"))
        else:
            text = line if line == "\r" else line[1:]
            read.append(HunkLine(_mark(line), f"{text}\n"))
    if all(line.mark == " " for line in read):
        raise PatchRejected(f"the hunk {header!r} changes nothing")
    start = _number(found[1])
    inserts = all(line.mark == "+" for line in read)
    return Hunk(start if inserts else max(0, start - 1), tuple(read))

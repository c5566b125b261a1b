"""Differences between two texts: edits of lines, and unified diffs of them."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

import Levenshtein

LABEL = "data"
CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file"

_CELLS = 1 << 20
"""Lines of one text times lines of the other up to which difflib is asked: above, what repeats makes it quadratic."""

_CODES = 0x10FFFF - 0x800
"""How many different lines can each be one character."""


class Edit(NamedTuple):
    """Lines `low` up to `high` of the old text are replaced by `lines`."""

    low: int
    high: int
    lines: tuple[str, ...]


def split_lines(text: str) -> list[str]:
    """The lines with their `\\n`; nothing else ends a line; the last may have none. Joined they are the text."""
    parts = text.split("\n")
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def line_edits(old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    """What turns the old lines into the new, in order, none touching another; the same for the same texts."""
    head = _common(old, new)
    tail = _common(old[: head - 1 if head else None : -1], new[: head - 1 if head else None : -1])
    middle, wanted = old[head : len(old) - tail], new[head : len(new) - tail]
    return [
        Edit(head + low, head + high, tuple(wanted[start:end]))
        for tag, low, high, start, end in _opcodes(middle, wanted)
        if tag != "equal"
    ]


def unified_diff(old: str, new: str) -> str:
    """The unified diff from one text to the other, three lines of context, both labelled `data`; "" of equal texts."""
    if old == new:
        return ""
    lines = split_lines(old)
    edits = line_edits(lines, split_lines(new))
    pieces = [f"--- {LABEL}\n+++ {LABEL}\n"]
    shift = 0
    for group in _groups(edits):
        first, last = max(0, group[0].low - CONTEXT), min(len(lines), group[-1].high + CONTEXT)
        grown = sum(len(edit.lines) - (edit.high - edit.low) for edit in group)
        old_range, new_range = _range(first, last - first), _range(first + shift, last - first + grown)
        pieces.append(f"@@ -{old_range} +{new_range} @@\n")
        pieces.extend(_body(lines, group, first, last))
        shift += grown
    return "".join(pieces)


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many lines are equal from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if not old or not new:
        return [("replace", 0, len(old), 0, len(new))] if old or new else []
    if len(old) * len(new) <= _CELLS:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    codes = {line: number for number, line in enumerate(dict.fromkeys([*old, *new]))}
    if len(codes) > _CODES:
        return [("replace", 0, len(old), 0, len(new))]
    coded = ("".join(_character(codes[line]) for line in lines) for lines in (old, new))
    opcodes: list[tuple[str, int, int, int, int]] = Levenshtein.opcodes(*coded)
    return _joined(opcodes)


def _joined(opcodes: Sequence[tuple[str, int, int, int, int]]) -> list[tuple[str, int, int, int, int]]:
    """Neighbours that both change something as one change."""
    joined: list[tuple[str, int, int, int, int]] = []
    for code in opcodes:
        if joined and "equal" not in (code[0], joined[-1][0]):
            _, low, _, start, _ = joined.pop()
            code = ("replace", low, code[2], start, code[4])
        joined.append(code)
    return joined


def _character(code: int) -> str:
    return chr(code if code < 0xD800 else code + 0x800)


def _groups(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Edits whose contexts would touch, together."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit.low - group[-1].high > 2 * CONTEXT:
            yield group
            group = []
        group.append(edit)
    yield group


def _range(first: int, count: int) -> str:
    """A range as diffs count: from 1, an empty one by the line before it."""
    return f"{first + 1}" if count == 1 else f"{first + 1 if count else first},{count}"


def _body(lines: Sequence[str], group: Sequence[Edit], first: int, last: int) -> Iterator[str]:
    at = first
    for edit in group:
        yield from (_marked(" ", line) for line in lines[at : edit.low])
        yield from (_marked("-", line) for line in lines[edit.low : edit.high])
        yield from (_marked("+", line) for line in edit.lines)
        at = edit.high
    yield from (_marked(" ", line) for line in lines[at:last])


def _marked(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{NO_NEWLINE}\n"

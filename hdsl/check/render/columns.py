"""Columns of a terminal: how wide a line of source is shown, and what of it must not reach a terminal as it is."""

import unicodedata

TAB = 4
WIDEST = 140
"""A line that takes more columns than this is cut around what is marked in it."""

_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(text: str) -> str:
    """A text without characters that move the cursor, change colours or turn the direction of writing."""
    return text if text.isascii() and text.isprintable() else "".join(map(_harmless, text))


def cells(line: str) -> list[str]:
    """What each character of a line is shown as: a tab as blanks, a control character as its picture."""
    result: list[str] = []
    column = 0
    for character in line:
        cell = " " * (TAB - column % TAB) if character == "\t" else _harmless(character)
        column += width(cell)
        result.append(cell)
    return result


def width(text: str) -> int:
    """Columns that a text takes: two for a wide character, none for a combining one."""
    return sum(1 if character in _PLAIN else _width(character) for character in text)


def marked(line: str, start: int, end: int, mark: str) -> tuple[str, str]:
    """A line as it is shown and the marks under its characters `start` to `end`, at least one."""
    parts = cells(line)
    before, inside = "".join(parts[:start]), "".join(parts[start:end])
    text = "".join(parts)
    left, length = width(before), max(1, width(inside))
    if width(text) > WIDEST:
        return _cut(parts, start, left, length, mark)
    return text, " " * left + mark * length


def _cut(parts: list[str], start: int, left: int, length: int, mark: str) -> tuple[str, str]:
    """The window of a long line that begins a third of the width before what is marked."""
    first = start
    skipped = left
    while first > 0 and left - skipped < WIDEST // 3:
        first -= 1
        skipped -= width(parts[first])
    last = first
    taken = 0
    while last < len(parts) and taken + width(parts[last]) <= WIDEST:
        taken += width(parts[last])
        last += 1
    head, tail = "…" if first else "", "…" if last < len(parts) else ""
    offset = left - skipped + len(head)
    length = max(1, min(length, taken - (left - skipped)))
    return head + "".join(parts[first:last]) + tail, " " * offset + mark * length


def _harmless(character: str) -> str:
    if character in _PLAIN:
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "\u2421"
    if character in _DIRECTIONS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return "\ufffd"
    return character


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1

"""Tokens of a text as the recovery sees them: every code point belongs to one, nothing is refused."""

from __future__ import annotations

import re
from typing import NamedTuple

from hdsl.syntax.tree import Span


class Lexeme(NamedTuple):
    """A token: its kind (a group of the pattern below), text and place, and whether it is the first of its line."""

    kind: str
    text: str
    span: Span
    first: bool


_PATTERN = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+)
  | (?P<comment>\#[^\n]*)
  | (?P<string>\"\"\"(?:[^"]|"[^"]|""[^"])++\"\"\"|"(?!"")(?:[^"\\\n]|\\.)*+")
  | (?P<unclosed>\"\"\".*\Z|"[^\n]*)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?)
  | (?P<punctuation>->|=>|\.\.\.|[(){}\[\]:,=!?*.])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def lexemes(text: str, start: int = 0, end: int | None = None) -> list[Lexeme]:
    """The tokens of `text`, or of what stands from `start` to `end` in it, without blanks and comments."""
    found: list[Lexeme] = []
    first = True
    for match in _PATTERN.finditer(text, start, len(text) if end is None else end):
        kind = match.lastgroup or "other"
        if kind == "blank":
            first = first or "\n" in match.group()
        elif kind != "comment":
            found.append(Lexeme(kind, match.group(), Span(match.start(), match.end()), first))
            first = False
    return found


def number_of_lexemes(text: str) -> int:
    """How many tokens a text has."""
    return sum(match.lastgroup not in ("blank", "comment") for match in _PATTERN.finditer(text))

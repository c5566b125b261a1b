"""Code of languages that are not parsed, with what stands in its strings and regular expressions set apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

_LISP = re.compile(r"emacs|guile|sbcl|racket|clojure|clj|bb|osascript|tclsh|wish|expect")
_WITH_REGEX = re.compile(r"perl|raku|ruby|irb|pry|jruby|crystal|node|bun|deno|qjs|ts-node|tsx|\w?awk|groovy")
_PERL = re.compile(r"perl|raku")
_RUBY = re.compile(r"ruby|irb|pry|jruby|crystal")
_SCRIPT = re.compile(r"node|bun|deno|qjs|ts-node|tsx")
_DOUBLE = re.compile(r'"(?:[^"\\#$]|\\.|[#$]\{[^{}]*\}|[#$])*+"', re.DOTALL)
_SINGLE = re.compile(r"'(?:[^'\\]|\\.)*+'", re.DOTALL)
_TICKS = re.compile(r"`(?:[^`\\]|\\.)*+`", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*+\])+/\w*")
_NEXT = re.compile(r"""["'`/]|%[qQwWixrI]?[({\[<|!/]|\$['"&`]|\b(?:q[qwxr]?|m|s|tr|y)\b(?=\s*[^\w\s,;=)])""")
_CLOSERS = {"(": ")", "{": "}", "[": "]", "<": ">"}
_BEFORE_REGEX = re.compile(
    r"(?:^|[(,=:\[!&|?{};~+\n>]|\b(?:if|unless|and|or|not|return|split|grep|when|while|until|case|print))\s*$"
)
_JOINS = re.compile(r"\s*(?:\.\.?|\+|<>|~)\s*")
_JOINS_RUBY = re.compile(r"\s*(?:\+|<<)?\s*")
_INSIDE = re.compile(r"[#$]\{([^{}]*)\}|@\{\[(.*?)\]\}|\\\(([^()]*)\)", re.DOTALL)
_LONGEST_CALL = 5000
_LONGEST_QUOTED = 4000
_MOST_UNCLOSED = 100
_PLAIN_ESCAPES = {"n": "\n", "t": "\t"}


class Literal(NamedTuple):
    """A string of code: where it stands, and what it says."""

    start: int
    end: int
    text: str


@dataclass
class Source:
    """Code. `bare` has blanks for what stands in strings and regular expressions, and is as long as the code.

    `strings` are its strings in order, those that are put together as one; `commands` are texts between backticks and
    the like, which a shell runs; `inserted` is code whose values are put into strings.
    """

    bare: str
    strings: list[Literal] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    inserted: list[str] = field(default_factory=list)
    unclosed: int = 0

    def region(self, start: int) -> tuple[int, int]:
        """From where to where the arguments of a call stand whose name ends at `start`."""
        opened = re.compile(r"\s*+[?!]?\.?\s*+\(").match(self.bare, start)
        at = opened.end() if opened else start
        depth = 0
        furthest = min(len(self.bare), at + _LONGEST_CALL)
        for end in range(at, furthest):
            char = self.bare[end]
            if char in "([{":
                depth += 1
            elif char in ")]}":
                if depth == 0:
                    return at, end
                depth -= 1
            elif char in ";\n" and depth == 0 and not opened:
                return at, end
        return at, furthest

    def within(self, start: int, end: int) -> list[str]:
        """The strings of a part of the code."""
        return [each.text for each in self.strings if start <= each.start < end]

    def varies(self, start: int, end: int) -> bool:
        """Whether a part of the code has names in it, so that its strings are not all that it is given."""
        return re.search(r"[$@%]\w|[A-Za-z_]\w*|<[^>]*>", self.bare[start:end]) is not None


def source(language: str, code: str) -> Source:
    """The code of a language, taken apart."""
    made = Source("")
    parts: list[str] = []
    at = 0
    while True:
        found = _NEXT.search(code, at)
        if found is None:
            break
        parts.append(code[at : found.start()])
        ends = _literal(language, code, found, "".join(parts[-3:]), made)
        if ends is None:
            ends = found.start() + 1
            parts.append(found[0][0])
        else:
            parts.append(" " * (ends - found.start()))
        at = ends
    parts.append(code[at:])
    made.bare = "".join(parts)
    made.strings = _together(made, _JOINS_RUBY if _RUBY.match(language) else _JOINS)
    made.inserted = [part for each in made.strings for found in _INSIDE.findall(each.text) for part in found if part]
    return made


def _literal(language: str, code: str, found: re.Match[str], before: str, made: Source) -> int | None:
    """Where a literal ends that begins here; None if none does. What it says is noted."""
    opener, start = found[0], found.start()
    if opener in ('"', "'"):
        if opener == "'" and _LISP.match(language):
            return None
        string = (_DOUBLE if opener == '"' else _SINGLE).match(code, start)
        return None if string is None else _noted(made, start, string.end(), _unescaped(string[0][1:-1]))
    if opener == "`":
        string = _TICKS.match(code, start)
        if string is None:
            return None
        if _SCRIPT.match(language) and not before.rstrip().endswith("$"):
            return _noted(made, start, string.end(), string[0][1:-1])
        made.commands.append(string[0][1:-1])
        return string.end()
    if opener == "/":
        regex = _REGEX.match(code, start) if _WITH_REGEX.match(language) and _BEFORE_REGEX.search(before) else None
        return None if regex is None else regex.end()
    if opener.startswith("$"):
        return found.end() if _PERL.match(language) else None
    if opener.startswith("%"):
        return _quoted(code, found.end() - 1, opener[1:-1], made) if _RUBY.match(language) else None
    return _quoted(code, found.end(), opener, made) if _PERL.match(language) else None


def _quoted(code: str, at: int, kind: str, made: Source) -> int | None:
    """The end of a literal of Perl or Ruby with delimiters of its own choice."""
    start = at
    while at < len(code) and code[at].isspace():
        at += 1
    if at >= len(code):
        return None
    opener = code[at]
    end = _closing(code, at, opener) if made.unclosed < _MOST_UNCLOSED else None
    if end is None:
        made.unclosed += 1
        return None
    text = code[at + 1 : end]
    if kind in ("qx", "x"):
        made.commands.append(text)
    elif kind in ("q", "qq", "qw", "Q", "w", "W", "i", "I", ""):
        _noted(made, start, end + 1, text)
    elif kind in ("s", "tr", "y"):
        second = end if opener not in _CLOSERS else code.find(opener, end + 1)
        last = None if second < 0 else _closing(code, second, code[second])
        if last is None:
            return None
        flags = re.compile(r"\w*").match(code, last + 1)
        if kind == "s" and flags is not None and "e" in flags[0]:
            return end + 1  # Its second half is code.
        return flags.end() if flags is not None else last + 1
    return end + 1


def _closing(code: str, at: int, opener: str) -> int | None:
    closer, depth = _CLOSERS.get(opener, opener), 0
    for end in range(at + 1, min(len(code), at + _LONGEST_QUOTED)):
        char = code[end]
        if char == closer and code[end - 1] != "\\":
            if depth == 0:
                return end
            depth -= 1
        elif char == opener:
            depth += 1
    return None


def _noted(made: Source, start: int, end: int, text: str) -> int:
    made.strings.append(Literal(start, end, text))
    return end


def _together(made: Source, joins: re.Pattern[str]) -> list[Literal]:
    """The strings, with nothing but an operator that joins between them, as one."""
    joined: list[Literal] = []
    for each in made.strings:
        last = joined[-1] if joined else None
        if last is not None and joins.fullmatch(made.bare, last.end, each.start):
            joined[-1] = Literal(last.start, each.end, last.text + each.text)
        else:
            joined.append(each)
    return joined


def _unescaped(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return _PLAIN_ESCAPES.get(found[2], found[2])

    return re.sub(r"\\(?:x([0-9a-fA-F]{2})|(.))", character, text, flags=re.DOTALL)

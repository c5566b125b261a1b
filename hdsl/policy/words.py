"""Reads the words of a command line: quotes, escapes, variables, substitutions, whatever is joined to one word."""

from __future__ import annotations

import re
from typing import Self

from hdsl.policy.escapes import ansi_c
from hdsl.policy.syntax import Arithmetic, Literal, Part, ProcessSubstitution, Script, Substitution, Variable, Word

_BLANK = " \t\r"
_ENDS_WORD = " \t\r\n;&|<>()"
_NAME = re.compile(r"[A-Za-z_]\w*")
DEEPEST = 40
"""Levels of nesting that are read; nobody writes more by hand."""


class TooDeep(Exception):  # noqa: N818 - says what is the case
    """More nesting than is read."""


class WordReader:
    """Reads words at a place in a text. `whole` becomes False where something is left open or odd."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.whole = True
        self.depth = depth
        self.pending: list[tuple[int, str, bool, bool]] = []
        self.bodies: dict[int, Word] = {}

    def script(self, closers: frozenset[str], until: str = "") -> Script:
        """The commands inside a word, up to what closes them."""
        raise NotImplementedError

    def read_bodies(self) -> None:
        """Reads the bodies of here-documents, behind the newline that was just read."""

    def word(self) -> Word | None:
        """The next word; None where there is none."""
        parts: list[Part] = []
        plain: list[str] = []
        start = self.at

        def flush() -> None:
            if plain:
                parts.append(Literal("".join(plain), False))
                plain.clear()

        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "<>" and self.text.startswith("(", self.at + 1):
                flush()
                parts.append(self._process_substitution())
            elif char in _ENDS_WORD:
                break
            elif char == "\\":
                if self.at + 1 >= len(self.text):
                    self.whole = False
                    self.at += 1
                elif self.text[self.at + 1] == "\n":
                    self.at += 2
                elif self.text.startswith("\r\n", self.at + 1):
                    self.at += 3
                else:
                    flush()
                    parts.append(Literal(self.text[self.at + 1], True))
                    self.at += 2
            elif char == "'":
                flush()
                parts.append(Literal(self._until("'"), True))
            elif char == '"':
                flush()
                self.at += 1
                parts.append(Literal("", True))
                parts.extend(self.double_quoted('"'))
            elif char == "`":
                flush()
                parts.append(self._backquoted(False))
            elif char == "$":
                flush()
                parts.append(self.dollar(False))
            else:
                plain.append(char)
                self.at += 1
        flush()
        return tuple(parts) if self.at > start else None

    def double_quoted(self, until: str | None) -> Word:
        """What stands up to an unescaped `until`, which is read, or to the end."""
        parts: list[Part] = []
        plain: list[str] = []

        def flush() -> None:
            if plain:
                parts.append(Literal("".join(plain), True))
                plain.clear()

        while self.at < len(self.text):
            char = self.text[self.at]
            if char == until:
                self.at += 1
                flush()
                return tuple(parts)
            if char == "\\" and self.at + 1 < len(self.text):
                following = self.text[self.at + 1]
                plain.append("" if following == "\n" else following if following in '$`"\\' else char + following)
                self.at += 2
            elif char == "`":
                flush()
                parts.append(self._backquoted(True))
            elif char == "$":
                flush()
                parts.append(self.dollar(True))
            else:
                plain.append(char)
                self.at += 1
        flush()
        self.whole = self.whole and until is None
        return tuple(parts)

    def deeper(self) -> None:
        """What is read now is nested in what was read before. Raises TooDeep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep

    def dollar(self, quoted: bool) -> Part:
        """A part of a word that begins with the sign of a dollar."""
        self.deeper()
        part = self._dollar(quoted)
        self.depth -= 1
        return part

    def _dollar(self, quoted: bool) -> Part:
        following = self.text[self.at + 1 : self.at + 2]
        if self.here("$(("):
            self.at += 3
            return self.arithmetic()
        if following == "[":
            self.at += 2
            return self.arithmetic("]")
        if following == "(":
            self.at += 2
            inner = self.script(frozenset())
            self.close(")")
            return Substitution(inner, quoted)
        if following == "{":
            return self._braced(quoted)
        if following == "'" and not quoted:
            self.at += 1
            return Literal(self._ansi_c(), True)
        if following == '"' and not quoted:
            self.at += 1
            return Literal("", True)
        name = _NAME.match(self.text, self.at + 1)
        if name:
            self.at = name.end()
            return Variable(name[0], "", (), quoted)
        if following and following in "@*#?$!-0123456789":
            self.at += 2
            return Variable(following, "", (), quoted)
        self.at += 1
        return Literal("$", quoted)

    def _braced(self, quoted: bool) -> Part:
        self.at += 2
        indirect = length = False
        if self.here("!"):
            indirect = True
            self.at += 1
        elif self.here("#") and not self.here("#}"):
            length = True
            self.at += 1
        name = re.compile(r"[A-Za-z_]\w*|[0-9]+|[@*#?$!-]").match(self.text, self.at)
        found = name[0] if name else ""
        self.at += len(found)
        if self.here("["):
            end = self._balanced_end("[", "]")
            found += self.text[self.at : end]
            self.at = end
        operator = re.compile(r":?[-=?+]|:|##?|%%?|//?|\^\^?|,,?|@").match(self.text, self.at)
        symbol = operator[0] if operator else ""
        self.at += len(symbol)
        argument = self._argument()
        return Variable(found, symbol, argument, quoted, indirect, length)

    def _argument(self) -> Word:
        """Up to the closing brace."""
        parts: list[Part] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "}":
                self.at += 1
                return tuple(parts)
            if char == "\\":
                parts.append(Literal(self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif char == "'":
                parts.append(Literal(self._until("'"), True))
            elif char == '"':
                self.at += 1
                parts.extend(self.double_quoted('"'))
            elif char == "`":
                parts.append(self._backquoted(False))
            elif char == "$":
                parts.append(self.dollar(False))
            else:
                parts.append(Literal(char, False))
                self.at += 1
        self.whole = False
        return tuple(parts)

    def _backquoted(self, quoted: bool) -> Part:
        self.at += 1
        inner: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != "`":
            if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in tuple(
                '`\\$"' if quoted else "`\\$"
            ):
                self.at += 1
            inner.append(self.text[self.at : self.at + 1])
            self.at += 1
        self.close("`")
        nested = self.nested("".join(inner))
        return Substitution(nested.script(frozenset()), quoted)

    def _process_substitution(self) -> Part:
        reads = self.here("<")
        self.at += 2
        inner = self.script(frozenset())
        self.close(")")
        return ProcessSubstitution(inner, reads)

    def arithmetic(self, closer: str = "))") -> Arithmetic:
        """`$((…))` up to its end."""
        start, depth = self.at, 0
        while self.at < len(self.text):
            if depth == 0 and self.text.startswith(closer, self.at):
                text = self.text[start : self.at]
                self.at += len(closer)
                return Arithmetic(text, self.nested(text).double_quoted(None))
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1
        self.whole = False
        return Arithmetic(self.text[start:], self.nested(self.text[start:]).double_quoted(None))

    def _ansi_c(self) -> str:
        self.at += 1
        start = self.at
        while self.at < len(self.text) and self.text[self.at] != "'":
            self.at += 2 if self.text[self.at] == "\\" else 1
        text = self.text[start : self.at]
        self.close("'")
        return ansi_c(text)

    # Characters

    def nested(self, text: str) -> Self:
        """A reader of a text inside this one."""
        return type(self)(text, self.depth)

    def here(self, text: str) -> bool:
        """Whether a text stands here."""
        return self.text.startswith(text, self.at)

    def _until(self, quote: str) -> str:
        self.at += 1
        end = self.text.find(quote, self.at)
        if end < 0:
            self.whole = False
            end = len(self.text)
        found = self.text[self.at : end]
        self.at = min(len(self.text), end + 1)
        return found

    def close(self, closer: str) -> None:
        """Reads what closes something, or notes that it is missing."""
        if self.here(closer):
            self.at += len(closer)
        else:
            self.whole = False

    def _balanced_end(self, opener: str, closer: str) -> int:
        depth, at = 0, self.at
        while at < len(self.text):
            depth += {opener: 1, closer: -1}.get(self.text[at], 0)
            at += 1
            if depth == 0:
                break
        return at

    def blanks(self, newlines: bool = False) -> None:
        """Goes over blanks and comments, and over newlines too."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _BLANK:
                self.at += 1
            elif char == "\\" and self.here("\\\n"):
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char == "\n" and newlines:
                self.at += 1
                self.read_bodies()
            else:
                return

    def peek_word(self) -> str:
        """The bare word that stands here, as keywords must be."""
        at = self.at
        while at < len(self.text) and self.text[at] not in _ENDS_WORD:
            at += 1
        return self.text[self.at : at]

"""Reads a grammar in the part of Lark's notation that `grammar/hdsl.lark` uses, as rules and terminals.

Aliases (`-> name`), inlining (`?rule`, `_rule`) and `%ignore` are left out: they do not say which tokens may follow.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

_DEFINITION = re.compile(r"^\??(\w+)\s*:((?:.*\n?(?:[ \t]+\|)?)*?)(?=^\S|\Z)", re.MULTILINE)
_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(/(?:[^/\\]|\\.)+/)|(\w+)|(->\s*\w+)|([()\[\]|*?+]))')


@dataclass(frozen=True, slots=True)
class Literal:
    """Exactly this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a regular expression matches."""

    regex: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A rule or, in capitals, a terminal."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of them."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeated:
    """`?`, `*` or `+` of what stands before it."""

    item: "Expression"
    mark: str


Expression: TypeAlias = Literal | Pattern | Reference | Sequence | Choice | Repeated


def read_grammar(text: str) -> Mapping[str, Expression]:
    """The definitions by name, in their order. ValueError where the text uses more of the notation than that."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(("//", "%"))]
    return {name: _Reader(body).expression() for name, body in _DEFINITION.findall("".join(lines))}


def is_terminal(name: str) -> bool:
    """Whether a name is that of a terminal."""
    return name.isupper()


class _Reader:
    def __init__(self, body: str) -> None:
        self.tokens = list(_tokens(body))
        self.at = 0

    def expression(self) -> Expression:
        expression = self._choice()
        if self.at != len(self.tokens):
            raise ValueError(f"unexpected {self.tokens[self.at]!r}")
        return expression

    def _choice(self) -> Expression:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Expression:
        items: list[Expression] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in ("|", ")", "]"):
            items.append(self._repeated())
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _repeated(self) -> Expression:
        item = self._atom()
        for mark in "?*+":
            if self._take(mark):
                return Repeated(item, mark)
        return item

    def _atom(self) -> Expression:
        token = self.tokens[self.at]
        self.at += 1
        if token == "(" or token == "[":
            inner = self._choice()
            if not self._take(")" if token == "(" else "]"):
                raise ValueError(f"{token!r} is not closed")
            return inner if token == "(" else Repeated(inner, "?")
        if token.startswith('"'):
            return Literal(token[1:-1])
        if token.startswith("/"):
            return Pattern(token[1:-1])
        return Reference(token)

    def _take(self, token: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == token
        self.at += found
        return found


def _tokens(body: str) -> Iterator[str]:
    at = 0
    body = body.rstrip()
    while at < len(body):
        match = _TOKEN.match(body, at)
        if match is None:
            raise ValueError(f"cannot read {body[at : at + 20]!r}")
        if match[4] is None:
            yield match[0].strip()
        at = match.end()

"""Tokens as nested brackets: which blanks stand between two, and which bracket may put its items one a line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from hdsl.syntax.tokens import Comment, Gap, Token
from hdsl.syntax.tree import Span

OPENING = {
    **dict.fromkeys(("LPAR", "OP_OF", "EXPERIENCE_OF", "LIST_OF", "BUDGET_OF"), "RPAR"),
    "LSQB": "RSQB",
    "LBRACE": "RBRACE",
}
_TIGHT_AFTER = frozenset({"LPAR", "OP_OF", "EXPERIENCE_OF", "LIST_OF", "BUDGET_OF", "LSQB", "DOT", "BANG", "STAR"})
_TIGHT_BEFORE = frozenset({"RPAR", "RSQB", "COMMA", "DOT", "OPTIONAL"})


class Bracket(Enum):
    """What a bracket holds; it decides the blanks in it and when it is broken into lines."""

    PARAMETERS = "parameters"
    ARGUMENTS = "arguments"
    LIST = "list"
    BRACES = "braces"
    ROWS = "rows"
    ROW = "row"
    PLAIN = "plain"
    """Never broken: dimensions, an index, the parts of a type, the path of a `load`."""


@dataclass(slots=True)
class Word:
    """A token by its index, and the blanks before it where it does not begin a line."""

    token: int
    before: str


@dataclass(slots=True)
class Group:
    """Brackets with their items. `forced` where they must be broken, `by_width` where they are when a line is long."""

    bracket: Bracket
    opening: Word
    items: "list[list[Part]]"
    commas: list[Word]
    closing: Word
    forced: bool
    by_width: bool


Part: TypeAlias = Word | Group


class Layout:
    """Reads runs of tokens as parts. `gaps` changes: a comment before a comma goes behind it where lines are broken."""

    def __init__(self, tokens: Sequence[Token], gaps: Sequence[Gap]) -> None:
        self.tokens = tokens
        self.gaps = list(gaps)
        self._partner = _partners(tokens)

    def parts(self, start: int, end: int, loads: bool = False, bracket: Bracket | None = None) -> list[Part]:
        """The parts of the tokens from `start` up to `end`. `loads` where `name("…")` is a file, not a call."""
        parts: list[Part] = []
        index = start
        while index < end:
            word = Word(index, self._blanks(index, bracket))
            partner = self._partner.get(index, end)
            if partner < end:
                parts.append(self._group(word, partner, loads))
                index = partner
            else:
                parts.append(word)
            index += 1
        return parts

    def deepest(self, most: int) -> Span | None:
        """The first bracket that stands in more than so many others."""
        ends: list[int] = []
        for index, token in enumerate(self.tokens):
            while ends and ends[-1] < index:
                ends.pop()
            if index in self._partner:
                if len(ends) > most:
                    return Span(token.start, token.end)
                ends.append(self._partner[index])
        return None

    def text(self, parts: Iterable[Part]) -> str:
        """The parts on one line, with the blanks before the first and without comments."""
        return "".join(word.before + self.tokens[word.token].text for word in words(parts))

    def _group(self, opening: Word, closing: int, loads: bool) -> Group:
        bracket = self._bracket(opening.token, loads)
        inner = Bracket.PLAIN if bracket is Bracket.PLAIN else bracket
        items: list[list[Part]] = []
        commas: list[Word] = []
        start = opening.token + 1
        for comma in self._commas(start, closing):
            items.append(self.parts(start, comma, loads, inner))
            commas.append(Word(comma, ""))
            start = comma + 1
        if start < closing:
            items.append(self.parts(start, closing, loads, inner))
        end = Word(closing, self._blanks(closing, inner))
        forced = bracket is not Bracket.PLAIN and self._is_forced(bracket, opening.token, closing, items)
        if forced:
            for word in commas:
                self._move_comments_behind(word.token)
        of_operation = bracket is Bracket.PARAMETERS and self.tokens[opening.token - 2].kind == "OP"
        by_width = bracket not in (Bracket.PLAIN, Bracket.ROW) and not of_operation and bool(items)
        return Group(bracket, opening, items, commas, end, forced, by_width)

    def _is_forced(self, bracket: Bracket, opening: int, closing: int, items: list[list[Part]]) -> bool:
        return (
            (bracket is Bracket.ROWS and bool(items))
            or self.tokens[closing - 1].kind == "COMMA"
            or any(self.gaps[index].comments for index in range(opening + 1, closing + 1))
            or any(isinstance(part, Group) and part.forced for item in items for part in item)
        )

    def _commas(self, start: int, end: int) -> Iterator[int]:
        index = start
        while index < end:
            if self.tokens[index].kind == "COMMA":
                yield index
            index = self._partner.get(index, index) + 1

    def _bracket(self, index: int, loads: bool) -> Bracket:
        kind, before = self.tokens[index].kind, self.tokens[index - 1].kind
        if kind == "LBRACE":
            return Bracket.BRACES
        if kind == "LSQB":
            if before == "NAME":
                return Bracket.PLAIN
            has_rows = self.tokens[index + 1].kind == "LPAR"
            return Bracket.ROWS if loads and before == "EQUAL" and has_rows else Bracket.LIST
        if kind in ("EXPERIENCE_OF", "OP_OF", "LIST_OF"):
            return Bracket.PLAIN
        if kind == "BUDGET_OF":
            return Bracket.ARGUMENTS
        if before != "NAME":
            return Bracket.ROW
        first = self.tokens[index - 2].kind
        if first in ("HARNESS", "OP"):
            return Bracket.PARAMETERS
        is_load = loads and self.tokens[index + 1].kind == "STRING"
        return Bracket.PLAIN if is_load or first == "BANG" else Bracket.ARGUMENTS

    def _blanks(self, index: int, bracket: Bracket | None) -> str:
        if not index:
            return ""
        before, kind = self.tokens[index - 1].kind, self.tokens[index].kind
        tight = (
            before in _TIGHT_AFTER
            or kind in _TIGHT_BEFORE
            or (kind in ("COLON", "ELLIPSIS") and before != "COMMA")
            or (before == "COLON" and bracket is Bracket.PLAIN)
            or ("EQUAL" in (before, kind) and bracket is Bracket.ARGUMENTS)
            or (kind in ("LPAR", "LSQB") and before == "NAME")
        )
        return "" if tight else " "

    def _move_comments_behind(self, comma: int) -> None:
        moved, gap = self.gaps[comma].comments, self.gaps[comma + 1]
        if not moved:
            return
        own_line = tuple([Comment(c.text, False, c.blank and not c.trailing) for c in gap.comments])
        self.gaps[comma] = Gap()
        self.gaps[comma + 1] = Gap((*moved, *own_line), gap.blank)


def words(parts: Iterable[Part]) -> Iterator[Word]:
    """The words of the parts in their order."""
    for part in parts:
        if isinstance(part, Word):
            yield part
            continue
        yield part.opening
        for number, item in enumerate(part.items):
            yield from words(item)
            yield from part.commas[number : number + 1]
        yield part.closing


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    partners: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind in OPENING:
            opened.append(index)
        elif token.kind in OPENING.values():
            partners[opened.pop()] = index
    return partners

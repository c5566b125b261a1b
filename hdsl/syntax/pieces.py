"""Cutting a text with faults into its declarations and statements, by keywords, line starts and brackets."""

from collections.abc import Sequence
from itertools import pairwise

from hdsl.syntax.lexical import Lexeme

ITEM_KEYWORDS = frozenset({"use", "type", "op", "experience", "harness", "dim", "test", "train"})
ONLY_AT_TOP = frozenset({"use", "type", "op", "harness", "test", "train"})
STATEMENT_KEYWORDS = frozenset({"return", "dim", "experience", "expect", "given"})
OPENING = {"(": ")", "[": "]", "{": "}"}


class Brackets:
    """The brackets open at a place. One that closes nothing is passed over; a brace closes what it encloses too."""

    def __init__(self) -> None:
        self.opened: list[Lexeme] = []
        self.labels: Lexeme | None = None
        """The brace that the labels of a type stand in."""

    @property
    def within_statements(self) -> bool:
        """Whether a brace is open that statements may stand in."""
        return any(opened.text == "{" and opened is not self.labels for opened in self.opened)

    def closes(self, token: Lexeme) -> bool:
        """Takes in a token; whether it is a closing bracket for which one is open."""
        if token.kind != "punctuation":
            return False
        if token.text in OPENING:
            self.opened.append(token)
        elif token.text in OPENING.values():
            for i in range(len(self.opened) - 1, -1, -1):
                if OPENING[self.opened[i].text] == token.text:
                    del self.opened[i:]
                    return True
                if self.opened[i].text == "{":
                    break
        return False


def open_brackets(tokens: Sequence[Lexeme]) -> list[Lexeme]:
    brackets = Brackets()
    for token in tokens:
        brackets.closes(token)
    return brackets.opened


def closing_of(tokens: Sequence[Lexeme], start: int, closing: str = "") -> int | None:
    """Where nothing is open any more of what opens from a token on, at a closing bracket if one is named."""
    brackets = Brackets()
    for i in range(start, len(tokens)):
        brackets.closes(tokens[i])
        if not brackets.opened and closing in ("", tokens[i].text):
            return i
    return None


def closing_braces(tokens: Sequence[Lexeme]) -> list[int]:
    """Where the closing braces are that close nothing in these tokens."""
    brackets = Brackets()
    closed = [brackets.closes(token) for token in tokens]
    return [i for i, token in enumerate(tokens) if token.text == "}" and not closed[i]]


def opening_brace(piece: Sequence[Lexeme]) -> int | None:
    return next((i for i, token in enumerate(piece) if token.text == "{" and token.kind == "punctuation"), None)


def pieces_of_file(tokens: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """Cut before each declaration: an item keyword outside brackets, or at a line's start where only items begin so."""
    cuts: list[int] = []
    brackets = Brackets()
    for i, token in enumerate(tokens):
        named = i + 1 < len(tokens) and tokens[i + 1].kind in ("name", "string")
        outside = not brackets.opened
        if (
            token.kind == "name"
            and named
            and (
                (outside and token.first and token.text not in ("return", "expect", "given"))
                or (token.first and token.text in ONLY_AT_TOP)
                or (token.first and token.text in ITEM_KEYWORDS and not brackets.within_statements)
                or (outside and token.text in ITEM_KEYWORDS and i and tokens[i - 1].text in ("}", "]"))
            )
        ):
            cuts.append(i)
            brackets = Brackets()
        brackets.closes(token)
        if token.text == "{" and i > 1 and tokens[i - 2].text == "type":
            brackets.labels = token
    return _cut(tokens, cuts)


def pieces_of_body(tokens: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """Cut before each statement: `name:` or `name =` outside brackets; inside them only `name:` at a line's start."""
    cuts: list[int] = []
    brackets = Brackets()
    for i, token in enumerate(tokens):
        if token.kind == "name" and _begins_statement(tokens, i, outside=not brackets.opened):
            cuts.append(i)
            brackets = Brackets()
        brackets.closes(token)
    return _cut(tokens, cuts)


def always_begins_statement(tokens: Sequence[Lexeme], at: int) -> bool:
    """Whether a statement begins at a token whatever stands before it."""
    return tokens[at].kind == "name" and tokens[at].first and _begins_statement(tokens, at, outside=False)


def _begins_statement(tokens: Sequence[Lexeme], at: int, outside: bool) -> bool:
    token = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is not None:
        is_typed = following.text == ":" and (outside or _is_annotation(tokens, at + 2))
        defines = is_typed or (outside and following.text == "=")
        keyword = (token.text in STATEMENT_KEYWORDS and following.kind == "name") or (
            token.text == "budget" and following.text == "("
        )
        after_end = outside and at > 0 and (tokens[at - 1].text in (")", "}", "]") or tokens[at - 1].kind == "string")
        if (keyword or defines) and (token.first or after_end):
            return True
    return token.first and outside


def _is_annotation(tokens: Sequence[Lexeme], at: int) -> bool:
    """Whether what stands behind `name:` may be the type of a node: else it is an option written with a colon."""
    while at + 1 < len(tokens) and tokens[at].kind == "name" and tokens[at + 1].text == ".":
        at += 2
    behind = tokens[at + 1].text if at + 1 < len(tokens) else "["
    return at >= len(tokens) or (tokens[at].kind == "name" and behind in ("[", "=", ":"))


def _cut(tokens: Sequence[Lexeme], cuts: Sequence[int]) -> list[list[Lexeme]]:
    edges = sorted({0, *cuts, len(tokens)})
    return [list(tokens[a:b]) for a, b in pairwise(edges) if a < b]

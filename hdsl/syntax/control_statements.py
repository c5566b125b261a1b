"""Statements of other languages that hold statements, such as `for` and `if`: where one ends, so that it is one fault.

A body has none of them. Read as statements of ours, their braces would close what they do not close.
"""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.syntax.lexical import Lexeme
from hdsl.syntax.pieces import OPENING, Brackets, closing_of

REPEATING = frozenset({"for", "foreach", "while", "until", "loop", "repeat", "do"})
CHOOSING = frozenset({"if", "unless", "match", "elif", "elsif", "else", "case", "default"})
CATCHING = frozenset({"try", "catch", "except", "finally", "rescue"})
SCOPING = frozenset({"with"})
BEGINNING = frozenset(
    {"for", "foreach", "while", "until", "loop", "repeat", "do", "if", "unless", "match", "try", "with"}
)
_CONTINUING = frozenset(
    {"elif", "elsif", "else", "case", "default", "catch", "except", "finally", "rescue", "while", "until"}
)
_ON_A_LINE = frozenset({"for", "foreach", "while", "if", "unless"})
"""The words that begin such a statement even if it has no block, as nothing of ours has a second word behind them."""


def without_control_statements(
    tokens: Sequence[Lexeme],
) -> tuple[list[Lexeme], list[Sequence[Lexeme]]]:
    """The tokens of a body without such statements, and those statements, each with all that it holds."""
    kept: list[Lexeme] = []
    found: list[Sequence[Lexeme]] = []
    at = 0
    while at < len(tokens):
        end = _end(tokens, at, bool(found))
        if end is None:
            kept.append(tokens[at])
            at += 1
        else:
            found.append(tokens[at:end])
            at = end
    return kept, found


def _end(tokens: Sequence[Lexeme], start: int, behind_another: bool) -> int | None:
    """Where the statement ends that begins at a token; None where none begins."""
    if not tokens[start].first or tokens[start].kind != "name":
        return None
    is_continued = tokens[start].text in _CONTINUING and behind_another
    if tokens[start].text not in BEGINNING and not is_continued:
        return None
    end = _end_of_part(tokens, start)
    while end is not None and end < len(tokens) and tokens[end].text in _CONTINUING:
        following = _end_of_part(tokens, end)
        if following is None:
            break
        end = following
    return end


def _end_of_part(tokens: Sequence[Lexeme], start: int) -> int | None:
    """Where the head at a token ends, with the block behind it; None where it is not such a head."""
    brackets = Brackets()
    at = start + 1
    while at < len(tokens) and (not tokens[at].first or brackets.opened or tokens[at].text == "{"):
        if tokens[at].text == "{" and not brackets.opened:
            closing = closing_of(tokens, at, OPENING["{"])
            return at + 1 if closing is None else closing + 1
        brackets.closes(tokens[at])
        at += 1
    head = tokens[start:at]
    if len(head) > 1 and head[1].text == "=":
        return None
    if head[-1].text == ":":
        return at
    is_named = len(head) > 1 and head[1].text not in (":", "(")
    return at if tokens[start].text in _ON_A_LINE and is_named else None

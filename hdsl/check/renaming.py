"""The fix of a node whose name is a word of the language: another name, wherever the node is used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hdsl.check.diagnostic import Edit, Fix
from hdsl.check.fixes import SAFE, edit, free_name
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.pieces import open_brackets, opening_brace, pieces_of_file
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

STATEMENT_WORDS = frozenset({"return", "dim", "experience", "budget", "switch", "else"})
"""Words that mean something in the body of a harness: which of them are names there, nobody can say."""


def node_renamed(source: Source, place: Span, name: str) -> list[Fix]:
    """Gives the node of a harness at this place another name; no fix for anything else that is called so."""
    if name in STATEMENT_WORDS:
        return []
    piece = next((each for each in pieces_of_file(lexemes(source.text)) if _holds(each, place)), [])
    brace = opening_brace(piece)
    if brace is None or piece[0].text != "harness" or place.start < piece[brace].span.start:
        return []
    another = free_name(f"{name}_", {token.text for token in piece if token.kind == "name"})
    edits: list[Edit] = []
    for i, token in enumerate(piece):
        if token.kind == "string":
            holes = re.finditer(rf"(?<!\\)\{{({name})(?=[.}}])", token.text)
            edits += [edit(source, _within(token, *found.span(1)), another) for found in holes]
        elif token.text == name and token.kind == "name" and piece[i - 1].text != ".":
            is_option = piece[i + 1].text == "=" and bool(open_brackets(piece[brace + 1 : i]))
            edits += [] if is_option else [edit(source, token.span, another)]
    return [Fix(f"Rename it to `{another}`", SAFE, tuple(edits))]


def _holds(piece: Sequence[Lexeme], place: Span) -> bool:
    return piece[0].span.start <= place.start < piece[-1].span.end


def _within(token: Lexeme, start: int, end: int) -> Span:
    return Span(token.span.start + start, token.span.start + end)

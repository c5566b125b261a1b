"""Semantic tokens: what each word of a file is, for editors that colour by meaning."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from hdsl.check.library import library
from hdsl.editor.symbols import Symbol
from hdsl.editor.view import View
from hdsl.graph.types import BUILT_IN, OPTION_KINDS
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.tree import RESERVED, Span

TYPES = (
    lsp.SemanticTokenTypes.Keyword,
    lsp.SemanticTokenTypes.Comment,
    lsp.SemanticTokenTypes.String,
    lsp.SemanticTokenTypes.Number,
    lsp.SemanticTokenTypes.Type,
    lsp.SemanticTokenTypes.Namespace,
    lsp.SemanticTokenTypes.Function,
    lsp.SemanticTokenTypes.Class,
    lsp.SemanticTokenTypes.Variable,
    lsp.SemanticTokenTypes.Parameter,
    lsp.SemanticTokenTypes.Property,
    lsp.SemanticTokenTypes.EnumMember,
    lsp.SemanticTokenTypes.TypeParameter,
    lsp.SemanticTokenTypes.Struct,
    lsp.SemanticTokenTypes.Modifier,
)
MODIFIERS = (lsp.SemanticTokenModifiers.Declaration, lsp.SemanticTokenModifiers.DefaultLibrary)
_NUMBERS = {kind: number for number, kind in enumerate(TYPES)}
LEGEND = lsp.SemanticTokensLegend([each.value for each in TYPES], [each.value for each in MODIFIERS])

_LONG = frozenset({lsp.SemanticTokenTypes.Comment, lsp.SemanticTokenTypes.String})
"""Kinds whose tokens may go over lines, or into the spare blanks at the end of one."""

Coloured = tuple[Span, lsp.SemanticTokenTypes, int]

_BY_KIND = {
    "node": lsp.SemanticTokenTypes.Variable,
    "input": lsp.SemanticTokenTypes.Parameter,
    "option": lsp.SemanticTokenTypes.Property,
    "dimension": lsp.SemanticTokenTypes.TypeParameter,
    "experience": lsp.SemanticTokenTypes.Struct,
    "operation": lsp.SemanticTokenTypes.Function,
    "harness": lsp.SemanticTokenTypes.Class,
    "type": lsp.SemanticTokenTypes.Type,
    "field": lsp.SemanticTokenTypes.Property,
    "module": lsp.SemanticTokenTypes.Namespace,
    "label": lsp.SemanticTokenTypes.EnumMember,
    "file": lsp.SemanticTokenTypes.Namespace,
}


def semantic_tokens(view: View, span: Span) -> list[int]:
    """The tokens of a span as the protocol packs them, each relative to the one before."""
    data: list[int] = []
    line = character = 0
    text = view.analysis.source.text
    for place, kind, modifiers in _by_line(view, _coloured(view, span)):
        position = view.positions.position(place.start)
        length = place.end - place.start
        if not text[place.start : place.end].isascii():
            length = view.positions.position(place.end).character - position.character
        if position.line != line:
            character = 0
        data += [position.line - line, position.character - character, length, _NUMBERS[kind], modifiers]
        line, character = position.line, position.character
    return data


def _coloured(view: View, span: Span) -> list[Coloured]:
    text = view.analysis.source.text
    named = {each.span.start: each for each in view.occurrences if span.start <= each.span.start < span.end}
    found: list[Coloured] = []
    previous: Lexeme | None = None
    for token in lexemes(text, span.start, span.end):
        occurrence = named.get(token.span.start)
        if occurrence is not None and occurrence.symbol.kind != "file":
            modifiers = int(occurrence.defines) | (2 if _is_library(occurrence.symbol) else 0)
            found.append((Span(token.span.start, token.span.end), _BY_KIND[occurrence.symbol.kind], modifiers))
        elif (kind := _plain(token, previous)) is not None:
            found.append((token.span, kind, 0))
        previous = token
    comments = (each for each in view.analysis.source.comments if span.start <= each.start < span.end)
    found += [(each, lsp.SemanticTokenTypes.Comment, 0) for each in comments]
    return sorted(found, key=lambda each: each[0])


def _plain(token: Lexeme, previous: Lexeme | None) -> lsp.SemanticTokenTypes | None:
    """What a token is that stands for no declaration."""
    if token.kind in ("string", "unclosed"):
        return lsp.SemanticTokenTypes.String
    if token.kind == "number":
        return lsp.SemanticTokenTypes.Number
    if token.kind != "name":
        return None
    if previous is not None and previous.text == "!":
        return lsp.SemanticTokenTypes.Modifier
    if token.text in RESERVED or token.text in ("true", "false", "None", "load"):
        return lsp.SemanticTokenTypes.Keyword
    return lsp.SemanticTokenTypes.Type if token.text in BUILT_IN or token.text in OPTION_KINDS else None


def _is_library(symbol: Symbol) -> bool:
    return symbol.module in library()


def _by_line(view: View, coloured: list[Coloured]) -> Iterator[Coloured]:
    """Tokens of several lines in parts of one line each, without the spare blanks at their ends."""
    source = view.analysis.source
    for span, kind, modifiers in coloured:
        if kind not in _LONG:
            yield span, kind, modifiers
            continue
        first, last = source.position(span.start)[0], source.position(span.end)[0]
        for line in range(first, last + 1):
            start = max(span.start, source.line_starts[line - 1])
            end = min(span.end, source.line_starts[line - 1] + len(source.line(line)))
            if end > start:
                yield Span(start, end), kind, modifiers

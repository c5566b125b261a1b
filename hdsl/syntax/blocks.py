"""A text in blocks of whole lines, a declaration each, and harnesses in pieces: how each is read by itself.

What is read by itself is taken only where the text as a whole would have been cut in the same places: at its beginning,
where what stands before has no fault or a cut is certain, and at its end, where the tokens behind it must begin one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from hdsl.syntax import tree
from hdsl.syntax.builder import HarnessHead
from hdsl.syntax.driver import Unparsed
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.parsed import glued_keywords
from hdsl.syntax.pieces import (
    ITEM_KEYWORDS,
    ONLY_AT_TOP,
    always_begins_statement,
    closing_braces,
    open_brackets,
    opening_brace,
    pieces_of_body,
    pieces_of_file,
)
from hdsl.syntax.reading import read
from hdsl.syntax.recovery import Recovery
from hdsl.syntax.source import Source, ended
from hdsl.syntax.tree import Span

AHEAD = 2000
"""Code points among which the next two tokens are looked for first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a harness: its head, some statements, or its end (the name it returns, and its last offset)."""

    lines: int
    head: HarnessHead | None = None
    statements: tuple[tree.Statement, ...] = ()
    end: tuple[tree.Name, int] | None = None
    faults: tuple[SyntaxFault, ...] = ()
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines with the declarations in them; `pieces` where they are one harness that can be read in pieces.

    `depends`: they are read by themselves only as long as nothing is wrong before them.
    """

    lines: int
    items: tuple[tree.Item, ...] = ()
    faults: tuple[SyntaxFault, ...] = ()
    unread: frozenset[str] = frozenset()
    pieces: tuple[Piece, ...] = ()
    depends: bool = False


@dataclass(frozen=True)
class Region:
    """The lines of a text from `first` to `last`, counted from 0, half-open."""

    source: Source
    first: int
    last: int

    @property
    def start(self) -> int:
        """Offset of its first code point."""
        return self._offset(self.first)

    @property
    def end(self) -> int:
        """Offset behind its last code point."""
        return self._offset(self.last)

    @cached_property
    def tokens(self) -> list[Lexeme] | None:
        """Its tokens, or None where a string is not closed in it."""
        found = lexemes(self.source.text, self.start, self.end)
        return None if any(token.kind == "unclosed" and "\n" in token.text for token in found) else found

    @cached_property
    def following(self) -> list[Lexeme]:
        """The next two tokens behind it; fewer at the end of the text."""
        text = self.source.text
        near = lexemes(text, self.end, min(len(text), self.end + AHEAD))[:2]
        return near if len(near) == 2 else lexemes(text, self.end)[:2]

    def line_of(self, offset: int) -> int:
        """The line that an offset is in, counted from 0."""
        return self.source.position(offset)[0] - 1

    def _offset(self, line: int) -> int:
        starts = self.source.line_starts
        return starts[line] if line < len(starts) else len(self.source.text)


class _Part(NamedTuple):
    """What was read of some tokens, and where they begin and end."""

    span: Span
    items: tuple[tree.Item, ...] = ()
    head: HarnessHead | None = None
    statements: tuple[tree.Statement, ...] = ()
    end: tuple[tree.Name, int] | None = None
    faults: tuple[SyntaxFault, ...] = ()
    unread: frozenset[str] = frozenset()
    depends: bool = False


# Blocks


def blocks_of_tree(region: Region, items: Sequence[tree.Item]) -> list[Block]:
    """The blocks of lines that hold these declarations and no fault."""
    return _blocks(region, [_Part(item.span, (item,)) for item in items])


def read_blocks(region: Region, before: Block | None) -> list[Block] | None:
    """The blocks of lines between declarations, or None where they do not stand by themselves.

    `before` is the block in front of them, or None where they are all lines behind the version.
    """
    tokens = region.tokens
    if tokens is None:
        return None
    around = [*tokens, *region.following]
    if around and before is not None and not _begins_at_top(around, before):
        return None
    pieces = _before(pieces_of_file(around), region.following)
    if pieces is None:
        return None
    parts: list[_Part] = []
    for piece in pieces:
        reading = Recovery(region.source.text)
        items = tuple(reading.items(piece))
        span = Span(piece[0].span.start, piece[-1].span.end)
        faults, unread, depends = tuple(reading.faults), frozenset(reading.unread), piece[0].text not in ITEM_KEYWORDS
        parts.append(_Part(span, items, faults=faults, unread=unread, depends=depends))
    if (
        before is not None
        and any(part.faults for part in parts)
        and _parses(f"hdsl 1\n{_text(region, tokens)}", "start")
    ):
        return None
    return _blocks(region, parts)


def _blocks(region: Region, parts: Sequence[_Part]) -> list[Block]:
    blocks: list[Block] = []
    for lines, group in _grouped(region, parts):
        items = tuple(item for part in group for item in part.items)
        faults = tuple(fault for part in group for fault in part.faults)
        unread = frozenset[str]().union(*(part.unread for part in group))
        pieces: tuple[Piece, ...] = ()
        if len(items) == 1 and isinstance(items[0], tree.Harness) and not faults:
            pieces = _pieces_of(Region(region.source, lines.start, lines.stop), items[0])
        glued = glued_keywords(region.source.text, tree.File(None, items))
        depends = bool(group) and group[0].depends
        blocks.append(Block(len(lines), items, (*faults, *glued), unread, pieces, depends))
    return blocks


def _begins_at_top(tokens: Sequence[Lexeme], before: Block) -> bool:
    """Whether what stands before a declaration, or before what should be one, ends there."""
    if _is_cut_at_top(tokens, 0):
        return True
    if before.faults or tokens[0].kind != "name":
        return False
    ends_in_brace = tree.Harness | tree.Test | tree.TypeDeclaration | tree.RecordDeclaration | tree.Train
    if before.items and isinstance(before.items[-1], ends_in_brace) and opening_brace(tokens) is None:
        return True
    ended = tokens[0]._replace(text="", first=True)
    return len(pieces_of_file([ended, *tokens])) > len(pieces_of_file(tokens))


def _is_cut_at_top(tokens: Sequence[Lexeme], at: int) -> bool:
    """Whether a declaration begins at a token whatever stands before it."""
    return (
        tokens[at].first
        and tokens[at].text in ONLY_AT_TOP
        and at + 1 < len(tokens)
        and tokens[at + 1].kind in ("name", "string")
    )


# Pieces of a harness


def block_of_pieces(source: Source, pieces: Sequence[Piece]) -> Block:
    """The block of a harness in these pieces: its head first, its end last."""
    head, end = pieces[0].head, pieces[-1].end
    assert head is not None and end is not None
    statements = tuple([statement for piece in pieces for statement in piece.statements])
    harness = tree.Harness(head.name, head.parameters, head.result, statements, end[0], Span(head.start, end[1]))
    faults = [fault for piece in pieces for fault in piece.faults]
    faults += glued_keywords(source.text, tree.File(None, (harness,)))
    unread = frozenset[str]().union(*(piece.unread for piece in pieces))
    return Block(sum(piece.lines for piece in pieces), (harness,), tuple(faults), unread, tuple(pieces))


def read_pieces(region: Region, has_head: bool, has_end: bool, clean_before: bool) -> list[Piece] | None:
    """The pieces of lines of one harness, or None where they do not stand by themselves."""
    tokens = region.tokens
    if tokens is None:
        return None
    ahead = [*tokens, *region.following]
    if any(_is_cut_at_top(ahead, i) for i in range(int(has_head), len(tokens))):
        return None
    parts: list[_Part] = []
    reading = Recovery(region.source.text)
    if has_head:
        brace = opening_brace(tokens)
        if brace is None:
            return None
        span = Span(tokens[0].span.start, tokens[brace].span.end)
        parts.append(_Part(span, head=reading.parse("harness_head", tokens[: brace + 1])))
        tokens = tokens[brace + 1 :]
    behind = region.following
    end: list[_Part] = []
    if has_end:
        at = next((i for i in range(len(tokens) - 1, -1, -1) if tokens[i].text == "return"), None)
        if at is None or _end_of_harness(tokens, at) != len(tokens):
            return None
        behind, tokens = tokens[at:], tokens[:at]
        span = Span(behind[0].span.start, behind[-1].span.end)
        end.append(_Part(span, end=(reading.parse("return_stmt", behind[:-1]), span.end)))
    around = [*tokens, *behind]
    if reading.faults or not behind or not _is_balanced(tokens):
        return None
    if not has_head and not (clean_before and around[0].kind == "name") and not always_begins_statement(around, 0):
        return None
    statements = _statements(region, tokens, behind)
    return None if statements is None else _pieces(region, [*parts, *statements, *end])


def line_behind_harness(region: Region) -> int:
    """The line behind that on which a harness returns and ends, where something else follows; else the last line."""
    tokens = region.tokens or []
    for i, token in enumerate(tokens):
        end = _end_of_harness(tokens, i) if token.text == "return" else None
        if end is not None and end < len(tokens):
            line = region.line_of(tokens[end - 1].span.start) + 1
            return line if region.line_of(tokens[end].span.start) >= line else region.last
    return region.last


def _end_of_harness(tokens: Sequence[Lexeme], at: int) -> int | None:
    """The index behind the brace that ends a harness, where one is ended by the `return` at an index."""
    end = at + 2
    while end + 1 < len(tokens) and tokens[end].text == "." and tokens[end + 1].kind == "name":
        end += 2
    return end + 1 if end < len(tokens) and tokens[end].text == "}" else None


def _statements(region: Region, tokens: Sequence[Lexeme], behind: Sequence[Lexeme]) -> list[_Part] | None:
    pieces = _before(pieces_of_body([*tokens, *behind]), behind)
    if pieces is None or any(piece[0].text == "return" for piece in pieces):
        return None
    parts: list[_Part] = []
    for piece in pieces:
        reading = Recovery(region.source.text)
        statement = reading.statement(piece)
        span = Span(piece[0].span.start, piece[-1].span.end)
        statements = () if statement is None else (statement,)
        parts.append(_Part(span, statements=statements, faults=tuple(reading.faults), unread=frozenset(reading.unread)))
    if any(part.faults for part in parts):
        # Rarely a statement is broken over lines where a piece of a text with faults is cut.
        body = _text(region, tokens)
        if _parses(f"harness h() -> text[] {{ {body} return x }}", "item"):
            return None
    return parts


def _is_balanced(tokens: Sequence[Lexeme]) -> bool:
    return not closing_braces(tokens) and not any(token.text == "{" for token in open_brackets(tokens))


def _pieces_of(region: Region, harness: tree.Harness) -> tuple[Piece, ...]:
    """A harness without faults in its pieces; none where its head or its end shares a line with a statement."""
    assert harness.returned is not None
    text, body = region.source.text, harness.body
    brace = lexemes(text, harness.result.span.end, body[0].span.start if body else harness.returned.span.start)[0]
    before = body[-1].span.end if body else brace.span.end
    word = lexemes(text, before, harness.returned.span.start)[0]
    head = HarnessHead(harness.span.start, harness.name, harness.parameters, harness.result)
    parts = [
        _Part(Span(harness.span.start, brace.span.end), head=head),
        *(_Part(statement.span, statements=(statement,)) for statement in body),
        _Part(Span(word.span.start, harness.span.end), end=(harness.returned, harness.span.end)),
    ]
    return tuple(_pieces(region, parts) or ())


def _pieces(region: Region, parts: Sequence[_Part]) -> list[Piece] | None:
    pieces: list[Piece] = []
    for lines, group in _grouped(region, parts):
        if len(group) > 1 and any(part.head or part.end for part in group):
            return None
        pieces.append(
            Piece(
                len(lines),
                group[0].head if group else None,
                tuple([statement for part in group for statement in part.statements]),
                group[0].end if group else None,
                tuple([fault for part in group for fault in part.faults]),
                frozenset[str]().union(*(part.unread for part in group)),
            )
        )
    return pieces


# Both


def _grouped(region: Region, parts: Sequence[_Part]) -> list[tuple[range, list[_Part]]]:
    """The parts by the lines they stand on; lines between belong to what follows, the last ones to what is before."""
    groups: list[tuple[range, list[_Part]]] = []
    first = region.first
    for part in parts:
        begin, end = region.line_of(part.span.start), region.line_of(part.span.end)
        if groups and begin < first:
            lines, group = groups[-1]
            groups[-1] = (range(lines.start, max(lines.stop, end + 1)), [*group, part])
        else:
            groups.append((range(first, end + 1), [part]))
        first = groups[-1][0].stop
    if not groups:
        return [(range(region.first, region.last), [])] if region.first < region.last else []
    lines, group = groups[-1]
    groups[-1] = (range(lines.start, region.last), group)
    return groups


def _before(pieces: list[list[Lexeme]], behind: Sequence[Lexeme]) -> list[list[Lexeme]] | None:
    """The pieces before the one that begins with what stands behind; None where none begins there."""
    if not behind:
        return pieces
    at = next((i for i, piece in enumerate(pieces) if piece[0] is behind[0]), None)
    return None if at is None else pieces[:at]


def _text(region: Region, tokens: Sequence[Lexeme]) -> str:
    return region.source.text[tokens[0].span.start : tokens[-1].span.end] if tokens else ""


def _parses(text: str, start: str) -> bool:
    try:
        read(ended(text), start)
    except Unparsed:
        return False
    return True

"""Offsets of a source and positions of the protocol, whose characters are units of UTF-16, UTF-8 or UTF-32."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from lsprotocol import types as lsp

from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

_LONE_RETURN = re.compile(r"\r(?!\n)")
_LINE_END = re.compile(r"\r\n|\n|\r")


class Positions:
    """The places of one text.

    `source` may have blanks at the ends of lines that `text` has not. The lines of the protocol end at a carriage
    return too, those of `.hg` only at a line feed.
    """

    def __init__(self, source: Source, text: str, encoding: str = lsp.PositionEncodingKind.Utf16) -> None:
        self._padded = source
        self._plain = source if source.text is text else Source(source.path, text)
        self._encoding = encoding

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self._plain.text))]

    def like(self, source: Source, text: str) -> Positions:
        """The places of another text, in the same units."""
        return Positions(source, text, self._encoding)

    @cached_property
    def are_columns(self) -> bool:
        """Whether characters of the protocol are columns of the source, and its lines lines: the text is plain."""
        return self._plain.text.isascii() and not _LONE_RETURN.search(self._plain.text)

    def position(self, offset: int) -> lsp.Position:
        """The position of an offset of the source."""
        if self.are_columns:
            line, column = self._padded.position(offset)
            return lsp.Position(line - 1, min(column - 1, self._widths[line - 1]))
        plain = self.plain_offset(offset)
        line = bisect_right(self._line_starts, plain) - 1
        return lsp.Position(line, self._units(self._plain.text[self._line_starts[line] : plain]))

    def range(self, span: Span) -> lsp.Range:
        """The range of a span of the source."""
        return lsp.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: lsp.Position) -> int:
        """The offset in the source of a position; the end of its line, or of the text, where it is beyond."""
        starts, text = self._line_starts, self._plain.text
        if position.line >= len(starts):
            return len(self._padded.text)
        end = starts[position.line + 1] if position.line + 1 < len(starts) else len(text)
        content = text[starts[position.line] : end].rstrip("\r\n")
        line, column = self._plain.position(starts[position.line] + self._characters(content, position.character))
        return self._padded.line_starts[line - 1] + column - 1

    @cached_property
    def _widths(self) -> list[int]:
        return [len(line.rstrip("\r")) for line in self._plain.text.split("\n")]

    def plain_offset(self, offset: int) -> int:
        """The offset in the text of an offset of the source."""
        if self._plain is self._padded:
            return offset
        line, column = self._padded.position(offset)
        starts, text = self._plain.line_starts, self._plain.text
        end = len(text) if line == len(starts) else starts[line] - 1
        if line < len(starts) and text[end - 1 : end] == "\r":
            end -= 1
        return min(starts[line - 1] + column - 1, end)

    def end(self) -> lsp.Position:
        """The end of the text."""
        return self.position(len(self._padded.text))

    def _units(self, text: str) -> int:
        if self._encoding == lsp.PositionEncodingKind.Utf32 or text.isascii():
            return len(text)
        if self._encoding == lsp.PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def _characters(self, text: str, units: int) -> int:
        """How many characters of a line so many units are; a position inside a character is before it."""
        if self._encoding == lsp.PositionEncodingKind.Utf32 or text.isascii():
            return min(units, len(text))
        for count, character in enumerate(text):
            units -= self._units(character)
            if units < 0:
                return count
        return len(text)

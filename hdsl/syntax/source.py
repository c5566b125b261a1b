"""A source text with its line table, and the scanning of comments and strings in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import Final

from hdsl.syntax.tree import Span

_DECLARED = re.compile(r"^[ \t]*(type|harness|op|experience|test|train|use)\b", re.MULTILINE)
STRINGS_AND_COMMENTS = re.compile(r'"""(?:[^"]|"[^"]|""[^"])++"""|"(?:[^"\\\n]|\\.)*+"|#[^\n]*')


def ended(text: str) -> str:
    """The text with a line break at its end, which ends what the last line says for every reader of the grammar."""
    return text if text.endswith("\n") else f"{text}\n"


class Source:
    """A file's text under the name it is shown by."""

    def __init__(self, path: str, text: str) -> None:
        self.path: Final = path
        self.text: Final = text

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Source) and (self.path, self.text) == (other.path, other.text))

    def __hash__(self) -> int:
        return hash((self.path, self.text))

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first code point of each line."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def line_end(self) -> str:
        """What ends the lines: that of the first one."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    @cached_property
    def declarations(self) -> list[re.Match[str]]:
        """Where a line begins with the keyword of a declaration, its first group, in order; in a string also."""
        return list(_DECLARED.finditer(self.text))

    @cached_property
    def comments(self) -> list[Span]:
        """Where the comments are, in order."""
        if "#" not in self.text:
            return []
        return [
            Span(match.start(), match.end())
            for match in STRINGS_AND_COMMENTS.finditer(self.text)
            if match.group().startswith("#")
        ]

    def comments_in(self, span: Span) -> list[Span]:
        """The comments that a span touches, in order."""
        first = bisect_right(self.comments, span.start, key=lambda comment: comment.end)
        last = bisect_left(self.comments, span.end, key=lambda comment: comment.start)
        return self.comments[first:last]

    def documentation(self, start: int) -> str:
        """The comment lines right above the declaration that starts at this offset, joined; empty where none are."""
        above: list[str] = []
        line = self.position(start)[0] - 1
        while line > 0 and self.line(line).lstrip().startswith("#"):
            begin = self.line_starts[line - 1]
            comments = self.comments_in(Span(begin, begin + len(self.line(line))))
            if not comments:
                break  # it stands in a text of several lines
            above.append(self.text[comments[0].start + 1 : comments[0].end].strip())
            line -= 1
        return " ".join(reversed(above))

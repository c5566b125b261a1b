"""The tokens of a text that parses, as the grammar sees them, with the comments and blank lines between them."""

import re
from typing import NamedTuple

from hdsl.syntax.reading import tokens_of
from hdsl.syntax.source import ended

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\(?")
_COMMENT = re.compile(r"#[^\n]*")


class Token(NamedTuple):
    """A token: its terminal, its text as written, and its offsets, half-open, in code points."""

    kind: str
    text: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment. `trailing` where it ends a line that holds a token; `blank` where a blank line stands above it."""

    text: str
    trailing: bool
    blank: bool


class Gap(NamedTuple):
    """What stands between two tokens; `blank` where a blank line stands right above the second."""

    comments: tuple[Comment, ...] = ()
    blank: bool = False


def tokens_with_gaps(text: str) -> tuple[list[Token], list[Gap]]:
    """The tokens, and the gap before each; one more gap is what follows the last. The text must parse."""
    tokens = [_token(kind, text[start:end], start) for kind, start, end in tokens_of(ended(text))]
    ends = [0, *(token.end for token in tokens)]
    starts = [*(token.start for token in tokens), len(text)]
    return tokens, [_gap(text[end:start], is_first=end == 0) for end, start in zip(ends, starts, strict=True)]


def _token(kind: str, text: str, start: int) -> Token:
    """A token without the blanks and comments that end the terminals of keywords, and of some names."""
    if kind != "NAME" and (text[0].isalpha() or text[0] == "_"):
        text = _WORD.match(text)[0]  # type: ignore[index]
    return Token("NAME" if kind == "LAST" else kind, text, start, start + len(text))


def _gap(between: str, is_first: bool) -> Gap:
    if "\n" not in between and "#" not in between:
        return Gap()
    comments: list[Comment] = []
    seen = 0
    for match in _COMMENT.finditer(between):
        breaks = between.count("\n", seen, match.start())
        if comments:
            breaks -= 1
        trailing = not comments and not breaks and not is_first
        comments.append(Comment(match.group().rstrip(), trailing, blank=breaks > (0 if comments else 1)))
        seen = match.end()
    breaks = between.count("\n", seen)
    return Gap(tuple(comments), breaks > 1)

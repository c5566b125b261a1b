"""Fixes of texts put together as in other languages, `"Q: " + q` and `f"Q: {q}"`: both are templates here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hdsl.check.diagnostic import Fix
from hdsl.check.fixes import SAFE, UNSAFE, edit, written
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.source import Source
from hdsl.syntax.templates import HOLE
from hdsl.syntax.tree import Span

AHEAD = 4_000
"""How far the parts of a sum are looked for, in code points."""

_ESCAPE_OR_HOLE = re.compile(rf"\\.|{HOLE.pattern}", re.DOTALL)
_ONLY_HOLES = re.compile(rf"(?:[^{{}}\\]|\\[^{{]|{HOLE.pattern})*")
_IS_TEMPLATE = re.compile(r"(?:=|=>)\s*\Z")

_ENDED = re.compile(r'\\"""[ \t]*\Z')
_INSIDE = re.compile(r'\\"""(?=[ \t]*[^ \t,)\]}"\n])')
_LAST_QUOTE = re.compile(r'\\"(?="""(?!"))')
QUOTES = 'Three quotation marks end a text, `\\"""` too: write `\\"\\"\\"` within it, and `\\u0022` at its end.'

_PREFIX = re.compile(r"(?<![\w.])[fFrRbBuU]{1,2}\Z")


def without_prefix(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """The text without the letter in front of it; certain where all its braces are holes here, too."""
    text, start = source.text, fault.span.start
    prefix = _PREFIX.search(text, max(0, start - 3), start)
    if prefix is not None and text.startswith('"', start):
        found = text[start : fault.span.end]
        is_same = "{" not in found and "}" not in found
        before = text[max(0, prefix.start() - 100) : prefix.start()]
        is_template = _ONLY_HOLES.fullmatch(found) is not None and _IS_TEMPLATE.search(before) is not None
        yield written(
            source,
            Span(prefix.start(), start),
            "",
            applicability=SAFE if is_same or is_template else UNSAFE,
            title=f"Remove `{prefix.group()}`",
        )


def ends_early(source: Source, fault: SyntaxFault) -> bool:
    r"""Whether a fault stands behind `\"""`, which ends a long text here, whatever is before it."""
    at = fault.span.start
    return _ENDED.search(source.text, max(0, at - 100), at) is not None


def with_escaped_quotes(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    r"""Each `\"""` of the line as three escapes, but for what ends the statement; `\"` before the end as a number."""
    if not ends_early(source, fault):
        return
    start = source.text.rfind("\n", 0, fault.span.start) + 1
    end = source.text.find("\n", start)
    span = Span(start, len(source.text) if end < 0 else end)
    line = source.text[span.start : span.end]
    made = _INSIDE.sub(r'\\"\\"\\"', _LAST_QUOTE.sub(r"\\u0022", line))
    if made != line:
        yield written(source, span, made, title='Write `\\"\\"\\"` for three quotation marks in the text')


def as_template(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """A sum of texts and names as one template; certain if one of them is a text."""
    text = source.text
    if text[fault.span.start : fault.span.end] != "+":
        return
    begin = text.rfind("=", 0, fault.span.start) + 1
    tokens = lexemes(text, begin, min(len(text), fault.span.start + AHEAD))
    parts = _parts(tokens)
    if parts is None:
        return
    span = Span(parts[0][0].span.start, parts[-1][-1].span.end)
    if "#" in text[span.start : span.end] and not all(part[0].kind == "string" for part in parts):
        return
    made = "".join(_piece(part) for part in parts)
    has_text = any(part[0].kind == "string" for part in parts)
    title = "Write one text with the names in braces"
    yield Fix(title, SAFE if has_text else UNSAFE, (edit(source, span, f'"{made}"'),))


def _parts(tokens: list[Lexeme]) -> list[list[Lexeme]] | None:
    """The parts of a sum that the tokens begin with, strings and dotted names; None if it is not such a sum."""
    parts: list[list[Lexeme]] = [[]]
    for token in tokens:
        is_next_line = token.first and bool(parts[-1])
        if is_next_line and token.text != "+":
            break
        if token.text == "+":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if len(parts) > 1 and all(map(_is_part, parts)) else None


def _is_part(part: list[Lexeme]) -> bool:
    if len(part) == 1 and part[0].kind == "string":
        return not part[0].text.startswith('"""')
    names = part[::2]
    return bool(part) and len(part) % 2 == 1 and all(token.kind == "name" for token in names) and _is_dotted(part)


def _is_dotted(part: list[Lexeme]) -> bool:
    return all(token.text == "." for token in part[1::2])


def _kept(found: re.Match[str]) -> str:
    return found.group() if found.group().startswith("\\") else "\\" + found.group()


def _piece(part: list[Lexeme]) -> str:
    """A part as it stands in a template: what would be a hole in a text keeps its braces, an escape is one already."""
    if part[0].kind == "string":
        return _ESCAPE_OR_HOLE.sub(_kept, part[0].text[1:-1])
    return "{" + "".join(token.text for token in part) + "}"

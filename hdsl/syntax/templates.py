"""Templates: the pieces and the holes of a text that is a statement or a branch."""

import re
from typing import NamedTuple

from hdsl.syntax.escapes import decode_escapes
from hdsl.syntax.tree import Hole, Name, Span, Template

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
HOLE = re.compile(rf"\{{({_NAME}(?:\.{_NAME})*)\}}")
"""A name between braces, without blanks; any other brace is itself."""

_ESCAPE_OR_HOLE = re.compile(rf"\\.|{HOLE.pattern}", re.DOTALL)
_LINE_BREAK = re.compile(r"\r?\n")
_BLANKS = " \t"


class _Run(NamedTuple):
    """A stretch of what stands between the quotation marks, as written, and where it begins."""

    text: str
    start: int


def template(token: str, start: int, quote: str) -> Template:
    """The template of a string token that begins at an offset, between these quotation marks."""
    body, begin = token[len(quote) : -len(quote)], start + len(quote)
    parts: list[str | Hole] = []
    written = ""
    for run in _without_indentation(body, begin) if len(quote) > 1 else [_Run(body, begin)]:
        at = 0
        for found in _ESCAPE_OR_HOLE.finditer(run.text):
            if found[1] is not None:
                parts += [decode_escapes(written + run.text[at : found.start()], brace=True), _hole(found, run.start)]
                written, at = "", found.end()
        written += run.text[at:]
    parts.append(decode_escapes(written, brace=True))
    return Template(tuple(part for part in parts if part != ""), Span(start, start + len(token)))


def _hole(found: re.Match[str], start: int) -> Hole:
    name = Name(found[1], Span(start + found.start(1), start + found.end(1)))
    return Hole(name, Span(start + found.start(), start + found.end()))


def _without_indentation(body: str, start: int) -> list[_Run]:
    """A long text that begins with a line break, without that, its common indentation and a blank last line."""
    first = _LINE_BREAK.match(body)
    if first is None:
        return [_Run(body, start)]
    lines: list[_Run] = []
    at = first.end()
    for line in body[at:].split("\n"):
        lines.append(_Run(f"{line}\n", start + at))
        at += len(line) + 1
    if len(lines) > 1 and not lines[-1].text.strip():
        lines.pop()
    # The last line has no line break of its own.
    lines[-1] = _Run(lines[-1].text.removesuffix("\n").removesuffix("\r"), lines[-1].start)
    width = _common_length([_indentation(line.text) for line in lines if line.text.strip()])
    kept = ((line, width if line.text.strip() else len(_indentation(line.text))) for line in lines)
    return [_Run(line.text[cut:], line.start + cut) for line, cut in kept]


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(_BLANKS))]


def _common_length(indentations: list[str]) -> int:
    """The length of what all of them begin with."""
    if not indentations:
        return 0
    low, high = min(indentations), max(indentations)
    return next((i for i, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))

"""Blanks at the ends of a text's lines, spent by edits: what stands behind an edit keeps its offsets.

Blanks mean nothing to the grammar, and a padded text has the lines and columns of the text.
"""

import re
from collections.abc import Sequence

from hdsl.syntax.lexical import lexemes

SPARE = 64
"""Blanks a line has at first."""

_BLANKS = re.compile(r" +(?=\r?\n)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def lines_of(text: str) -> list[str]:
    """The lines with their ends; only a line feed ends a line of `.hg`."""
    return _LINE.findall(text)


def padded(lines: Sequence[str]) -> str:
    """The lines, each that is not blank with spare blanks at its end."""
    fixed = _inside_strings(lines)
    return "".join(line if i in fixed or line.isspace() else _with_blanks(line, SPARE) for i, line in enumerate(lines))


def fitted(lines: Sequence[str], size: int) -> str | None:
    """The lines with blanks at their ends that make them so long in all; None where they do not fit."""
    spare = size - sum(map(len, lines))
    fixed = _inside_strings(lines)
    free = [i for i in range(len(lines)) if i not in fixed]
    free = [i for i in free if not lines[i].isspace()] or free
    if spare < 0 or (spare and not free):
        return None
    each, rest = divmod(spare, len(free) or 1)
    blanks = dict.fromkeys(free, each)
    if free:
        blanks[free[-1]] += rest
    return "".join(_with_blanks(line, blanks.get(i, 0)) for i, line in enumerate(lines))


def without_blanks(text: str) -> str:
    """A part of a padded text as it was; blanks at the ends of its own lines go too, except beside long strings."""
    return text if '"""' in text else _BLANKS.sub("", text)


def _with_blanks(line: str, count: int) -> str:
    content = line.removesuffix("\r\n").removesuffix("\n") if line.endswith("\n") else line
    return f"{content}{' ' * count}{line[len(content) :]}"


def _inside_strings(lines: Sequence[str]) -> set[int]:
    """The lines that end inside a string, where a blank would mean something."""
    text = "".join(lines)
    if '"""' not in text and "\\\n" not in text and "\\\r" not in text:
        return set()
    inside: set[int] = set()
    for token in lexemes(text):
        if token.kind in ("string", "unclosed") and "\n" in token.text:
            first = text.count("\n", 0, token.span.start)
            inside.update(range(first, first + token.text.count("\n")))
    return inside

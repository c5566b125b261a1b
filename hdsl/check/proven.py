"""Proving a fix of syntax: with it, the declarations that it touches have fewer faults."""

from __future__ import annotations

import re

from hdsl.check.diagnostic import Fix
from hdsl.check.fixes import applied, edit
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

LONGEST = 6000
"""Of a declaration with more code points fixes are offered unproven: an answer is wanted while typing."""
MOST = 40_000
"""So too where all faults, each proven on so many code points, come to more."""

_DECLARATION = re.compile(r"^[A-Za-z]", re.MULTILINE)


def is_gone(source: Source, fix: Fix, among: int) -> bool:
    """Whether a fix leaves fewer faults in the declarations that it touches; of long ones that is not seen."""
    places = [each.place.span for each in fix.edits]
    text = source.text
    first, last = min(span.start for span in places), max(span.end for span in places)
    start = _declaration_at(text, first)
    behind = _DECLARATION.search(text, last + 1, min(len(text), last + LONGEST))
    end = len(text) if behind is None else behind.start()
    if end - start > LONGEST or (end - start) * among > MOST:
        return True
    version = "" if start == 0 else "hdsl 1\n"
    moved = [
        edit(source, Span(span.start - start, span.end - start), each.text)
        for span, each in zip(places, fix.edits, strict=True)
    ]
    before, after = text[start:end], applied(text[start:end], moved)
    return len(parse(version + after).faults) < len(parse(version + before).faults)


def _declaration_at(text: str, offset: int) -> int:
    """Where the declaration that holds an offset begins; far above, somewhere in it."""
    start = text.rfind("\n", 0, offset) + 1
    while start and not _DECLARATION.match(text, start) and offset - start <= LONGEST:
        start = text.rfind("\n", 0, start - 1) + 1
    return start

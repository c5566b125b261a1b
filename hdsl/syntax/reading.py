"""Reads a part of a text by a rule of the grammar: by the tables, or by lark where its tables are not known."""

from __future__ import annotations

import functools
from typing import Any

from hdsl.syntax.driver import Driver, Unparsed
from hdsl.syntax.grammar import lark_parser
from hdsl.syntax.tables import tables

SKIPPED = frozenset({"_WS"})
"""The terminals that the grammar ignores."""


@functools.cache
def driver() -> Driver | None:
    """The loop over the grammar's tables; None where they are not known."""
    known = tables()
    return None if known is None else Driver(known)


def read(text: str, start: str, begin: int = 0, end: int | None = None) -> Any:
    """What a part of a text parses to, from the rule `start` on. Raises Unparsed."""
    known = driver()
    if known is None:
        return _read_by_lark(text, start, begin, len(text) if end is None else end)
    return known.drive(text, start, begin, end)


def tokens_of(text: str) -> list[tuple[str, int, int]]:
    """The tokens of a text that parses: the terminal, where it begins, where it ends."""
    known = driver()
    if known is None:
        steps = lark_parser().parse_interactive(text, start="start").iter_parse()
        return [(step.type, step.start_pos or 0, step.end_pos or 0) for step in steps if step.type not in SKIPPED]
    seen: list[tuple[str, int, int]] = []
    known.drive(text, "start", seen=seen)
    return seen


def _read_by_lark(text: str, start: str, begin: int, end: int) -> Any:
    from lark import TextSlice
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return lark_parser().parse(TextSlice(text, begin, end), start=start)
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        offset = end if at_end or error.token.start_pos is None else error.token.start_pos
        raise Unparsed(offset, at_end, frozenset(error.accepts or error.expected) - SKIPPED) from None
    except UnexpectedCharacters as error:
        raise Unparsed(error.pos_in_stream or begin, False, frozenset(error.allowed) - SKIPPED) from None

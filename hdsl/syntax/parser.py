"""Text to tree: a short loop where the text has no faults, else lark, and recovery."""

from __future__ import annotations

from hdsl.ground.collector import collector_paused
from hdsl.syntax import tree
from hdsl.syntax.driver import drive
from hdsl.syntax.grammar import lark_parser
from hdsl.syntax.parsed import Parsed, glued_keywords
from hdsl.syntax.source import ended
from hdsl.syntax.tables import tables


def parse(text: str) -> Parsed:
    """Parses a whole file. Never raises: what cannot be read is a fault, the rest is in the tree."""
    known = tables()
    with collector_paused():
        file: tree.File | None = None if known is None else drive(known, ended(text), "start")
    if file is None:
        return _parse_by_lark(text)
    return Parsed(file, glued_keywords(text, file))


def _parse_by_lark(text: str) -> Parsed:
    from lark.exceptions import UnexpectedInput

    parser = lark_parser()
    try:
        with collector_paused():
            file: tree.File = parser.parse(ended(text), start="start")  # type: ignore[assignment]
    except UnexpectedInput:
        from hdsl.syntax.recovery import recover

        return recover(text, parser)
    return Parsed(file, glued_keywords(text, file))

"""Text to tree: as a whole where the text has no faults, else by recovery."""

from __future__ import annotations

from hdsl.ground.collector import collector_paused
from hdsl.syntax import tree
from hdsl.syntax.driver import Unparsed
from hdsl.syntax.parsed import Parsed, glued_keywords
from hdsl.syntax.reading import read
from hdsl.syntax.source import ended


def parse(text: str) -> Parsed:
    """Parses a whole file. Never raises: what cannot be read is a fault, the rest is in the tree."""
    with collector_paused():
        try:
            file: tree.File = read(ended(text), "start")
        except Unparsed:
            from hdsl.syntax.recovery import recover

            return recover(text)
    return Parsed(file, glued_keywords(text, file))

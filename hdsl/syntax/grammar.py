"""The grammar, and lark's parser of it with its tables from a cache."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.ground.resources import read_cached, resource_folder, write_cached
from hdsl.syntax.builder import TreeBuilder

if TYPE_CHECKING:
    from lark import Lark
    from lark.lexer import TerminalDef

CACHED = "grammar.lark-cache"
STARTS = ["start", "item", "version", "harness_head", "test_head", "stmt", "return_stmt", "test_stmt"]


def grammar_text() -> str:
    """The grammar, as it stands in `grammar/hdsl.lark`."""
    return (resource_folder("grammar") / "hdsl.lark").read_text(encoding="utf-8")


_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+](?![*+?])")


def _without_backtracking(terminal: TerminalDef) -> TerminalDef:
    """No terminal needs to give back what it repeated; kept to be given back, each character would cost 700 bytes."""
    terminal.pattern.value = _REPEATED_GROUP.sub(r"\g<0>+", terminal.pattern.value)
    return terminal


@functools.cache
def lark_parser() -> Lark:
    """The parser for each rule of `STARTS`; its tables come from this user's cache where there is one."""
    from tempfile import TemporaryDirectory

    from lark import Lark

    grammar = grammar_text()
    options: dict[str, Any] = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True, "start": STARTS}
    options["edit_terminals"] = _without_backtracking
    with TemporaryDirectory() as folder:
        # Lark reads a file of its own whatever is in it, so it is given one that is known to be whole.
        place = Path(folder) / CACHED
        kept = read_cached(CACHED)
        if kept is not None:
            place.write_bytes(kept)
        parser = Lark(grammar, transformer=TreeBuilder(), cache=str(place), **options)
        if kept is None:
            write_cached(CACHED, place.read_bytes())
    return parser

"""The grammar, and lark's parser of it with its tables from a cache."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from hdsl.resources import cache_folder, resource_folder
from hdsl.syntax.builder import TreeBuilder

if TYPE_CHECKING:
    from lark import Lark

STARTS = ["start", "item", "version", "harness_head", "test_head", "stmt", "return_stmt", "test_stmt"]


def grammar_text() -> str:
    """The grammar, as it stands in `grammar/hdsl.lark`."""
    return (resource_folder("grammar") / "hdsl.lark").read_text(encoding="utf-8")


@functools.cache
def lark_parser() -> Lark:
    """The parser for each rule of `STARTS`; its tables come from this user's cache where there is one."""
    from lark import Lark

    grammar = grammar_text()
    options: dict[str, Any] = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True, "start": STARTS}
    try:
        cache: str | bool = str(cache_folder() / "grammar.lark-cache")
    except OSError:
        cache = False
    return Lark(grammar, transformer=TreeBuilder(), cache=cache, **options)

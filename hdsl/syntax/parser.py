"""Text to tree: lark with the grammar's tables from a cache, and recovery where the text has faults."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdsl.resources import cache_folder, resource_folder
from hdsl.syntax import tree
from hdsl.syntax.builder import TreeBuilder
from hdsl.syntax.collector import collector_paused
from hdsl.syntax.driver import drive
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.tables import tables

if TYPE_CHECKING:
    from lark import Lark

STARTS = ["start", "item", "version", "harness_head", "test_head", "stmt", "return_stmt", "test_stmt"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of what could be read, what was wrong, and the names whose definitions could not be read."""

    file: tree.File
    faults: tuple[SyntaxFault, ...] = ()
    unread: frozenset[str] = frozenset()


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


def parse(text: str) -> Parsed:
    """Parses a whole file. Never raises: what cannot be read is a fault, the rest is in the tree."""
    known = tables()
    with collector_paused():
        file: tree.File | None = None if known is None else drive(known, text, "start")
    if file is None:
        return _parse_by_lark(text)
    return Parsed(file, glued_keywords(text, file))


def _parse_by_lark(text: str) -> Parsed:
    from lark.exceptions import UnexpectedInput

    parser = lark_parser()
    try:
        with collector_paused():
            file: tree.File = parser.parse(text, start="start")  # type: ignore[assignment]
    except UnexpectedInput:
        from hdsl.syntax.recovery import recover

        return recover(text, parser)
    return Parsed(file, glued_keywords(text, file))


def glued_keywords(text: str, file: tree.File) -> tuple[SyntaxFault, ...]:
    """`harnessx` lexes as `harness x` where no name can stand: the grammar of both engines has no word boundary."""
    names = [name for item in file.items for name in _names_after_keywords(item)]
    return tuple(
        SyntaxFault("glued-keyword", name.span, found=name.text)
        for name in names
        if name.span.start and (text[name.span.start - 1].isalnum() or text[name.span.start - 1] == "_")
    )


def _names_after_keywords(item: tree.Item) -> Iterator[tree.Name]:
    match item:
        case tree.Harness():
            yield item.name
            for statement in item.body:
                if isinstance(statement, tree.Node):
                    if isinstance(statement.value, tree.Switch):
                        yield statement.value.condition
                elif not isinstance(statement, tree.Budget):
                    yield statement.name
            if item.returned is not None:
                yield item.returned
        case tree.Use():
            yield from (name for name in (item.module, item.alias) if name is not None)
        case tree.Test():
            yield from (statement.call.operation for statement in item.statements if isinstance(statement, tree.Expect))
        case tree.Train():
            yield item.harness
        case _:
            yield item.name

"""What parsing gives, and the one fault that the grammar itself cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hdsl.syntax import tree
from hdsl.syntax.faults import SyntaxFault


class Parsed(NamedTuple):
    """The tree of what could be read, what was wrong, and the names whose definitions could not be read."""

    file: tree.File
    faults: tuple[SyntaxFault, ...] = ()
    unread: frozenset[str] = frozenset()


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
            yield from (statement.path for statement in item.statements if isinstance(statement, tree.Given))
        case tree.Train():
            yield item.harness
        case _:
            yield item.name

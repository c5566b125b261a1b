"""Fields of records as they are written: the parts of a path, the type inside of lists."""

from __future__ import annotations

from hdsl.syntax import tree
from hdsl.syntax.tree import Name, Span


def parts_of(name: Name) -> list[Name]:
    """The parts of a path, each where it stands; one that is written with blanks in it is one part."""
    texts = name.text.split(".")
    if name.span.end - name.span.start != len(name.text):
        return [name]
    parts: list[Name] = []
    start = name.span.start
    for text in texts:
        parts.append(Name(text, Span(start, start + len(text))))
        start += len(text) + 1
    return parts


def inner_type(written: tree.FieldType) -> Name:
    """The type of a field, or of the items of its list."""
    while isinstance(written, tree.ListOf):
        written = written.item
    return written

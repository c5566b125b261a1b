"""Where a name is declared and used, in all files of the workspace; and giving it another name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lsprotocol import types as lsp

from hdsl.check.library import library
from hdsl.editor.symbols import Occurrence, Symbol
from hdsl.editor.view import View
from hdsl.editor.workspace import file_of
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.tree import RESERVED, Span

LOCAL = frozenset({"input", "module", "dimension"})
"""Kinds of which only the file that declares one can speak. A node may stand in the path of another file's stub."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Views = Callable[[str], View | None]
"""The view of a file by its path."""


class CannotRename(ValueError):  # noqa: N818 - what it says to the user
    """Why a name cannot be given."""


def definition(view: View, offset: int) -> lsp.Location | None:
    """Where the name at an offset is declared."""
    found = view.occurrence(offset)
    if found is None:
        return None
    module = view.module_of(found.symbol)
    if module is None:
        return None
    return lsp.Location(view.workspace.documents.uri(file_of(module.path)), _declaration(view, found.symbol, module))


def references(view: View, offset: int, views: Views, with_declaration: bool) -> list[lsp.Location]:
    """Every place of the workspace that names what the name at an offset names."""
    found = view.occurrence(offset)
    if found is None:
        return []
    locations: list[lsp.Location] = []
    module = view.module_of(found.symbol)
    if with_declaration and module is not None and module.path in library() and found.symbol.kind != "file":
        locations.append(
            lsp.Location(view.workspace.documents.uri(file_of(module.path)), _declaration(view, found.symbol, module))
        )
    for other, each in _all(view, found.symbol, views):
        if with_declaration or not each.defines:
            locations.append(lsp.Location(other.uri, other.positions.range(each.span)))
    return locations


def highlights(view: View, offset: int) -> list[lsp.DocumentHighlight]:
    """The places of this file that name what the name at an offset names."""
    found = view.occurrence(offset)
    same = [each for each in view.occurrences if found is not None and each.symbol == found.symbol]
    kinds = {True: lsp.DocumentHighlightKind.Write, False: lsp.DocumentHighlightKind.Read}
    return [lsp.DocumentHighlight(view.positions.range(each.span), kinds[each.defines]) for each in same]


def renamed(view: View, offset: int) -> Occurrence | None:
    """The name at an offset where it can be given another: one of this workspace, and no label, field or file.

    Texts have labels and fields in them.
    """
    found = view.occurrence(offset)
    if found is None or found.symbol.kind in ("label", "field", "file"):
        return None
    return None if file_of(found.symbol.module) != found.symbol.module else found


def rename(view: View, offset: int, name: str, views: Views) -> lsp.WorkspaceEdit | None:
    """The edits that give the name at an offset another. Raises CannotRename."""
    found = renamed(view, offset)
    if found is None:
        return None
    if not _NAME.fullmatch(name) or name in RESERVED:
        why = "is a reserved word" if name in RESERVED else "is not a valid name"
        raise CannotRename(f"`{name}` {why}.")
    changes: dict[str, list[lsp.TextEdit]] = {}
    for other, each in _all(view, found.symbol, views):
        edits = changes.setdefault(other.uri, [])
        edits.append(lsp.TextEdit(other.positions.range(each.span), name))
    if found.symbol.kind == "module":
        _name_use(view, found.symbol, name, changes.setdefault(view.uri, []))
    return lsp.WorkspaceEdit(changes)


def _all(view: View, symbol: Symbol, views: Views) -> Iterator[tuple[View, Occurrence]]:
    paths = [view.module.path]
    if symbol.kind not in LOCAL:
        paths = list(dict.fromkeys([view.module.path, *view.workspace.files()]))
    for path in paths:
        other = view if path == view.module.path else views(path)
        if other is not None:
            yield from ((other, each) for each in other.occurrences if each.symbol == symbol)


def _declaration(view: View, symbol: Symbol, module: Module) -> lsp.Range:
    if symbol.kind == "file":
        return lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    positions = view.positions
    if module is not view.module:
        analysis = None if module.path in library() else view.workspace.analysis(module.path)
        text = module.source.text if analysis is None else analysis.text
        positions = view.positions.like(module.source, text)
    start = module.source.line_starts[symbol.line - 1] + symbol.column - 1
    length = len(symbol.name) + 2 if symbol.kind == "label" else len(symbol.name)
    return positions.range(Span(start, start + length))


def _name_use(view: View, symbol: Symbol, name: str, edits: list[lsp.TextEdit]) -> None:
    """A module without `as` gets one."""
    for item in view.analysis.parsed.file.items:
        module = item.module if isinstance(item, tree.Use) and item.alias is None else None
        if module is not None and module.text.rpartition(".")[2] == symbol.name:
            end = view.positions.position(module.span.end)
            edits.append(lsp.TextEdit(lsp.Range(end, end), f" as {name}"))

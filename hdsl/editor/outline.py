"""The outline of a file: its declarations with their nodes, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from lsprotocol import types as lsp

from hdsl.editor.view import View
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import shown_type
from hdsl.syntax import tree
from hdsl.syntax.tree import Span

Kind = lsp.SymbolKind


def document_symbols(view: View) -> list[lsp.DocumentSymbol]:
    """The declarations of a file; harnesses, tests and types with what is in them."""
    return [symbol for item in view.analysis.parsed.file.items for symbol in _symbols(view, item)]


def folding_ranges(view: View) -> list[lsp.FoldingRange]:
    """Declarations and statements of several lines, and runs of comments."""
    ranges = [fold for span in _foldable(view.analysis.parsed.file) for fold in _fold(view, span)]
    source = view.analysis.source
    own = [line for span in source.comments if source.line(line := source.position(span.start)[0]).lstrip()[0] == "#"]
    for _, run in groupby(enumerate(own), key=lambda each: each[1] - each[0]):
        lines = [line for _, line in run]
        if len(lines) > 1:
            ranges.append(lsp.FoldingRange(lines[0] - 1, lines[-1] - 1, kind=lsp.FoldingRangeKind.Comment))
    return ranges


def _symbols(view: View, item: tree.Item) -> Iterator[lsp.DocumentSymbol]:
    def symbol(
        name: str,
        kind: lsp.SymbolKind,
        span: Span,
        at: Span,
        detail: str = "",
        children: list[lsp.DocumentSymbol] | None = None,
    ) -> lsp.DocumentSymbol:
        whole, place = view.positions.range(span), view.positions.range(at)
        return lsp.DocumentSymbol(name or "?", kind, whole, place, detail=detail or None, children=children)

    def nodes(statements: Sequence[tree.Statement | tree.TestStatement]) -> list[lsp.DocumentSymbol]:
        found: list[lsp.DocumentSymbol] = []
        for each in statements:
            if isinstance(each, tree.Node):
                typed = view.typed.get(each.span.start)
                detail = f"{shown_type(typed.type)}{shown_shape(typed.shape)}" if typed is not None else ""
                found.append(symbol(each.name.text, Kind.Variable, each.span, each.name.span, detail))
            elif isinstance(each, tree.Experience):
                found.append(symbol(each.name.text, Kind.Array, each.span, each.name.span))
            elif isinstance(each, tree.DimConstant):
                found.append(symbol(each.name.text, Kind.Constant, each.span, each.name.span))
        return found

    match item:
        case tree.Use(module=module, path=path, alias=alias):
            at = alias or module
            if at is not None:
                name = module.text if module is not None else path.text if path is not None else ""
                yield symbol(name, Kind.Module, item.span, at.span)
        case tree.TypeDeclaration():
            labels = [symbol(each.text.text, Kind.EnumMember, each.span, each.text.span) for each in item.labels]
            yield symbol(item.name.text, Kind.Enum, item.span, item.name.span, children=labels)
        case tree.RecordDeclaration():
            fields = [symbol(each.name.text, Kind.Field, each.span, each.name.span) for each in item.fields]
            yield symbol(item.name.text, Kind.Struct, item.span, item.name.span, children=fields)
        case tree.Harness():
            yield symbol(item.name.text, Kind.Class, item.span, item.name.span, children=nodes(item.body))
        case tree.Test():
            yield symbol(item.name.text, Kind.Event, item.span, item.name.span, "test", nodes(item.statements))
        case tree.Train():
            yield symbol(f"train {item.harness.text}", Kind.Event, item.span, item.harness.span)
        case tree.Operation():
            yield symbol(item.name.text, Kind.Function, item.span, item.name.span)
        case tree.Experience():
            yield symbol(item.name.text, Kind.Array, item.span, item.name.span)
        case tree.DimConstant():
            yield symbol(item.name.text, Kind.Constant, item.span, item.name.span)


def _foldable(file: tree.File) -> Iterator[Span]:
    for item in file.items:
        yield item.span
        if isinstance(item, tree.Harness):
            yield from (statement.span for statement in item.body)
        elif isinstance(item, tree.Test):
            yield from (statement.span for statement in item.statements)


def _fold(view: View, span: Span) -> Iterator[lsp.FoldingRange]:
    start, end = view.positions.range(span).start.line, view.positions.range(span).end.line
    if end > start + 1:
        yield lsp.FoldingRange(start, end - 1)

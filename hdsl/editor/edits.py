"""What the editor may write: the fixes of diagnostics, missing types, the one layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from hdsl.check.diagnostic import Diagnostic, Fix
from hdsl.editor.diagnostics import shown
from hdsl.editor.view import View, statements_of
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import shown_type
from hdsl.syntax import tree
from hdsl.syntax.format import Unformattable, format_source
from hdsl.syntax.padding import without_blanks
from hdsl.syntax.tree import Span

FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.hdsl"


def code_actions(view: View, span: Span, only: Sequence[str] | None) -> list[lsp.CodeAction]:
    """The fixes for what is wrong in a span, the types to write in it, and all safe fixes of the file at once."""
    uri, wanted = view.uri, _wanted(only)
    actions: list[lsp.CodeAction] = []
    if lsp.CodeActionKind.QuickFix in wanted:
        for diagnostic in view.analysis.diagnostics:
            place = diagnostic.place
            if place.source.path == view.module.path and place.span.start <= span.end and span.start <= place.span.end:
                actions += _fixes(view, diagnostic)
    if lsp.CodeActionKind.SourceFixAll in wanted:
        fixes = [fix for each in view.analysis.diagnostics for fix in each.fixes if fix.applicability == "safe"]
        edits = _apart([edits for fix in fixes if (edits := _edits(view, fix)) is not None])
        if edits:
            edit = lsp.WorkspaceEdit({uri: edits})
            actions.append(lsp.CodeAction("Apply all safe fixes", kind=FIX_ALL, edit=edit))
    if lsp.CodeActionKind.RefactorRewrite in wanted:
        missing = list(missing_types(view, span))
        if missing:
            edits = [lsp.TextEdit(lsp.Range(place, place), text) for place, text in missing]
            title = "Add the missing type" if len(edits) == 1 else f"Add the {len(edits)} missing types"
            edit = lsp.WorkspaceEdit({uri: edits})
            actions.append(lsp.CodeAction(title, kind=lsp.CodeActionKind.RefactorRewrite, edit=edit))
    return actions


def missing_types(view: View, span: Span) -> Iterator[tuple[lsp.Position, str]]:
    """Where nodes in a span have no type or no shape, and what is to be written there."""
    for item in view.analysis.parsed.file.items:
        if item.span.start > span.end or item.span.end < span.start:
            continue
        for node in statements_of(item):
            if not isinstance(node, tree.Node) or not span.start <= node.span.end or node.span.start > span.end:
                continue
            typed = view.typed.get(node.span.start)
            if typed is None or (node.annotation is not None and node.annotation.dims is not None):
                continue
            shape = shown_shape(typed.shape)
            if node.annotation is None:
                yield view.positions.position(node.name.span.end), f": {shown_type(typed.type)}{shape}"
            else:
                yield view.positions.position(node.annotation.span.end), shape


def inlay_hints(view: View, span: Span) -> list[lsp.InlayHint]:
    """Missing types and shapes, shown where they would stand; accepting one writes it."""
    return [
        lsp.InlayHint(
            place,
            text,
            kind=lsp.InlayHintKind.Type,
            text_edits=[lsp.TextEdit(lsp.Range(place, place), text)],
            tooltip="inferred; accept it to write it in",
        )
        for place, text in missing_types(view, span)
    ]


def formatting(view: View) -> list[lsp.TextEdit]:
    """The edit that lays the file out; none where it is laid out, or does not parse."""
    text = view.analysis.text
    try:
        laid_out = format_source(text)
    except Unformattable:
        return []
    if laid_out == text:
        return []
    return [lsp.TextEdit(lsp.Range(lsp.Position(0, 0), view.positions.end()), laid_out)]


def _wanted(only: Sequence[str] | None) -> list[lsp.CodeActionKind]:
    """The kinds of actions that are asked for; all where nothing in particular is."""
    offered = [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll, lsp.CodeActionKind.RefactorRewrite]
    asked = [str(getattr(each, "value", each)) for each in only or ()]
    names = {kind: FIX_ALL if kind is lsp.CodeActionKind.SourceFixAll else kind.value for kind in offered}
    return [kind for kind in offered if not asked or any(f"{names[kind]}.".startswith(f"{each}.") for each in asked)]


def _fixes(view: View, diagnostic: Diagnostic) -> Iterator[lsp.CodeAction]:
    for fix in diagnostic.fixes:
        edits = _edits(view, fix)
        if edits is not None:
            yield lsp.CodeAction(
                fix.title,
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[shown(diagnostic, view.positions)],
                is_preferred=fix.applicability == "safe" or None,
                edit=lsp.WorkspaceEdit({view.uri: edits}),
            )


def _edits(view: View, fix: Fix) -> list[lsp.TextEdit] | None:
    """The edits of a fix, or None where it reaches into another file."""
    if any(edit.place.source.path != view.module.path for edit in fix.edits):
        return None
    return [lsp.TextEdit(view.positions.range(edit.place.span), without_blanks(edit.text)) for edit in fix.edits]


def _apart(fixes: Sequence[Sequence[lsp.TextEdit]]) -> list[lsp.TextEdit]:
    """The edits of those fixes that touch nothing which one before them touches."""
    taken: list[lsp.TextEdit] = []
    for edits in fixes:
        if not any(_meet(edit.range, other.range) for edit in edits for other in taken):
            taken += edits
    return taken


def _meet(one: lsp.Range, other: lsp.Range) -> bool:
    return one.start <= other.end and other.start <= one.end

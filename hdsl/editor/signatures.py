"""Signature help: what the call around the cursor takes, and which of it is being written."""

from __future__ import annotations

from lsprotocol import types as lsp

from hdsl.check.library import library
from hdsl.editor.cursor import cursor_at, signature_of
from hdsl.editor.hover import documentation
from hdsl.editor.view import View
from hdsl.graph.signature_text import shown_input, shown_option, shown_signature


def signature_help(view: View, offset: int) -> lsp.SignatureHelp | None:
    """The signature of the innermost call that is open at the cursor."""
    cursor = cursor_at(view, offset)
    called = cursor.callee() if cursor is not None else None
    if cursor is None or called is None:
        return None
    name, commas = called
    signature = signature_of(view, cursor.item, name)
    if signature is None:
        return None
    shown = [*map(shown_input, signature.inputs), *map(shown_option, signature.options)]
    names = [*(wanted.name for wanted in signature.inputs), *(option.name for option in signature.options)]
    active = commas
    if signature.inputs and signature.inputs[-1].repeated:
        active = min(active, len(signature.inputs) - 1)
    if cursor.option() in names:
        active = names.index(cursor.option())
    module = next(
        (
            each
            for each in (view.module, *view.module.uses.values(), *library().values())
            if each.path == signature.module
        ),
        None,
    )
    text = documentation(module, signature) if module is not None and signature.name in module.callables else ""
    information = lsp.SignatureInformation(
        shown_signature(signature),
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, text),
        parameters=[lsp.ParameterInformation(each) for each in shown],
    )
    return lsp.SignatureHelp([information], active_signature=0, active_parameter=active)

"""Diagnostics as the protocol has them."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types as lsp

from hdsl.check.diagnostic import Diagnostic, Place
from hdsl.editor.positions import Positions

SEVERITIES = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}

UNNEEDED = frozenset({"unused-input", "unused-node", "unused-use", "unreachable-case"})
"""Rules whose place can be left out: an editor shows it faded."""

_Located = Callable[[Place], lsp.Location]


def shown(diagnostic: Diagnostic, positions: Positions, located: _Located | None = None) -> lsp.Diagnostic:
    """One diagnostic; `located` says where its related places are."""
    help = f"\n{diagnostic.help}" if diagnostic.help else ""
    related = [
        lsp.DiagnosticRelatedInformation(located(each.place), each.message)
        for each in (diagnostic.related if located is not None else ())
        if located is not None
    ]
    return lsp.Diagnostic(
        positions.range(diagnostic.place.span),
        diagnostic.message + help,
        severity=SEVERITIES.get(diagnostic.severity, lsp.DiagnosticSeverity.Information),
        code=diagnostic.code,
        source="hdsl",
        tags=[lsp.DiagnosticTag.Unnecessary] if diagnostic.name in UNNEEDED else None,
        related_information=related or None,
    )

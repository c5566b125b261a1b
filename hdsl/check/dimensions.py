"""Rule of dimensions that nothing gives: in the shapes of a body and in the options of its calls."""

from __future__ import annotations

import re

from hdsl.check.diagnostic import Place, Related
from hdsl.check.mends import renamed, written
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.check.spelling import closest, did_you_mean
from hdsl.syntax import tree

DIMENSION_HELP = "Let an input carry it, or declare it: `T: dim = 30`."


def report_unbound(report: Report, scope: Scope, span: tree.Span, name: str) -> None:
    """Reports a dimension that nothing in a body gives; all its uses are one fault, unless it is one misspelt."""
    source = scope.module.source
    option = scope.options.get(name)
    if option is not None:
        scope.used_options.add(name)
        kind = re.compile(r"\s*:\s*(\w+)").match(source.text, option.span.end)
        report.add(
            "unbound-dimension",
            source,
            span,
            related=[Related(f"`{name}` is an option, and no dimension", Place(source, option.span))],
            help=f"Declare it as a dimension: `{name}: dim`.",
            fixes=[written(source, tree.Span(*kind.span(1)), "dim")]
            if kind is not None and option.kind == "int"
            else [],
            cause=(scope.place, name),
            name=name,
        )
        return
    scope.unresolved.add(name)
    known = report.likely(name, scope.dimensions, scope.constants)
    report.add(
        "unbound-dimension",
        source,
        span,
        fixes=renamed(source, span, name, known),
        help=did_you_mean(name, known, DIMENSION_HELP),
        cause=(scope.place, name) if closest(name, known) is None else None,
        name=name,
    )

"""Rule of dimensions that nothing gives: in the shapes of a body and in the options of its calls."""

from __future__ import annotations

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.ground.spelling import closest
from hdsl.syntax import tree


def report_unbound(report: Report, scope: Scope, span: tree.Span, name: str) -> None:
    """Reports a dimension that nothing in a body gives; all its uses are one fault, unless it is one misspelt."""
    source = scope.module.source
    option = scope.options.get(name)
    if option is not None:
        scope.used_options.add(name)
        related = [Related(f"`{name}` is an option, not a dimension", Place(source, option.span))]
        found = findings.dimensions.UnboundDimension(name, option=option)
        report.tell(found, source, span, related=related, cause=(scope.place, name))
        return
    scope.unresolved.add(name)
    known = report.likely(name, scope.dimensions, scope.constants)
    cause = (scope.place, name) if closest(name, known) is None else None
    report.tell(findings.dimensions.UnboundDimension(name, known), source, span, cause=cause)

"""Annotations that disagree: whether the fix is to write what is inferred, or the expression is what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hdsl.check.report import Report
from hdsl.syntax import tree

Statement = TypeVar("Statement")


def doubt_annotations(
    report: Report, disagreeing: Sequence[tree.Node], check: Callable[[Report, Sequence[tree.Node]], None]
) -> None:
    """Makes the fixes of annotations unsafe where the body would have a fault more with them.

    `check` checks the body once more into another report, with the nodes as they are inferred.
    """
    if not disagreeing:
        return
    tried = Report()
    check(tried, disagreeing)
    known = {(each.code, each.place.span) for each in report.diagnostics}
    if any(each.severity == "error" and (each.code, each.place.span) not in known for each in tried.diagnostics):
        report.lower_fixes("annotation-disagrees", {node.annotation.span for node in disagreeing if node.annotation})


def unannotated(statements: Sequence[Statement], nodes: Sequence[tree.Node]) -> list[Statement | tree.Node]:
    """The statements, these nodes without what is written of them."""
    names = {node.name.span for node in nodes}
    return [
        each._replace(annotation=None) if isinstance(each, tree.Node) and each.name.span in names else each
        for each in statements
    ]

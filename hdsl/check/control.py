"""Rules of control (HG6xx): switches cover their labels once each; recursion among harnesses."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.inference import Result
from hdsl.check.operands import Operand
from hdsl.check.report import Report
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import TEXT, Type, smallest_common
from hdsl.ground.labels import Labels
from hdsl.syntax import tree
from hdsl.syntax.source import Source


def check_cases(report: Report, source: Source, switch: tree.Switch, condition: Type) -> None:
    """Each label of the condition has one case, in any order; `else` stands last and takes what is left."""
    labels = condition.label_texts
    known_labels = labels.places.keys()
    seen: dict[str, tree.Case] = {}
    spare: list[str] | None = None
    otherwise: tree.Case | None = None
    is_told = False
    for case in switch.cases:
        if otherwise is not None:
            above = _at(source, "`else` takes all the rest", otherwise)
            report.tell(findings.control.UnreachableCase(is_else_of_nothing=False), source, case.span, related=[above])
        elif case.label is None:
            otherwise = case
            if condition.labels is not None and known_labels <= seen.keys():
                report.tell(findings.control.UnreachableCase(is_else_of_nothing=True), source, case.span)
        elif case.label.text in seen:
            first = _at(source, "the first case is here", seen[case.label.text])
            spare = _without_case(switch, labels) if spare is None else spare
            is_told = True
            found = findings.control.DuplicateCase(case.label.text, seen[case.label.text], case, spare)
            report.tell(found, source, case.label.span, related=[first])
        else:
            seen[case.label.text] = case
            if condition.labels is not None and case.label.text not in known_labels:
                is_told = True
                known = report.likely(case.label.text, labels)
                spare = _without_case(switch, labels) if spare is None else spare
                unknown = findings.control.CaseNotALabel(case.label.text, condition, known, spare)
                report.tell(unknown, source, case.label.span)
    covering = Labels(seen)
    missing = [label for label in labels if covering.carried_by(label) is None]
    if otherwise is None and not is_told and (missing or condition.labels is None):
        report.tell(findings.control.MissingCase(switch, condition, missing), source, switch.condition.span)


def _without_case(switch: tree.Switch, labels: Sequence[str]) -> list[str]:
    """The labels that no case of a switch has."""
    given = {case.label.text for case in switch.cases if case.label is not None}
    return [label for label in labels if label not in given]


def check_branches(report: Report, source: Source, condition: Operand, branches: Sequence[Operand]) -> Result:
    """All branches have the shape of the condition; the result has the smallest type that all are usable as."""
    if not condition.known or not all(branch.known for branch in branches):
        return Result(None, None, {})
    kinds: list[Type] = []
    for branch in branches:
        if branch.texts:
            continue
        if not isinstance(branch.type, Type) or branch.type.kind != "text":
            report.tell(findings.types.TypeMismatch("branch", "text", branch.type), source, branch.span)
            return Result(None, None, {})
        kinds.append(branch.type)
        if branch.shape is not None and branch.shape != condition.shape:
            shape = condition.shape or ()
            where = Related(f"the condition has shape {shown_shape(shape)}", Place(source, condition.span))
            found = findings.types.DimensionMismatch(branch.shown.strip("`"), "switch", shape, branch.shape or ())
            report.tell(found, source, branch.span, related=[where])
            return Result(None, None, {})
    common = smallest_common(kinds) if kinds else TEXT
    constants = [text.text for branch in branches for text in branch.texts]
    structure = None if common is None else common.structure
    if structure is not None and constants:
        from hdsl.structure.reading import fits  # few branches are constants

        if not all(fits(text, structure) for text in constants):
            common = TEXT
    return Result(common, condition.shape, {})


def _at(source: Source, message: str, case: tree.Case) -> Related:
    return Related(message, Place(source, case.span))

"""Rules of control (HG6xx): switches cover their labels once each; recursion among harnesses."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check.diagnostic import Fix, Place, Related
from hdsl.check.inference import Result
from hdsl.check.mends import SAFE, UNSAFE, item_removed, label_renamed, quoted, written
from hdsl.check.operands import Operand
from hdsl.check.report import Report
from hdsl.check.spelling import did_you_mean
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import Type, shown_type, smallest_common
from hdsl.labels import LISTED, Labels, listed
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
            fixes = item_removed(source, case.span, "Remove it")
            report.add("unreachable-case", source, case.span, related=[above], fixes=fixes)
        elif case.label is None:
            otherwise = case
            if condition.labels is not None and known_labels <= seen.keys():
                fixes = item_removed(source, case.span, "Remove `else`")
                help = "Every label has a case: leave `else` out."
                report.add("unreachable-case", source, case.span, help=help, fixes=fixes)
        elif case.label.text in seen:
            first = _at(source, "the first case is here", seen[case.label.text])
            spare = _without_case(switch, labels) if spare is None else spare
            fixes = _one_of_two(source, seen[case.label.text], case, spare)
            is_told = True
            report.add("duplicate-case", source, case.label.span, related=[first], fixes=fixes, label=case.label.text)
        else:
            seen[case.label.text] = case
            if condition.labels is not None and case.label.text not in known_labels:
                is_told = True
                shown = listed(labels)
                known = report.likely(case.label.text, labels)
                help = did_you_mean(case.label.text, known, f"The labels of `{condition.name}` are {shown}.")
                spare = _without_case(switch, labels) if spare is None else spare
                report.add(
                    "case-not-a-label",
                    source,
                    case.label.span,
                    fixes=label_renamed(source, case.label.span, case.label.text, spare if known else ()),
                    label=case.label.text,
                    type=condition.name,
                    help=help,
                    expected=shown,
                    found=case.label.text,
                )
    covering = Labels(seen)
    missing = [label for label in labels if covering.carried_by(label) is None]
    if otherwise is None and not is_told and (missing or condition.labels is None):
        _report_missing(report, source, switch, condition, missing)


def _report_missing(
    report: Report, source: Source, switch: tree.Switch, condition: Type, missing: Sequence[str]
) -> None:
    if condition.labels is None:
        what = f"`{switch.condition.text}` can be any text, and there is no `else`"
        help = "Add `else => …`."
    else:
        what = "no case for " + listed(missing)
        new = ", ".join(f'`"{label}" => …`' for label in missing[:LISTED])
        help = f"Add {new}, or an `else`."
    branch = switch.cases[-1].branch.text
    end = tree.Span(switch.cases[-1].span.end, switch.cases[-1].span.end)
    added = "".join(f", {quoted(label)} => {branch}" for label in missing) or f", else => {branch}"
    title = "Add the missing cases with the last branch"
    fixes = [written(source, end, added, applicability=UNSAFE, title=title)]
    report.add(
        "missing-case",
        source,
        switch.condition.span,
        what=what,
        help=help,
        expected=listed(condition.label_texts) or "else",
        found=listed([case.label.text for case in switch.cases if case.label]),
        fixes=fixes,
    )


def _without_case(switch: tree.Switch, labels: Sequence[str]) -> list[str]:
    """The labels that no case of a switch has."""
    given = {case.label.text for case in switch.cases if case.label is not None}
    return [label for label in labels if label not in given]


def _one_of_two(source: Source, first: tree.Case, again: tree.Case, missing: Sequence[str]) -> list[Fix]:
    """The second of two cases of one label goes; or it is the case of the one label that has none."""
    if len(missing) == 1 and again.label is not None and first.branch.text != again.branch.text:
        return [written(source, again.label.span, quoted(missing[0]), applicability=UNSAFE)]
    applicability = SAFE if first.branch.text == again.branch.text else UNSAFE
    return item_removed(source, again.span, "Remove the second case", applicability)


def check_branches(report: Report, source: Source, condition: Operand, branches: Sequence[Operand]) -> Result:
    """All branches have the shape of the condition; the result has the smallest type that all are usable as."""
    if not condition.known or not all(branch.known for branch in branches):
        return Result(None, None, {})
    kinds: list[Type] = []
    for branch in branches:
        if not isinstance(branch.type, Type) or branch.type.kind != "text":
            given = "text" if branch.type is None else shown_type(branch.type)
            report.add(
                "type-mismatch",
                source,
                branch.span,
                name="branch",
                wanted="text",
                given=given,
                expected="text",
                found=given,
            )
            return Result(None, None, {})
        kinds.append(branch.type)
        if branch.shape != condition.shape:
            related = [
                Related(
                    f"the condition has the shape {shown_shape(condition.shape or ())}", Place(source, condition.span)
                )
            ]
            report.add(
                "dimension-mismatch",
                source,
                branch.span,
                related=related,
                name=branch.shown.strip("`"),
                operation="switch",
                wanted=shown_shape(condition.shape or ()),
                given=shown_shape(branch.shape or ()),
                expected=shown_shape(condition.shape or ()),
                found=shown_shape(branch.shape or ()),
            )
            return Result(None, None, {})
    return Result(smallest_common(kinds), condition.shape, {})


def _at(source: Source, message: str, case: tree.Case) -> Related:
    return Related(message, Place(source, case.span))

"""The words of findings about switches and about harnesses that call each other."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.control import CaseNotALabel, DuplicateCase, MissingCase, Recursion, UnreachableCase
from hdsl.check.fixes import SAFE, UNSAFE, item_removed, label_renamed, quoted, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.labels import LISTED, listed
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax.tree import Case, Span


def _unreachable_case(finding: UnreachableCase, place: Place) -> Words:
    if finding.is_else_of_nothing:
        help = "Every label has a case; remove `else`."
        return Words({}, help=help, fixes=item_removed(place.source, place.span, "Remove `else`"))
    return Words({}, fixes=item_removed(place.source, place.span, "Remove it"))


def _duplicate_case(finding: DuplicateCase, place: Place) -> Words:
    """The second of two cases of one label goes; or it is the case of the one label that has none."""
    is_alike = _branch(place, finding.first) == _branch(place, finding.again)
    if len(finding.spare) == 1 and not is_alike:
        fixes = [written(place.source, place.span, quoted(finding.spare[0]), applicability=UNSAFE)]
    else:
        applicability = SAFE if is_alike else UNSAFE
        fixes = item_removed(place.source, finding.again.span, "Remove the second case", applicability)
    return Words({"label": finding.label}, fixes=fixes)


def _case_not_a_label(finding: CaseNotALabel, place: Place) -> Words:
    label, known, name = finding.label, finding.known, finding.type.name
    shown = listed(finding.type.label_texts)
    return Words(
        {"label": label, "type": name},
        help=did_you_mean(label, known, f"The labels of `{name}` are {shown}."),
        fixes=label_renamed(place.source, place.span, label, finding.spare if known else ()),
        expected=shown,
        found=label,
    )


def _missing_case(finding: MissingCase, place: Place) -> Words:
    switch, missing = finding.switch, finding.missing
    if finding.condition.labels is None:
        what = f"`{switch.condition.text}` can be any text, so it needs an `else`"
        help = "Add `else => …`."
    else:
        what = "no case for " + listed(missing)
        new = ", ".join(f'`"{label}" => …`' for label in missing[:LISTED])
        help = f"Add {new}, or an `else`."
    branch = _branch(place, switch.cases[-1])
    end = Span(switch.cases[-1].span.end, switch.cases[-1].span.end)
    added = "".join(f", {quoted(label)} => {branch}" for label in missing) or f", else => {branch}"
    title = "Add the missing cases with the last branch"
    return Words(
        {"what": what},
        help=help,
        fixes=[written(place.source, end, added, applicability=UNSAFE, title=title)],
        expected=listed(finding.condition.label_texts) or "else",
        found=listed([case.label.text for case in switch.cases if case.label]),
    )


def _branch(place: Place, case: Case) -> str:
    """The branch of a case as it is written."""
    return place.source.text[case.branch.span.start : case.branch.span.end]


def _recursion(finding: Recursion, place: Place) -> Words:
    return Words({"cycle": " → ".join(finding.harnesses)})


WORDING: Wording = {
    CaseNotALabel: _case_not_a_label,
    DuplicateCase: _duplicate_case,
    MissingCase: _missing_case,
    Recursion: _recursion,
    UnreachableCase: _unreachable_case,
}

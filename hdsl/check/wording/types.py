"""The words of findings about types and shapes in calls."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.types import (
    CannotExpand,
    DimensionMismatch,
    ExperienceMismatch,
    NotToSwitchOn,
    RankDisagrees,
    TypeMismatch,
    UnboundResult,
)
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import ExperienceOf, Type, shown_type


def _type_mismatch(finding: TypeMismatch, place: Place) -> Words:
    wanted = finding.wanted
    given = (finding.constant or "text") if finding.given is None else shown_type(finding.given)
    if isinstance(wanted, ExperienceOf):
        shown, expected, found = _plain(wanted), shown_type(wanted), given
    else:
        shown = wanted if isinstance(wanted, str) else _plain(wanted)
        expected = "text" if isinstance(wanted, str) else shown
        found = "text" if finding.given is None else given
    return Words({"name": finding.name, "wanted": shown, "given": given}, expected=expected, found=found)


def _not_to_switch_on(finding: NotToSwitchOn, place: Place) -> Words:
    given = "text" if finding.given is None else shown_type(finding.given)
    help = f"A {given} has no labels. Let a model answer with a label, or fail with an `until_…` operation."
    if isinstance(finding.given, Type) and finding.given.record is not None:
        help = "A record has no labels: switch on one of its fields."
    return Words(
        {"name": "switch", "wanted": "text or a label", "given": given},
        help=help,
        expected="text",
        found=given,
    )


def _plain(kind: Type | ExperienceOf) -> str:
    """A type without its variables."""
    if isinstance(kind, ExperienceOf):
        return shown_type(kind) if kind.key.kind != "variable" else "an experience"
    return "text" if kind.kind == "variable" else shown_type(kind)


def _experience_mismatch(finding: ExperienceMismatch, place: Place) -> Words:
    expected, given = shown_type(finding.wanted), shown_type(finding.given)
    wanted = f"{expected} (the key type of {finding.table})" if finding.table else expected
    return Words({"name": finding.name, "wanted": wanted, "given": given}, expected=expected, found=given)


def _dimension_mismatch(finding: DimensionMismatch, place: Place) -> Words:
    wanted, given = shown_shape(finding.wanted), shown_shape(finding.given)
    values = {"name": finding.name, "operation": finding.operation, "wanted": wanted, "given": given}
    return Words(values, expected=wanted, found=given)


def _cannot_expand(finding: CannotExpand, place: Place) -> Words:
    given, target = shown_shape(finding.given), shown_shape(finding.target)
    return Words({"given": given, "target": target}, expected=f"{given[:-1]}, …]", found=target)


def _rank_disagrees(finding: RankDisagrees, place: Place) -> Words:
    wanted, given = shown_shape(finding.wanted), shown_shape(finding.given)
    what = f"`{finding.name}` of `{finding.operation}`"
    values = {"what": what, "wanted": f"shape {wanted}", "given": given}
    return Words(values, expected=wanted, found=given)


def _unbound_result(finding: UnboundResult, place: Place) -> Words:
    help = "Write the shape of the node; nothing else determines it."
    several = "s" if len(finding.missing) > 1 else ""
    return Words({"what": f"the dimension{several} {', '.join(finding.missing)}"}, help=help)


WORDING: Wording = {
    RankDisagrees: _rank_disagrees,
    UnboundResult: _unbound_result,
    CannotExpand: _cannot_expand,
    DimensionMismatch: _dimension_mismatch,
    ExperienceMismatch: _experience_mismatch,
    NotToSwitchOn: _not_to_switch_on,
    TypeMismatch: _type_mismatch,
}

"""The words of findings about declarations."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.declarations import ExperienceWithShape, MissingShape, OnlyLoad, UnknownType
from hdsl.check.fixes import UNSAFE, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.types import OPTION_KINDS
from hdsl.ground.spelling import certain, did_you_mean
from hdsl.syntax.tree import Span


def _unknown_type(finding: UnknownType, place: Place) -> Words:
    source, span = place
    name, known = finding.name, set(finding.known)
    through = sorted(other for other in known if other.endswith(f".{name}"))
    fixes = renamed(source, span, name, known)
    if finding.without_module is not None:
        help, fixes = finding.without_module[0], [*finding.without_module[1]]
    elif name in OPTION_KINDS:
        help = f"`{name}` is a type of options; a node has a tensor type such as `text[…]`."
        fixes = [] if name != "str" else [written(source, span, "text")]
    elif through and certain(name, known.intersection(finding.own)) is None:
        help = f"Did you mean `{through[0]}`?"
        fixes = [written(source, span, through[0])] if len(through) == 1 else []
    else:
        help = did_you_mean(name, known, f'Declare it: `type {name} {{ "label": "…" }}`.')
    if finding.definition is not None:
        fixes = [written(source, finding.definition, name)]
    return Words({"name": name}, help=help, fixes=fixes)


def _missing_shape(finding: MissingShape, place: Place) -> Words:
    end = place.span.end
    fixes = [written(place.source, Span(end, end), "[1]", applicability=UNSAFE)]
    return Words({"type": finding.type}, fixes=fixes)


def _experience_with_shape(finding: ExperienceWithShape, place: Place) -> Words:
    return Words({}, fixes=[written(place.source, place.span, "", title="Remove the shape")])


def _only_load(finding: OnlyLoad, place: Place) -> Words:
    return Words({"name": finding.name}, fixes=[written(place.source, place.span, "load")])


WORDING: Wording = {
    ExperienceWithShape: _experience_with_shape,
    MissingShape: _missing_shape,
    OnlyLoad: _only_load,
    UnknownType: _unknown_type,
}

"""The words of findings about declarations."""

from __future__ import annotations

from collections.abc import Collection

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.declarations import ExperienceWithShape, MissingShape, OnlyLoad, UnknownType
from hdsl.check.fixes import SAFE, UNSAFE, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.types import OPTION_KINDS
from hdsl.ground.spelling import certain, did_you_mean
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

_SEVERAL = "Several texts are a dimension, `text[N]`, and in a field a `list(text)`; for fields declare a `type`."
_LOOSE = frozenset(["date", "datetime", "time", "url", "uuid", "any"])
"""Of these a text is but the nearest."""
_ELSEWHERE = {
    **dict.fromkeys(("string", "char", "varchar", "date", "datetime", "time", "url", "uuid", "any"), ("str", "text")),
    **dict.fromkeys(("integer", "long", "uint"), ("int", "int")),
    **dict.fromkeys(("number", "double", "real", "decimal"), ("float", "float")),
    **dict.fromkeys(("boolean", "flag"), ("bool", "bool")),
    **dict.fromkeys(("list", "array", "tuple", "set", "dict", "map", "object", "json", "record"), ("", "")),
}
"""Types of other languages in lower case: what an option of them has here, and what a field or a node has."""


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
    elif name.lower() in _ELSEWHERE:
        help, fixes = _as_here(source, span, name, known)
    else:
        help = did_you_mean(name, known, f'Declare it: `type {name} {{ "label": "…" }}`.')
    if finding.definition is not None:
        fixes = [written(source, finding.definition, name)]
    return Words({"name": name}, help=help, fixes=fixes)


def _as_here(source: Source, span: Span, name: str, known: Collection[str]) -> tuple[str, list[Fix]]:
    """What a type of other languages is called here: of an option, of a field, or of a node."""
    of_option, here = _ELSEWHERE[name.lower()]
    applicability = UNSAFE if name.lower() in _LOOSE else SAFE
    if of_option in known and "str" in known:
        fix = written(source, span, of_option, applicability=applicability)
        return f"An option of this kind has the type `{of_option}`.", [fix]
    if not here:
        return _SEVERAL, []
    meant = here if here in known or here == "text" else "text"
    return f"Did you mean `{meant}`?", [written(source, span, meant, applicability=applicability)]


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

"""The words of findings about signatures."""

from __future__ import annotations

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.signatures import (
    BadEntry,
    DefaultOfInput,
    EffectOption,
    EntryNotAllowed,
    KindDoesNotFit,
    UnknownEffect,
    UnknownKind,
    WrongDefault,
)
from hdsl.check.fixes import UNSAFE, literal_as, quoted, renamed, written
from hdsl.check.literals import LITERALS
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.configuration.entry_points import is_entry
from hdsl.graph.signature import EFFECTS
from hdsl.ground.spelling import did_you_mean
from hdsl.meaning.kind import kind_named, misfit
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def _bad_entry(finding: BadEntry, place: Place) -> Words:
    """A dot where the colon should be, or the name of a file before it, can be fixed."""
    entry = finding.entry
    module, _, function = entry.rpartition(".")
    meant = entry.replace(".py:", ":") if ".py:" in entry else f"{module}:{function}"
    fixes = [written(place.source, place.span, quoted(meant))] if is_entry(meant) else []
    return Words({"entry": entry}, fixes=fixes)


def _entry_not_allowed(finding: EntryNotAllowed, place: Place) -> Words:
    return Words({"entry": finding.entry, "reason": str(finding.refused)}, help=finding.refused.help)


def _unknown_kind(finding: UnknownKind, place: Place) -> Words:
    name, kinds = finding.name, finding.kinds
    return Words(
        {"name": name},
        help=did_you_mean(name, kinds, f"The kinds are {', '.join(f'`{each}`' for each in kinds)}."),
        fixes=renamed(place.source, place.span, name, kinds),
    )


def _kind_does_not_fit(finding: KindDoesNotFit, place: Place) -> Words:
    values = {"name": finding.operation.name.text, "kind": finding.kind, "reason": finding.reason}
    return Words(values, fixes=_other_kind(place.source, finding))


def _other_kind(source: Source, finding: KindDoesNotFit) -> list[Fix]:
    """A kind that fits the dimensions, if the declaration names none: `reduce`, of all elements along a dimension."""
    item = finding.operation
    if item.kind is not None or item.entry is None or misfit(kind_named("reduce"), finding.shape, finding.inputs):
        return []
    end = item.entry.span.end
    return [written(source, Span(end, end), " as reduce", applicability=UNSAFE)]


def _wrong_default(finding: WrongDefault, place: Place) -> Words:
    kind = finding.kind
    meant = literal_as(finding.default, kind)
    return Words(
        {"name": finding.name, "wanted": LITERALS[kind]},
        fixes=[] if meant is None else [written(place.source, place.span, meant)],
        expected=kind,
    )


def _default_of_input(finding: DefaultOfInput, place: Place) -> Words:
    whole = Span(finding.behind, place.span.end)
    fixes = [written(place.source, whole, "", applicability=UNSAFE, title="Remove the default")]
    return Words({"name": finding.name}, fixes=fixes)


def _unknown_effect(finding: UnknownEffect, place: Place) -> Words:
    name, start = finding.name, place.span.start + len("!")
    return Words(
        {"name": name},
        help=did_you_mean(name, EFFECTS, "The effects are " + ", ".join(f"!{each}" for each in EFFECTS) + "."),
        fixes=renamed(place.source, Span(start, start + len(name)), name, EFFECTS),
    )


def _effect_option(finding: EffectOption, place: Place) -> Words:
    fixes = renamed(place.source, place.span, finding.name, finding.numbers)
    return Words({"name": finding.name, "effect": finding.effect}, fixes=fixes)


WORDING: Wording = {
    BadEntry: _bad_entry,
    DefaultOfInput: _default_of_input,
    EffectOption: _effect_option,
    EntryNotAllowed: _entry_not_allowed,
    KindDoesNotFit: _kind_does_not_fit,
    UnknownEffect: _unknown_effect,
    UnknownKind: _unknown_kind,
    WrongDefault: _wrong_default,
}

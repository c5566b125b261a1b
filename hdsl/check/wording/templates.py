"""The words of findings about templates."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.templates import NotAHole, TextWithoutShape, UnknownHole
from hdsl.check.fixes import UNSAFE, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import certain
from hdsl.syntax.tree import Span


def _unknown_hole(finding: UnknownHole, place: Place) -> Words:
    name, known = finding.name, finding.known
    as_text = f"If the braces are part of the text, write `\\{{{name}}}`."
    meant = certain(name, known)
    help = as_text if meant is None else f"Did you mean `{{{meant}}}`? {as_text}"
    before = Span(place.span.start - 1, place.span.start - 1)
    escaped = written(place.source, before, "\\", applicability=UNSAFE, title=f"Write `\\{{{name}}}`")
    return Words({"name": name}, help=help, fixes=[*renamed(place.source, place.span, name, known), escaped])


def _not_a_hole(finding: NotAHole, place: Place) -> Words:
    hole, braces = f"{{{finding.name}}}", finding.braces
    what = f"`{braces}` is not filled in"
    if braces.startswith("{{"):
        what = f"`{braces}` is filled in with braces around it"
    return Words({"what": what}, fixes=[written(place.source, place.span, hole, applicability=UNSAFE)])


def _text_without_shape(finding: TextWithoutShape, place: Place) -> Words:
    end = Span(place.span.end, place.span.end)
    help = f"Nothing else says how many there are: write `{finding.name}: text[] = …`, or its dimensions."
    fix = written(place.source, end, ": text[]", applicability=UNSAFE)
    return Words({"type": finding.name}, help=help, fixes=[fix])


WORDING: Wording = {
    NotAHole: _not_a_hole,
    TextWithoutShape: _text_without_shape,
    UnknownHole: _unknown_hole,
}

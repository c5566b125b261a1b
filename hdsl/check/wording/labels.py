"""The words of findings about labels."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.labels import LabelBlank, NotALabel
from hdsl.check.fixes import label_renamed, quoted, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.labels import listed
from hdsl.ground.spelling import did_you_mean

SHOWN = 60
"""How much of a text without a label is shown."""


def _not_a_label(finding: NotALabel, place: Place) -> Words:
    text, kind, known = finding.text, finding.type, finding.known
    labels = listed(kind.label_texts)
    return Words(
        {"text": text[:SHOWN], "type": kind.name},
        help=did_you_mean(text, known, f"The labels of `{kind.name}` are {labels}."),
        fixes=label_renamed(place.source, place.span, text, known) if finding.is_literal else [],
        expected=labels,
        found=text,
    )


def _label_blank(finding: LabelBlank, place: Place) -> Words:
    plain = finding.label.strip()
    fixes = [written(place.source, place.span, quoted(plain))] if plain else []
    return Words({"label": finding.label}, fixes=fixes)


WORDING: Wording = {LabelBlank: _label_blank, NotALabel: _not_a_label}

"""The words of findings about calls."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.calls import ExtraArgument, UnknownOption
from hdsl.check.mends import UNSAFE, item_removed, renamed, written
from hdsl.check.spelling import did_you_mean
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.signature_text import shown_signature


def _unknown_option(finding: UnknownOption, place: Place) -> Words:
    name = finding.option.name.text
    known = ", ".join(f"`{each}`" for each in finding.known)
    fixes = renamed(place.source, place.span, name, finding.spare)
    if not fixes and len(finding.missing) == 1:
        fixes = [written(place.source, place.span, finding.missing[0], applicability=UNSAFE)]
    return Words(
        {"name": name, "operation": finding.operation},
        help=did_you_mean(name, finding.known, f"It takes {known}." if known else "It takes no options."),
        fixes=fixes,
    )


def _extra_argument(finding: ExtraArgument, place: Place) -> Words:
    most = finding.most
    return Words(
        {"operation": finding.signature.name, "count": f"{most or 'no'} input{'' if most == 1 else 's'}"},
        help=f"Its signature: `{shown_signature(finding.signature)}`.",
        fixes=item_removed(place.source, place.span, "Remove it", UNSAFE),
    )


WORDING: Wording = {ExtraArgument: _extra_argument, UnknownOption: _unknown_option}

"""The words of findings about dimensions."""

from __future__ import annotations

import re

from hdsl.check.diagnostic import Place
from hdsl.check.findings.dimensions import NegativeDimension, UnboundDimension
from hdsl.check.fixes import UNSAFE, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax.tree import Span

_KIND = re.compile(r"\s*:\s*(\w+)")


def _unbound_dimension(finding: UnboundDimension, place: Place) -> Words:
    name, option = finding.name, finding.option
    if option is None:
        return Words(
            {"what": f"the dimension {name}"},
            help=did_you_mean(name, finding.known, f"Use a dimension of an input, or declare it: `{name}: dim = 30`."),
            fixes=renamed(place.source, place.span, name, finding.known),
        )
    kind = _KIND.match(place.source.text, option.span.end) if option.kind == "int" else None
    return Words(
        {"what": f"the dimension {name}"},
        help=f"Declare it as a dimension: `{name}: dim`.",
        fixes=[] if kind is None else [written(place.source, Span(*kind.span(1)), "dim")],
    )


def _negative_dimension(finding: NegativeDimension, place: Place) -> Words:
    source, span = place
    sign = source.text.find(str(finding.size), span.start, span.end)
    title = "Remove the `-`"
    return Words(
        {"size": finding.size},
        fixes=[written(source, Span(sign, sign + 1), "", applicability=UNSAFE, title=title)] if sign >= 0 else [],
    )


WORDING: Wording = {NegativeDimension: _negative_dimension, UnboundDimension: _unbound_dimension}

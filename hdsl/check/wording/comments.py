"""The words of findings about comments that allow something."""

from __future__ import annotations

import re

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.comments import AllowUnused, CannotBeAllowed
from hdsl.check.fixes import SAFE, edit, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax.tree import Span

_COMMAS = re.compile(r"[\s,]*")


def _allow_unused(finding: AllowUnused, place: Place) -> Words:
    return Words({"code_named": finding.code}, fixes=[_without(finding, place)])


def _without(finding: AllowUnused, place: Place) -> Fix:
    """Takes a code out of its comment, and the comment where it has no other."""
    source, span = place
    comment = finding.comment
    if finding.together > 1:
        rest = _COMMAS.match(source.text, span.end)
        end = rest.end() if rest is not None else span.end
        return Fix(f"Remove {finding.code}", SAFE, (edit(source, Span(span.start, end), ""),))
    line = source.line_starts[source.position(comment.start)[0] - 1]
    before = source.text[line : comment.start]
    if before.strip():
        start = comment.start - (len(before) - len(before.rstrip()))
        return written(source, Span(start, comment.end), "", title="Remove the comment")
    end = source.text.find("\n", comment.end) + 1 or len(source.text)
    return written(source, Span(line, end), "", title="Remove the comment")


def _cannot_be_allowed(finding: CannotBeAllowed, place: Place) -> Words:
    code, known = finding.code, finding.known
    if known is None:
        return Words({"code_named": code, "reason": "a program with this error cannot run"})
    return Words(
        {"code_named": code, "reason": "there is no such code"},
        help=did_you_mean(code, known, "`hdsl explain --all` lists the codes."),
        fixes=renamed(place.source, place.span, code, known),
    )


WORDING: Wording = {AllowUnused: _allow_unused, CannotBeAllowed: _cannot_be_allowed}

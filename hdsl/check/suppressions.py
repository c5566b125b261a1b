"""What is shown of what was found: `# hdsl: allow HG104 because …` in a file, and the levels of a project."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hdsl.check import findings
from hdsl.check.catalogue import rule_coded, rule_names
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.report import Report
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

_ALLOW = re.compile(r"#\s*hdsl\s*:\s*allow\b(?P<codes>[\s,\w-]*?)(?:\bbecause\b(?P<reason>.*))?\s*\Z", re.DOTALL)
_CODE = re.compile(r"[\w-]+")


class Allowed(NamedTuple):
    """One code that a comment allows, where it stands in the comment, and the line that it is allowed on."""

    code: str
    span: Span
    line: int
    comment: Span


def judged(
    found: Sequence[Diagnostic], sources: Iterable[Source], levels: Mapping[str, str] | None = None
) -> tuple[Diagnostic, ...]:
    """What is left of what was found in these files: what they do not allow, at the levels given, in order."""
    report = Report()
    left = list(found)
    for source in sources:
        if "allow" in source.text:
            left = _left(report, source, left)
    left += report.diagnostics
    shown = [each for one in left if (each := _at_level(one, levels or {})) is not None]
    return tuple(sorted(shown, key=lambda diagnostic: diagnostic.order))


def _left(report: Report, source: Source, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    behind: dict[int, int] = {}
    allowed = [each for comment in source.comments for each in _allowed(report, source, comment, behind)]
    if not allowed:
        return list(found)
    lines = {(each.code, each.line): each for each in allowed}
    used: set[Allowed] = set()
    left: list[Diagnostic] = []
    for diagnostic in found:
        place = diagnostic.place
        here = place.source.path == source.path
        match = lines.get((diagnostic.code, source.position(place.span.start)[0])) if here else None
        if match is None:
            left.append(diagnostic)
        else:
            used.add(match)
    if not any(each.severity == "error" and each.place.source.path == source.path for each in left):
        together = Counter(each.comment for each in allowed)
        for each in allowed:
            if each not in used:
                report.tell(
                    findings.comments.AllowUnused(each.code, each.comment, together[each.comment]), source, each.span
                )
    return left


def _allowed(report: Report, source: Source, comment: Span, behind: dict[int, int]) -> list[Allowed]:
    """What a comment allows, after reporting what it cannot and that it says no reason; `behind` as `_line_meant`."""
    match = _ALLOW.match(source.text[comment.start : comment.end])
    if match is None:
        return []
    allowed: list[Allowed] = []
    line = _line_meant(source, comment, behind)
    for word in _CODE.finditer(match["codes"]):
        start = comment.start + match.start("codes") + word.start()
        span = Span(start, start + len(word.group()))
        rule = rule_coded(word.group())
        if rule is None:
            names = report.likely(word.group(), list(rule_names().values()))
            report.tell(findings.comments.CannotBeAllowed(word.group(), names), source, span)
        elif not rule.can_be_lowered:
            report.tell(findings.comments.CannotBeAllowed(rule.code), source, span)
        else:
            allowed.append(Allowed(rule.code, span, line, comment))
    if not (match["reason"] or "").strip():
        report.tell(findings.comments.AllowWithoutReason(), source, comment)
    return allowed


def _line_meant(source: Source, comment: Span, behind: dict[int, int]) -> int:
    """The line of a comment that stands behind something; else the next line that is not a comment.

    `behind` keeps that line for each line of comments that was passed.
    """
    line = source.position(comment.start)[0]
    if source.text[source.line_starts[line - 1] : comment.start].strip():
        return line
    line += 1
    passed: list[int] = []
    while line < len(source.line_starts) and source.line(line).lstrip().startswith("#"):
        passed.append(line)
        line = behind.get(line, line + 1)
    behind.update(dict.fromkeys(passed, line))
    return line


def _at_level(diagnostic: Diagnostic, levels: Mapping[str, str]) -> Diagnostic | None:
    """A diagnostic at the level of its code; None where that is off."""
    level = levels.get(diagnostic.code, diagnostic.severity)
    return None if level == "off" else diagnostic._replace(severity=level)

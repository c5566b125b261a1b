"""Rules of the syntax family (HG0xx): the parser's faults in the words of the catalogue, escapes, reserved words."""

from __future__ import annotations

import re

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.limits import MOST_DIGITS
from hdsl.check.report import Report
from hdsl.syntax.faults import BEYOND_LIMITS, DEEPEST, SyntaxFault
from hdsl.syntax.source import STRINGS_AND_COMMENTS, Source
from hdsl.syntax.tree import RESERVED, File, Name, Span, Template, Text

_BAD_ESCAPE = re.compile(r"\\(?:\\|\"|n|t|(?P<brace>\{)|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|(?P<bad>u|.))", re.DOTALL)


_LONG_NUMBER = re.compile(rf"[0-9]{{{MOST_DIGITS + 1},}}")
_DIRECTION = re.compile("[\\u202a-\\u202e\\u2066-\\u2069]")
_WORDS = re.compile(rf"{STRINGS_AND_COMMENTS.pattern}|\w+|\.[0-9]+")


def report_fault(report: Report, source: Source, fault: SyntaxFault, among: int = 1) -> None:
    """Reports one fault of the parser, of so many in the file."""
    related: list[Related] = []
    if fault.related is not None:
        related.append(
            Related(
                "this harness" if fault.kind == "missing-return" else "not closed before this",
                Place(source, fault.related),
            )
        )
    if fault.kind == BEYOND_LIMITS:
        report.tell(findings.syntax.NestedTooDeep(DEEPEST), source, fault.span)
        return
    report.tell(findings.syntax.Malformed(fault.kind, fault, among), source, fault.span, related=related)


def check_escapes(report: Report, source: Source, file: File) -> None:
    r"""Reports each escape in a string that is none: `\d` in a pattern is written `\\d`; `\{` is one in templates."""
    if "\\" not in source.text:
        return
    for literal in STRINGS_AND_COMMENTS.finditer(source.text):
        if literal.group().startswith("#"):
            continue
        for escape in _BAD_ESCAPE.finditer(literal.group()):
            start = literal.start() + escape.start()
            if escape["bad"] is not None or (escape["brace"] is not None and _is_plain(file, literal.start())):
                report.tell(findings.syntax.BadEscape(escape.group()), source, Span(start, start + 2))


def _is_plain(file: File, start: int) -> bool:
    """Whether the string that begins here was read as one that is not a template."""
    waiting: list[object] = [item for item in file.items if item.span.start <= start < item.span.end]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Text | Template):
            if value.span.start == start:
                return isinstance(value, Text)
        elif isinstance(value, tuple):
            waiting += value
    return False


def check_directions(report: Report, source: Source) -> None:
    """Reports each character in a text or comment that turns the direction of writing; elsewhere none can stand."""
    if source.text.isascii() or _DIRECTION.search(source.text) is None:
        return
    for found in STRINGS_AND_COMMENTS.finditer(source.text):
        is_text = not found.group().startswith("#")
        for turn in _DIRECTION.finditer(found.group()):
            span = Span(found.start() + turn.start(), found.start() + turn.end())
            report.tell(findings.syntax.TextDirection(turn.group(), is_text), source, span)


def check_numbers(report: Report, source: Source) -> None:
    """Reports each number with more digits than are read."""
    if _LONG_NUMBER.search(source.text) is None:
        return
    for word in _WORDS.finditer(source.text):
        number = _LONG_NUMBER.fullmatch(word.group())
        if number is not None:
            report.tell(findings.syntax.BeyondLimits(MOST_DIGITS), source, Span(word.start(), word.end()))


def check_not_reserved(report: Report, source: Source, name: Name) -> None:
    """Reports a definition whose name is a word of the language."""
    if name.text in RESERVED:
        report.tell(findings.syntax.ReservedWord(name.text), source, name.span)

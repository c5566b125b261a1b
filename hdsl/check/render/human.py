"""Diagnostics for people: the line of source with marks under the fault, the other places involved, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check.diagnostic import Diagnostic, Place
from hdsl.check.render.columns import marked, shown
from hdsl.check.render.order import counted, in_order

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "help": "1;32", "frame": "1;34", "strong": "1"}


def render(diagnostics: Sequence[Diagnostic], files: Sequence[str], colour: bool = False) -> str:
    """All diagnostics in order, and a line that sums them up."""
    ordered = in_order(diagnostics)
    blocks = [render_one(diagnostic, colour) for diagnostic in ordered]
    return "\n".join([*blocks, _summary(ordered, files, _Painter(colour))]) + "\n"


def render_one(diagnostic: Diagnostic, colour: bool = False) -> str:
    """One diagnostic, with a newline at its end."""
    paint = _Painter(colour)
    places = [diagnostic.place, *(related.place for related in diagnostic.related)]
    gutter = max(len(str(place.source.position(place.span.end)[0])) for place in places)
    title = f"{diagnostic.severity}[{diagnostic.code}]"
    message = f" {diagnostic.name}: {shown(diagnostic.message)}"
    lines = [paint(diagnostic.severity, title) + paint("strong", message)]
    lines += _snippet(diagnostic.place, "^", diagnostic.severity, gutter, paint)
    blank, bar = " " * gutter, paint("frame", "=")
    if diagnostic.expected and diagnostic.found:
        lines.append(f"{blank} {bar} {paint('strong', 'expected:')} {shown(diagnostic.expected)}")
        lines.append(f"{blank} {bar} {paint('strong', 'found:')}    {shown(diagnostic.found)}")
    for related in diagnostic.related:
        lines.append(f"{paint('note', 'note')}: {shown(related.message)}")
        lines += _snippet(related.place, "-", "note", gutter, paint)
    if diagnostic.help:
        lines.append(f"{paint('help', 'help')}: {shown(diagnostic.help)}")
    for fix in diagnostic.fixes:
        how = "`hdsl check --fix` applies it" if fix.applicability == "safe" else "review it before you apply it"
        lines.append(f"{paint('help', 'fix')}: {shown(fix.title)} ({how})")
    return "\n".join(lines) + "\n"


class _Painter:
    """Colours texts for a terminal, where colour is asked for."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour else text


def _snippet(place: Place, mark: str, style: str, gutter: int, paint: _Painter) -> list[str]:
    """The place's position and its line with marks; of several lines the first and the last."""
    source, span = place.source, place.span
    line, column = source.position(span.start)
    blank, bar = " " * gutter, paint("frame", "|")
    lines = [f"{blank}{paint('frame', '-->')} {shown(source.path)}:{line}:{column}", f"{blank} {bar}"]
    for number, start, end in _marked_lines(place):
        if number is None:
            lines.append(paint("frame", "..."))
            continue
        text, marks = marked(source.line(number), start, end, mark)
        lines.append(f"{paint('frame', str(number).rjust(gutter))} {bar} {text}".rstrip())
        indent = len(marks) - len(marks.lstrip())
        lines.append(f"{blank} {bar} {marks[:indent]}{paint(style, marks[indent:])}")
    return lines


def _marked_lines(place: Place) -> list[tuple[int | None, int, int]]:
    """Lines to show with the columns (from 0, half-open) to mark; None stands for lines that are left out."""
    source, span = place.source, place.span
    first, column = source.position(span.start)
    last, end = source.position(max(span.start, span.end - 1))
    if first == last:
        return [(first, column - 1, max(end, column - 1 + (span.end > span.start)))]
    text = source.line(last)
    indent = len(text) - len(text.lstrip())
    shown_lines: list[tuple[int | None, int, int]] = [(first, column - 1, len(source.line(first)))]
    if last > first + 1:
        shown_lines.append((None, 0, 0))
    return [*shown_lines, (last, min(indent, end - 1), end)]


def _summary(diagnostics: Sequence[Diagnostic], files: Sequence[str], paint: _Painter) -> str:
    errors, warnings = counted(diagnostics)
    checked = f"{_many(len(set(files)), 'file')} checked"
    if not diagnostics:
        return f"{checked}: {paint('help', 'no errors')}."
    parts = [paint("error", _many(errors, "error"))] if errors else []
    if warnings:
        parts.append(paint("warning", _many(warnings, "warning")))
    return f"{checked}: {', '.join(parts)}. Run `hdsl explain CODE` for details."


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"

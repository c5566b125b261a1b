"""Applies the safe fixes of a file until nothing more gets better, and nothing that makes it worse.

A fix is tried together with all others that touch other text; where that leaves more than it should, one by one. A
fix whose consequence must be fixed too (a call that was named still lacks its annotation) is followed some steps.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hdsl.check.diagnostic import Diagnostic, Fix
from hdsl.check.fixes import SAFE, applied
from hdsl.check.project import Project, ProjectWithText
from hdsl.check.report import Report
from hdsl.check.session import check_one
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

FOLLOWED = 8
"""How many steps the consequences of one fix are followed."""

CHECKED = 2_000_000
"""Code points that are checked to fix one file, which is checked again after each fix; then it is left as it is."""


class Done(NamedTuple):
    """A fix that was made: of which code, on which line at that time, and what it did."""

    code: str
    line: int
    title: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file's text before and after, and what was done to it; the same text where nothing could be fixed."""

    before: str
    after: str
    done: tuple[Done, ...] = ()
    refused: tuple[Done, ...] = ()
    """The safe fixes that are still offered: with each of them as much would be wrong."""


class _Version(NamedTuple):
    """A text, what is found in it, and how it came to be."""

    text: str
    found: tuple[Diagnostic, ...]
    done: tuple[Done, ...] = ()

    @property
    def faults(self) -> tuple[int, int]:
        """How bad it is: its errors, then all that is found."""
        return sum(each.severity == "error" for each in self.found), len(self.found)


def fix_file(file: str, levels: Mapping[str, str] | None = None) -> FixedFile | None:
    """A file with its safe fixes applied, not yet written; None where it is not text. OSError as `open`."""
    fixer = _Fixer(file, levels)
    text = fixer.text_of_file()
    return None if text is None else fixer.run(text)


class _Fixer:
    def __init__(self, file: str, levels: Mapping[str, str] | None) -> None:
        self.file = file
        self.path = Path(file).resolve()
        self.levels = levels
        self._left = CHECKED

    def text_of_file(self) -> str | None:
        read = Project(Report()).read(Path(self.file), self.file)
        return None if read is None else read[0].text

    def run(self, text: str) -> FixedFile:
        version = self._checked(text)
        refused: set[tuple[str, str, str]] = set()
        while True:
            better = self._better(version, refused)
            if better is None:
                return FixedFile(text, version.text, version.done, self._named(version, self._offers(version.found)))
            version = better

    def _checked(self, text: str, done: tuple[Done, ...] = ()) -> _Version:
        self._left -= len(text)

        def project(report: Report) -> Project:
            return ProjectWithText(report, self.path, text)

        found = check_one(self.file, self.levels, project).diagnostics
        own = tuple(each for each in found if each.place.source.path == self.file)
        return _Version(text, own, done)

    def _better(self, version: _Version, refused: set[tuple[str, str, str]]) -> _Version | None:
        """A version with fewer faults, or None. `refused` keeps the fixes that did not make it better."""
        offered = [offer for offer in self._offers(version.found) if self._identity(offer) not in refused]
        together = _apart(offered)
        if len(together) > 1 and self._left >= 0:
            candidate = self._with(version, together)
            if len(candidate.found) <= len(version.found) - len(together) and candidate.faults < version.faults:
                return candidate
        for offer in offered:
            if self._left < 0:
                return None
            others = [each for each in version.found if each is not offer[0]]
            candidate = self._followed(self._with(version, [offer]), version, others)
            if candidate.faults < version.faults:
                refused.clear()
                return candidate
            refused.add(self._identity(offer))
        return None

    def _followed(self, candidate: _Version, version: _Version, others: Sequence[Diagnostic]) -> _Version:
        """A version after the fixes of what a fix brought about, which is all but what there was besides."""
        before = {(each.code, each.message) for each in others}
        for _ in range(FOLLOWED):
            if candidate.faults < version.faults:
                break
            new = [each for each in candidate.found if (each.code, each.message) not in before]
            together = _apart(self._offers(new))
            if not together:
                break
            candidate = self._with(candidate, together)
        return candidate

    def _offers(self, found: Sequence[Diagnostic]) -> list[tuple[Diagnostic, Fix]]:
        """The first safe fix of each diagnostic that changes this file alone.

        That nothing is found where it is allowed may be the consequence of another fault: such comments go last.
        """
        offers: list[tuple[Diagnostic, Fix]] = []
        for diagnostic in found:
            for fix in diagnostic.fixes:
                if fix.applicability == SAFE and all(each.place.source.path == self.file for each in fix.edits):
                    offers.append((diagnostic, fix))
                    break
        return [offer for offer in offers if offer[0].name != "allow-unused"] or offers

    def _with(self, version: _Version, offers: Sequence[tuple[Diagnostic, Fix]]) -> _Version:
        text = applied(version.text, [each for _, fix in offers for each in fix.edits])
        return self._checked(text, (*version.done, *self._named(version, offers)))

    def _named(self, version: _Version, offers: Sequence[tuple[Diagnostic, Fix]]) -> tuple[Done, ...]:
        source = Source(self.file, version.text)
        return tuple(
            Done(diagnostic.code, source.position(diagnostic.place.span.start)[0], fix.title)
            for diagnostic, fix in offers
        )

    def _identity(self, offer: tuple[Diagnostic, Fix]) -> tuple[str, str, str]:
        """A fix whatever moved above it."""
        diagnostic, fix = offer
        source = diagnostic.place.source
        return diagnostic.code, fix.title, source.line(source.position(diagnostic.place.span.start)[0])


def _apart(offers: Sequence[tuple[Diagnostic, Fix]]) -> list[tuple[Diagnostic, Fix]]:
    """The offers that touch no text of one before them."""
    chosen: list[tuple[Diagnostic, Fix]] = []
    taken: list[Span] = []
    for offer in offers:
        spans = [each.place.span for each in offer[1].edits]
        if not any(_touches(span, taken) for span in spans):
            chosen.append(offer)
            for span in spans:
                insort(taken, span)
    return chosen


def _touches(span: Span, taken: Sequence[Span]) -> bool:
    """Whether an edit is of the same text as one of others, or at the same place; those are in order and apart."""
    at = bisect_left(taken, span)
    near = taken[max(0, at - 2) : at + 2]
    return any(span.start == other.start or (span.start < other.end and other.start < span.end) for other in near)

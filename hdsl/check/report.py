"""Collects what the rules find, in the words of the catalogue."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from hdsl.check import findings
from hdsl.check.catalogue import rule_named
from hdsl.check.diagnostic import Diagnostic, Place, Related
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

if TYPE_CHECKING:
    from hdsl.check.findings.finding import Finding

_Key: TypeAlias = tuple[str, str, Span, str]

LETTERS = 10
"""How long a known name is taken to be."""

_SHOWN = 6
"""How many other places a diagnostic shows."""


COMPARED = 400_000
"""How much may be compared in one check to find what misspelt names mean, in pairs of letters."""


class TooManyErrors(Exception):  # noqa: N818 - it ends a check, as the last diagnostic of the report says
    """A check has found as many errors as it reports."""


class Report:
    """The diagnostics of a check, each distinct one once."""

    def __init__(self) -> None:
        self.most_errors: int | None = None
        """How many errors are reported: one more raises TooManyErrors, after a last one that says so."""
        self._found: dict[_Key, Diagnostic] = {}
        self._of_cause: dict[tuple[str, str, Hashable], _Key] = {}
        self._again: dict[_Key, list[Diagnostic]] = {}
        self._starts: dict[tuple[str, str], list[int]] = {}
        self._more = 0
        self._errors = 0
        self._left = COMPARED

    def tell(
        self,
        finding: Finding,
        source: Source,
        span: Span,
        /,
        *,
        related: Sequence[Related] = (),
        cause: Hashable = None,
    ) -> None:
        """Reports a finding here, as `hdsl.check.wording` says it.

        What has one `cause` in a file is one fault: it is told at the first place, and the others are added to it.
        """
        from hdsl.check.wording import words_of  # most files have no fault, and need no words

        rule, words = rule_named(finding.rule), words_of(finding, Place(source, span))
        diagnostic = Diagnostic(
            rule.code,
            rule.name,
            rule.severity,
            rule.message.format(**words.values),
            Place(source, span),
            tuple(related),
            words.expected,
            words.found,
            rule.help.format(**words.values) if words.help is None else words.help,
            tuple(words.fixes),
        )
        key = (rule.code, source.path, span, diagnostic.message)
        if cause is not None:
            first = self._of_cause.setdefault((rule.code, source.path, cause), key)
            if first != key:
                self._more += 1
                self._count(diagnostic)
                self._again.setdefault(first, []).append(diagnostic)
                return
        if key not in self._found:
            self._keep(key, diagnostic)

    def _keep(self, key: _Key, diagnostic: Diagnostic) -> None:
        self._count(diagnostic)
        self._found[key] = diagnostic
        (source, span), name = diagnostic.place, diagnostic.name
        for kind in (name, "error") if diagnostic.severity == "error" else (name,):
            insort(self._starts.setdefault((kind, source.path), []), span.start)

    def _count(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity != "error":
            return
        if self._errors == self.most_errors:
            self.most_errors = None
            source, span = diagnostic.place
            self.tell(findings.modules.MoreErrors(self._errors), source, Span(span.start, span.start))
            raise TooManyErrors
        self._errors += 1

    def likely(self, name: str, *candidates: Collection[str]) -> list[str]:
        """The names that a misspelt one is compared with; none once a check has compared very many."""
        cost = (len(name) + 1) * sum(map(len, candidates)) * LETTERS
        if cost > self._left:
            return []
        self._left -= cost
        return [each for names in candidates for each in names]

    def lower_fixes(self, rule_name: str, spans: Collection[Span]) -> None:
        """Makes the fixes of what a rule found at these places unsafe."""
        for key, diagnostic in self._found.items():
            if diagnostic.name == rule_name and diagnostic.place.span in spans:
                fixes = tuple(fix._replace(applicability="unsafe") for fix in diagnostic.fixes)
                self._found[key] = diagnostic._replace(fixes=fixes)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in order."""
        for key, others in self._again.items():
            self._found[key] = _with_others(self._found[key], others)
        self._again.clear()
        return tuple(sorted(self._found.values(), key=lambda diagnostic: diagnostic.order))

    def found(self, rule_name: str, source: Source, span: Span) -> bool:
        """Whether a rule found something in this range of a file."""
        return self._has(rule_name, source, span)

    def has_errors_in(self, source: Source, span: Span) -> bool:
        """Whether an error was found in this range of a file: it may hide the use of a name."""
        return self._has("error", source, span)

    def _has(self, kind: str, source: Source, span: Span) -> bool:
        starts = self._starts.get((kind, source.path), ())
        first = bisect_left(starts, span.start)
        return first < len(starts) and starts[first] <= span.end

    @property
    def count(self) -> int:
        """How many distinct diagnostics there are, and further places of one."""
        return len(self._found) + self._more

    @property
    def has_errors(self) -> bool:
        """Whether an error (not a warning) was found."""
        return self._errors > 0


def _with_others(first: Diagnostic, others: Sequence[Diagnostic]) -> Diagnostic:
    """A diagnostic with further places of its cause; a fix that all of them have is made at each."""
    shown = others[: max(0, _SHOWN - len(first.related))]
    related = (*first.related, *(Related("and here", other.place) for other in shown))
    titles = [fix.title for fix in first.fixes]
    alike = [other.fixes for other in others if [fix.title for fix in other.fixes] == titles]
    fixes = tuple(
        fix._replace(edits=tuple(dict.fromkeys((*fix.edits, *(each for fixes in alike for each in fixes[i].edits)))))
        for i, fix in enumerate(first.fixes)
    )
    return first._replace(related=related, fixes=fixes)

"""Collects what the rules find, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence

from hdsl.check.catalogue import rule_named
from hdsl.check.diagnostic import Diagnostic, Fix, Place, Related
from hdsl.check.spelling import certain
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

_SHOWN = 6
"""How many other places a diagnostic shows."""


class Report:
    """The diagnostics of a check, each distinct one once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, Span, str], Diagnostic] = {}
        self._of_cause: dict[tuple[str, str, Hashable], tuple[str, str, Span, str]] = {}
        self._more = 0

    def add(
        self,
        rule_name: str,
        source: Source,
        span: Span,
        /,
        *,
        related: Sequence[Related] = (),
        expected: str = "",
        found: str = "",
        help: str | None = None,
        fixes: Sequence[Fix] = (),
        cause: Hashable = None,
        **values: object,
    ) -> None:
        """Reports the rule of this name here. `values` fill the message and the help of its catalogue entry.

        What has one `cause` in a file is one fault: it is told at the first place, and the others are added to it.
        """
        rule = rule_named(rule_name)
        diagnostic = Diagnostic(
            rule.code,
            rule.name,
            rule.severity,
            rule.message.format(**values),
            Place(source, span),
            tuple(related),
            expected,
            found,
            rule.help.format(**values) if help is None else help,
            tuple(fixes),
        )
        key = (rule.code, source.path, span, diagnostic.message)
        if cause is not None:
            first = self._of_cause.setdefault((rule.code, source.path, cause), key)
            if first != key:
                self._more += 1
                self._found[first] = _with_another(self._found[first], diagnostic)
                return
        self._found.setdefault(key, diagnostic)

    def lower_mends(self, rule_name: str, spans: Collection[Span]) -> None:
        """Makes the mends of what a rule found at these places unsafe."""
        for key, diagnostic in self._found.items():
            if diagnostic.name == rule_name and diagnostic.place.span in spans:
                fixes = tuple(fix._replace(applicability="unsafe") for fix in diagnostic.fixes)
                self._found[key] = diagnostic._replace(fixes=fixes)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in order."""
        return tuple(sorted(self._found.values(), key=lambda diagnostic: diagnostic.order))

    def found(self, rule_name: str, source: Source, span: Span) -> bool:
        """Whether a rule found something in this range of a file."""
        return any(
            diagnostic.name == rule_name
            and diagnostic.place.source.path == source.path
            and span.start <= diagnostic.place.span.start <= span.end
            for diagnostic in self._found.values()
        )

    def has_errors_in(self, source: Source, span: Span) -> bool:
        """Whether an error was found in this range of a file: it may hide the use of a name."""
        return any(
            diagnostic.severity == "error"
            and diagnostic.place.source.path == source.path
            and span.start <= diagnostic.place.span.start <= span.end
            for diagnostic in self._found.values()
        )

    @property
    def count(self) -> int:
        """How many distinct diagnostics there are, and further places of one."""
        return len(self._found) + self._more

    @property
    def has_errors(self) -> bool:
        """Whether an error (not a warning) was found."""
        return any(diagnostic.severity == "error" for diagnostic in self._found.values())


def _with_another(first: Diagnostic, again: Diagnostic) -> Diagnostic:
    """A diagnostic with a further place of its cause; a mend that both have is made at both."""
    related = first.related
    if len(related) < _SHOWN:
        related = (*related, Related("and here", again.place))
    fixes = first.fixes
    if [fix.title for fix in fixes] == [fix.title for fix in again.fixes]:
        pairs = zip(fixes, again.fixes, strict=True)
        fixes = tuple(one._replace(edits=tuple(dict.fromkeys((*one.edits, *other.edits)))) for one, other in pairs)
    return first._replace(related=related, fixes=fixes)


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like a misspelt name, if one is like it at all; the same one whatever the order."""
    known = sorted(set(candidates))
    meant = certain(name, known)
    if meant is not None:
        return meant
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """`Did you mean …?` for the closest candidate, else another sentence."""
    match = closest(name, candidates)
    return f"Did you mean `{match}`?" if match else otherwise

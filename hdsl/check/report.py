"""Collects what the rules find, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hdsl.check.catalogue import rule_named
from hdsl.check.diagnostic import Diagnostic, Fix, Place, Related
from hdsl.check.spelling import certain
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


class Report:
    """The diagnostics of a check, each distinct one once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, Span, str], Diagnostic] = {}

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
        **values: object,
    ) -> None:
        """Reports the rule of this name here. `values` fill the message and the help of its catalogue entry."""
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
        self._found.setdefault((rule.code, source.path, span, diagnostic.message), diagnostic)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in order."""
        return tuple(sorted(self._found.values(), key=lambda diagnostic: diagnostic.order))

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
        """How many distinct diagnostics there are."""
        return len(self._found)

    @property
    def has_errors(self) -> bool:
        """Whether an error (not a warning) was found."""
        return any(diagnostic.severity == "error" for diagnostic in self._found.values())


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

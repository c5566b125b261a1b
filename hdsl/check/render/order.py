"""The one order of diagnostics in every output format, whatever the order in which files were checked."""

from collections.abc import Iterable, Sequence

from hdsl.check.diagnostic import Diagnostic


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, start and code; what two checks both found (a module that two files use) stands once."""
    found: dict[tuple[str, int, str, int, str], Diagnostic] = {}
    for diagnostic in diagnostics:
        found.setdefault((*diagnostic.order, diagnostic.message), diagnostic)
    return [found[key] for key in sorted(found)]


def counted(diagnostics: Sequence[Diagnostic]) -> tuple[int, int]:
    """How many errors and how many warnings there are."""
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    return errors, len(diagnostics) - errors

"""The rule of definitions: each name of a scope is defined once."""

from __future__ import annotations

from collections.abc import Iterable

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.check.syntax import check_not_reserved
from hdsl.graph.typed import Module
from hdsl.syntax.tree import Name, Span


class Definitions:
    """The names of one kind in one scope, each defined once."""

    def __init__(self, report: Report, module: Module) -> None:
        self._report = report
        self._module = module
        self._spans: dict[str, Span] = {}
        self._hidden = 0
        self._taken: set[str] = set()

    def preregister(self, names: Iterable[str]) -> None:
        """Looks at all names that will be defined: each that is defined twice hides the one that was meant."""
        known = set(self._spans)
        for name in names:
            self._hidden += name in known
            known.add(name)

    def hides(self, name: str) -> bool:
        """Whether an unknown name may be the one that something defined under a taken name should have."""
        if name not in self._taken and self._hidden:
            self._hidden -= 1
            self._taken.add(name)
        return name in self._taken

    def define(self, name: Name) -> bool:
        """Notes a definition; False after reporting that the name is taken."""
        check_not_reserved(self._report, self._module.source, name)
        first = self._spans.setdefault(name.text, name.span)
        if first is name.span:
            return True
        related = Related(f"`{name.text}` is first defined here", Place(self._module.source, first))
        self._report.tell(findings.names.DefinedTwice(name.text), self._module.source, name.span, related=[related])
        return False

"""The words of findings about the modules that a file uses."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.modules import ModuleCycle, MoreErrors, UnusedUse, UsesTooDeep
from hdsl.check.fixes import statement_removed
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words


def _module_cycle(finding: ModuleCycle, place: Place) -> Words:
    return Words({"cycle": " → ".join(finding.files)})


def _unused_use(finding: UnusedUse, place: Place) -> Words:
    fixes = statement_removed(place.source, place.span, f"Remove the `use` of `{finding.name}`")
    return Words({"name": finding.name}, fixes=fixes)


def _uses_too_deep(finding: UsesTooDeep, place: Place) -> Words:
    return Words({"reason": f"more than {finding.most} files use each other in a chain"})


def _more_errors(finding: MoreErrors, place: Place) -> Words:
    return Words({"reason": f"more than {finding.reported:,} errors; the rest is not shown"})


WORDING: Wording = {
    MoreErrors: _more_errors,
    UsesTooDeep: _uses_too_deep,
    ModuleCycle: _module_cycle,
    UnusedUse: _unused_use,
}

"""The words of findings about the modules that a file uses."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.modules import ModuleCycle, UnusedUse
from hdsl.check.mends import statement_removed
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words


def _module_cycle(finding: ModuleCycle, place: Place) -> Words:
    return Words({"cycle": " → ".join(finding.files)})


def _unused_use(finding: UnusedUse, place: Place) -> Words:
    fixes = statement_removed(place.source, place.span, f"Remove the `use` of `{finding.name}`")
    return Words({"name": finding.name}, fixes=fixes)


WORDING: Wording = {ModuleCycle: _module_cycle, UnusedUse: _unused_use}

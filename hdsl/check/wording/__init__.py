"""How findings are said: from facts to sentences, help and fixes. One function for each rule whose words are computed.

The sentences themselves are templates of the catalogue. A rule without a function here is said by them alone, filled
with the fields of its finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from hdsl.check.diagnostic import Place
from hdsl.check.findings.finding import Finding
from hdsl.check.wording.words import Words

Wording = Mapping[type[Finding], Callable[[Any, Place], Words]]


def words_of(finding: Finding, place: Place) -> Words:
    """How a finding at this place is said. The file of its words is loaded when something is first found for it."""
    kind = type(finding)
    wording: Wording = import_module(f"hdsl.check.wording.{kind.__module__.rpartition('.')[2]}").WORDING
    says = wording.get(kind)
    return Words(fields_of(finding)) if says is None else says(finding, place)


def fields_of(finding: Finding) -> dict[str, Any]:
    """The facts by name, to fill a template."""
    return {each.name: getattr(finding, each.name) for each in fields(finding)}

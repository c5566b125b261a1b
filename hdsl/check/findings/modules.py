"""Facts about the modules that a file uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding


@dataclass(frozen=True, slots=True)
class ModuleCycle(Finding):
    """Files that use each other, the first of them again at the end."""

    rule: ClassVar[str] = "module-cycle"

    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnusedUse(Finding):
    """A module of which nothing is used."""

    rule: ClassVar[str] = "unused-use"

    name: str

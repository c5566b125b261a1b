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


@dataclass(frozen=True, slots=True)
class UsesTooDeep(Finding):
    """A chain of more files that use each other than are followed."""

    rule: ClassVar[str] = "beyond-limits"

    most: int


@dataclass(frozen=True, slots=True)
class HarnessTooLarge(Finding):
    """A harness with more nodes, of its own or of what it calls, than are looked at together."""

    rule: ClassVar[str] = "beyond-limits"

    reason: str


@dataclass(frozen=True, slots=True)
class MoreErrors(Finding):
    """A check that has found more errors than it reports."""

    rule: ClassVar[str] = "beyond-limits"

    reported: int

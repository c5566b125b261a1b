"""Facts about comments that allow what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class AllowUnused(Finding):
    """A code that is allowed where it was not found. `together`: how many codes its comment allows."""

    rule: ClassVar[str] = "allow-unused"

    code: str
    comment: Span
    together: int


@dataclass(frozen=True, slots=True)
class CannotBeAllowed(Finding):
    """A code that no comment can allow. `known`: names of rules that may be meant, None where there is such a code."""

    rule: ClassVar[str] = "cannot-be-allowed"

    code: str
    known: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class AllowWithoutReason(Finding):
    """A comment that allows something and does not say why."""

    rule: ClassVar[str] = "allow-without-reason"

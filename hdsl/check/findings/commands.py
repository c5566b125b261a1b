"""Facts about what would be typed into a shell, and about patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.policy.decision import Decision
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class DeniedCommand(Finding):
    """A text that would be typed, and that the policy decides against.

    `row`: that of a table whose value it is, if it stands in an `.hg` file.
    """

    rule: ClassVar[str] = "denied-command"

    text: str
    decision: Decision
    row: Span | None = None


@dataclass(frozen=True, slots=True)
class BadPattern(Finding):
    """An option that is not a regular expression, for this reason."""

    rule: ClassVar[str] = "bad-pattern"

    name: str
    reason: str

"""Facts about templates: holes that hold nothing, and braces that are not holes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding


@dataclass(frozen=True, slots=True)
class UnknownHole(Finding):
    """A name in the braces of a template that nothing defines. `known`: what it may be."""

    rule: ClassVar[str] = "unknown-hole"

    name: str
    known: Sequence[str]


@dataclass(frozen=True, slots=True)
class BracesInString(Finding):
    """A string in a call that holds a name of its body in braces."""

    rule: ClassVar[str] = "braces-in-string"

    name: str


@dataclass(frozen=True, slots=True)
class NotAHole(Finding):
    """Braces in a template with a name of its body and something else in them."""

    rule: ClassVar[str] = "not-a-hole"

    braces: str
    name: str


@dataclass(frozen=True, slots=True)
class TextWithoutShape(Finding):
    """A text without holes, of whose shape nothing is written."""

    rule: ClassVar[str] = "missing-shape"

    name: str

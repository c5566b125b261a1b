"""Facts about the version of a file, and about `train` blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from hdsl.check.findings.finding import Finding
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class UnknownVersion(Finding):
    """A version of the language other than the one that this checker knows."""

    rule: ClassVar[str] = "unknown-version"

    number: int
    known: int


@dataclass(frozen=True, slots=True)
class UnknownHarness(Finding):
    """A `train` of what is not a harness of the file.

    `harnesses`: those of the file; `known`: those of them that may be meant.
    """

    rule: ClassVar[str] = "unknown-harness"

    name: str
    harnesses: Sequence[str]
    known: Collection[str]


@dataclass(frozen=True, slots=True)
class RepeatedSetting(Finding):
    """A setting that the block has already."""

    rule: ClassVar[str] = "duplicate-option"

    setting: tree.Setting


@dataclass(frozen=True, slots=True)
class UnknownSetting(Finding):
    """A setting that training does not have."""

    rule: ClassVar[str] = "unknown-option"

    name: str


@dataclass(frozen=True, slots=True)
class WrongSetting(Finding):
    """A setting whose value is not of the kind that it takes."""

    rule: ClassVar[str] = "wrong-literal"

    setting: tree.Setting


@dataclass(frozen=True, slots=True)
class WithoutData(Finding):
    """A block that names no training data."""

    rule: ClassVar[str] = "missing-argument"


@dataclass(frozen=True, slots=True)
class CannotTrain(Finding):
    """A harness that leaves this option or experience to its callers."""

    rule: ClassVar[str] = "cannot-train"

    name: str
    kind: Literal["experience", "option"]
    left: str

"""Facts about calls: inputs and options that are missing, too many, or of another name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.signature import Signature
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class UnknownOption(Finding):
    """An option that the operation or harness does not have.

    `known`: its options; `spare`: those that are not given; `missing`: those that must be.
    """

    rule: ClassVar[str] = "unknown-option"

    option: tree.Option
    operation: str
    known: Sequence[str]
    spare: Sequence[str] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ExtraArgument(Finding):
    """More inputs than the operation or harness has."""

    rule: ClassVar[str] = "extra-argument"

    signature: Signature
    most: int

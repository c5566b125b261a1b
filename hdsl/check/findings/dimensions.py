"""Facts about dimensions: what nothing gives, and what is less than none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.signature import OptionParameter


@dataclass(frozen=True, slots=True)
class UnboundDimension(Finding):
    """A dimension that nothing gives.

    `known`: those that may be meant; `option`: the one of this name, which is declared as no dimension.
    """

    rule: ClassVar[str] = "unbound-dimension"

    name: str
    known: Collection[str] = ()
    option: OptionParameter | None = None


@dataclass(frozen=True, slots=True)
class NegativeDimension(Finding):
    """A dimension of less than no elements, somewhere in the place."""

    rule: ClassVar[str] = "negative-dimension"

    size: int

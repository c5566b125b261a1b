"""Facts about labels: texts that carry none, and labels that cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.types import Type


@dataclass(frozen=True, slots=True)
class NotALabel(Finding):
    """A text that carries no label of its type.

    `known`: the labels that may be meant; `is_literal`: whether the place is the text in quotes, to be written anew.
    """

    rule: ClassVar[str] = "not-a-label"

    text: str
    type: Type
    known: Sequence[str]
    is_literal: bool = True


@dataclass(frozen=True, slots=True)
class AmbiguousLabels(Finding):
    """A label that cannot be told from another one of the type."""

    rule: ClassVar[str] = "ambiguous-labels"

    label: str
    other: str
    type: str


@dataclass(frozen=True, slots=True)
class LabelBlank(Finding):
    """A label that is empty, or has blanks around it."""

    rule: ClassVar[str] = "label-blank"

    label: str

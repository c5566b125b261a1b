"""Facts about declarations: types that there are not, shapes that are missing, and experiences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.diagnostic import Fix
from hdsl.check.findings.finding import Finding
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class UnknownType(Finding):
    """A type that there is not.

    `known`: those that may be meant; `own`: the types of the file; `definition`: the name in a declaration that is
    what is misspelt; `without_module`: what to do about the module before the dot, which is not in use.
    """

    rule: ClassVar[str] = "unknown-type"

    name: str
    known: Collection[str]
    own: Collection[str] = ()
    definition: Span | None = None
    without_module: tuple[str, Sequence[Fix]] | None = None


@dataclass(frozen=True, slots=True)
class MissingShape(Finding):
    """A type without a shape in a signature."""

    rule: ClassVar[str] = "missing-shape"

    type: str


@dataclass(frozen=True, slots=True)
class ExperienceWithShape(Finding):
    """A shape behind the type of keys or values."""

    rule: ClassVar[str] = "experience-with-shape"


@dataclass(frozen=True, slots=True)
class ExperienceOfTexts(Finding):
    """Keys or values of a type, of this name, that is none of texts."""

    rule: ClassVar[str] = "experience-of-texts"

    name: str


@dataclass(frozen=True, slots=True)
class OnlyLoad(Finding):
    """A source of an experience that is not `load`."""

    rule: ClassVar[str] = "only-load"

    name: str


@dataclass(frozen=True, slots=True)
class RowNotOfThree(Finding):
    """A row of another number of texts."""

    rule: ClassVar[str] = "row-not-of-three"

    count: int

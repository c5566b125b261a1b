"""Facts about the text of a file: faults of the parser, escapes, directions, long numbers, reserved words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.syntax.faults import SyntaxFault


@dataclass(frozen=True, slots=True)
class Malformed(Finding):
    """A fault of the parser, one of so many in the file; its kind is the rule."""

    rule: str  # type: ignore[misc]  # the one finding that is of several rules
    fault: SyntaxFault
    among: int


@dataclass(frozen=True, slots=True)
class BadEscape(Finding):
    """A backslash, with the character behind it, that is not an escape."""

    rule: ClassVar[str] = "bad-escape"

    escape: str


@dataclass(frozen=True, slots=True)
class TextDirection(Finding):
    """A character that turns the direction of writing. `is_text`: whether it stands in a text, not in a comment."""

    rule: ClassVar[str] = "text-direction"

    character: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class BeyondLimits(Finding):
    """A number of more digits than are read."""

    rule: ClassVar[str] = "beyond-limits"

    most_digits: int


@dataclass(frozen=True, slots=True)
class NestedTooDeep(Finding):
    """A bracket in more brackets than are laid out."""

    rule: ClassVar[str] = "beyond-limits"

    most: int


@dataclass(frozen=True, slots=True)
class ReservedWord(Finding):
    """A definition under a word of the language."""

    rule: ClassVar[str] = "reserved-word"

    name: str

"""Facts about files: those that are missing or cannot be read, and modules that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from hdsl.check.findings.finding import Finding


@dataclass(frozen=True, slots=True)
class UnreadableFile(Finding):
    """A file that cannot be opened, or that a module may not name.

    `path`: as it is written; `error`: what the system says; `kinds`: the endings that a file may have here, where this
    one has another; neither of them: it is outside of the project. `is_used`: by a `use`.
    """

    rule: ClassVar[str] = "unreadable-file"

    path: str
    error: str = ""
    kinds: Sequence[str] = ()
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class MissingFile(Finding):
    """A file that is not there. `path`: as it is written; `name`: its last part; `others`: the files beside it."""

    rule: ClassVar[str] = "missing-file"

    path: str
    name: str
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class MalformedExperience(Finding):
    """A table that cannot be read."""

    rule: ClassVar[str] = "malformed-experience"

    reason: str


@dataclass(frozen=True, slots=True)
class NotUtf8(Finding):
    """A file that is not text. `byte`: the first that cannot be one of a text; `offset`: where in the file it is."""

    rule: ClassVar[str] = "not-utf8"

    byte: int
    offset: int


@dataclass(frozen=True, slots=True)
class FileTooLarge(Finding):
    """A file of more bytes than are read, or of more tokens; `unit` says of which."""

    rule: ClassVar[str] = "file-too-large"

    size: int
    unit: Literal["bytes", "tokens"]
    largest: int


@dataclass(frozen=True, slots=True)
class UnknownModule(Finding):
    """A `use` of a module that the standard library does not have. `modules`: those that it has."""

    rule: ClassVar[str] = "unknown-module"

    name: str
    modules: Sequence[str]

"""What code would do, as far as its text tells: the commands it starts, and what of it is harmful."""

from __future__ import annotations

from dataclasses import dataclass

from hdsl.policy.harm import Harm


@dataclass(frozen=True, slots=True)
class ShellText:
    """A command line that is handed to a shell."""

    text: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command that is started without a shell."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Code that is handed to an interpreter of its language."""

    language: str
    text: str


Effect = ShellText | Arguments | Harm

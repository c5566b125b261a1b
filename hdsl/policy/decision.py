"""Questions to the policy and its answers, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["allow", "ask", "deny"]
MODES: tuple[Mode, ...] = ("allow", "ask", "deny")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a project allows: patterns of commands, and what holds for those that no pattern and no kind names.

    `yes`: the built-in kinds and the questions are answered with yes; what `deny` names is denied all the same.
    """

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    default: Mode = "allow"
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Where a text is to be typed: the program that reads it (empty: a shell), and the lines that it read before.

    `expands_history`: whether the shell puts in `!!` and the like.
    """

    program: str = ""
    earlier: tuple[str, ...] = ()
    expands_history: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`mode`; the rule that says so (a kind, or the setting with its pattern), why, and the command it is about.

    `command` is the normal form that a pattern must match; `where` is how it was written.
    """

    mode: Mode
    rule: str = ""
    reason: str = ""
    where: str = ""
    command: str = ""

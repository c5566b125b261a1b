"""What a command starts, and how to read it from the arguments of most of those that start others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Wrapped:
    """What a command starts: commands by their arguments, texts by a shell. `replaced`: what a word is put in for.

    `reads`: a shell that takes its commands from the input. `folder`: where the command is started.
    """

    commands: tuple[tuple[str, ...], ...] = ()
    scripts: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    replaced: str = ""
    reads: bool = False
    folder: str = ""
    typed: tuple[str, ...] = ()
    """Lines that a program which is no shell is given as if they were typed."""


def _takes_next(option: str, valued: frozenset[str]) -> bool:
    """Whether the value of an option is the next word: that of `-S` in `-dmS x`, but not that of `-u` in `-uroot`."""
    if option in valued or option.startswith("--"):
        return option in valued
    letters = [at for at, letter in enumerate(option) if at and f"-{letter}" in valued]
    return letters[:1] == [len(option) - 1]


def after(valued: str = "", skipped: int = 0, assignments: bool = False) -> Callable[[Sequence[str]], Wrapped]:
    """The command behind options (`valued`: those that take a value) and `skipped` arguments more."""
    with_value = frozenset(valued.split())

    def unwrap(arguments: Sequence[str]) -> Wrapped:
        rest, left, variables = list(arguments), skipped, {}
        while rest:
            each = rest[0]
            if each == "--":
                del rest[0]
                break
            assigned = _ASSIGNED.fullmatch(each) if assignments else None
            if assigned:
                variables[assigned[1]] = assigned[2]
                del rest[0]
            elif each.startswith("-") and len(each) > 1:
                del rest[: 2 if _takes_next(each, with_value) else 1]
            elif left:
                left -= 1
                del rest[0]
            else:
                break
        return Wrapped((tuple(rest),) if rest else (), (), variables)

    return unwrap

"""Reads options as programs do: clustered, glued to their values, shortened, or before and behind the operands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SHORTEST = 4
"""Characters that a shortened long option must have here; shorter ones stand for too many."""


def flags(arguments: Sequence[str]) -> str:
    """The letters of all short options together."""
    return "".join(each[1:] for each in arguments if re.match(r"-[A-Za-z0-9]", each))


def before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments up to `--`, behind which nothing is an option."""
    return arguments[: list(arguments).index("--")] if "--" in arguments else arguments


def targets(arguments: Sequence[str], valued: frozenset[str] = frozenset()) -> list[str]:
    """The arguments that are not options, nor the values of those that take one."""
    found: list[str] = []
    plain = skip = False
    for each in arguments:
        if skip:
            skip = False
        elif each == "--" and not plain:
            plain = True
        elif plain or not each.startswith("-") or each == "-":
            found.append(each)
        else:
            skip = each in valued
    return found


def has_option(arguments: Sequence[str], *names: str) -> bool:
    """Whether one of some options is there: a long one also shortened, a short one also among others."""
    return any(_is_option(each, name) for each in before_dashes(arguments) for name in names)


def values(arguments: Sequence[str], *names: str) -> Iterator[str]:
    """The values of options: of `-o` as in `-o x`, `-ox`, `-qo x`, and of `--output` as in `--output=x`, `--outp x`.

    A name of several letters behind one dash, `-out`, is only found as it is.
    """
    given = before_dashes(arguments)
    short = "".join(name[1] for name in names if len(name) == 2)
    for at, each in enumerate(given):
        following = given[at + 1] if at + 1 < len(given) else None
        if each.startswith("--"):
            name, equals, value = each.partition("=")
            if any(_is_option(name, wanted) for wanted in names):
                if equals:
                    yield value
                elif following is not None:
                    yield following
        elif each in names and following is not None:
            yield following
        elif short and (clustered := re.match(rf"-[A-Za-z0-9]*?[{short}]", each)):
            if clustered.end() < len(each):
                yield each[clustered.end() :].removeprefix("=")
            elif following is not None:
                yield following


def _is_option(text: str, name: str) -> bool:
    if name.startswith("--"):
        given = text.partition("=")[0]
        return given == name or (len(given) > _SHORTEST and given.startswith("--") and name.startswith(given))
    return re.match(rf"-[A-Za-z0-9]*{re.escape(name[1:])}", text) is not None

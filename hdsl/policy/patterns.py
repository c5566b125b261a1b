"""Patterns out of the texts that are judged, run only where they cannot take long; `None` where they are not run.

A pattern that repeats what repeats takes time without end on a text of forty characters. How long one may take at most
is told from its signs and from the length of the text, and no more than that is tried.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate

from hdsl.policy.budget import LONGEST, pay, replaced

_MOST_STEPS = 2_000_000
"""How many steps one pattern may take at most on one text."""
_LONGEST_PATTERN = 200
_LONGEST_GLOBBED = 2000
_STEPS_PER_PAID = 50
_CHOICE = re.compile(r"[*+?{|]")
_GROUP_AGAIN = re.compile(r"\)[*+?{]")
_WILD = re.compile(r"[*?\[]")


def substituted(pattern: str, put: str, text: str, count: int) -> str | None:
    """What a regular expression of Python makes of each line; `count` 0 is wherever it is found. Raises re.error."""
    lines = text.split("\n")
    if not is_quick(pattern, max(map(len, lines))) or len(put) > _LONGEST_PATTERN:
        return None
    compiled = re.compile(pattern)
    made: list[str] = []
    length = 0
    for line in lines:
        pay(_steps(pattern, len(line)) // _STEPS_PER_PAID)
        # A sign that puts in what was found can do so a hundred times.
        if len(put) * len(line) > 20 * LONGEST:
            return None
        at = 0
        for done, found in enumerate(compiled.finditer(line)):
            if count and done >= count:
                break
            made += [line[at : found.start()], found.expand(put)]
            length += len(made[-2]) + len(made[-1])
            if length > LONGEST:
                return None
            at = found.end()
        made += [line[at:], "\n"]
        length += len(line) - at + 1
    return "".join(made[:-1])


def is_quick(pattern: str, length: int) -> bool:
    """Whether a regular expression cannot take long on a text of this length."""
    if len(pattern) > _LONGEST_PATTERN or _GROUP_AGAIN.search(pattern) or "(?" in pattern:
        return False
    return _steps(pattern, length) <= _MOST_STEPS


def _steps(pattern: str, length: int) -> int:
    """Each sign that leaves a choice may be tried at every place for each choice of the others."""
    choices = len(_CHOICE.findall(pattern))
    return int((length + 1) ** (min(choices, 8) + (choices > 0)))


def trimmed(value: str, glob: str, operator: str) -> str | None:
    """What `${a#…}`, `##`, `%` and `%%` leave."""
    at_start = operator[0] == "#"
    if not _WILD.search(glob):
        return value.removeprefix(glob) if at_start else value.removesuffix(glob)
    if len(value) > _LONGEST_GLOBBED or len(glob) > _LONGEST_PATTERN:
        return None
    pay(len(value) ** 2 // _STEPS_PER_PAID)
    edges = range(len(value) + 1)
    if (len(operator) > 1) == at_start:
        edges = edges[::-1]
    if at_start:
        return next((value[end:] for end in edges if fnmatchcase(value[:end], glob)), value)
    return next((value[:start] for start in edges if fnmatchcase(value[start:], glob)), value)


def exchanged(value: str, glob: str, put: str, every: bool) -> str | None:
    """What `${a/…/…}` makes, and `${a//…/…}` where it is done with `every` place."""
    if not _WILD.search(glob):
        return replaced(value, glob, put, count=-1 if every else 1)
    if len(value) > _LONGEST_GLOBBED or len(glob) > _LONGEST_PATTERN or len(put) * len(value) > LONGEST:
        return None
    pay(len(value) ** 2 // _STEPS_PER_PAID)
    pattern = re.compile(translate(glob).removesuffix(r"\Z").removesuffix(r"\z"))
    return pattern.sub(lambda _: put, value, count=0 if every else 1)

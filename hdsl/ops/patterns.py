r"""Regular expressions of users, searched within a limit of time: `re` can run for years, and nothing else runs then.

They mean what they mean to `re`, which checks them; the `regex` package, which can be stopped, searches.
"""

import asyncio
import functools
import re
import warnings
from collections.abc import Awaitable

import regex

AT_ONCE, AT_MOST = 0.02, 5.0
"""Seconds to search for on the event loop; seconds to search for beside it, where that was not enough."""

_NAMED = re.compile(r"\\N\{[^}]*\}")
_REPEAT = re.compile(r"\{\d*,?\d*\}")


class PatternError(ValueError):
    """A pattern is not a regular expression, or takes too long on a text."""


def is_found(pattern: str, text: str) -> bool | Awaitable[bool]:
    """Whether `re.search` with MULTILINE finds the pattern; to be awaited where that takes a while.

    PatternError if it is not a regular expression, or is not done after AT_MOST seconds.
    """
    compiled = _compiled(pattern)
    try:
        return compiled.search(text, timeout=AT_ONCE) is not None
    except TimeoutError:
        return asyncio.to_thread(_search, compiled, pattern, text)


def _search(compiled: "regex.Pattern[str]", pattern: str, text: str) -> bool:
    try:
        return compiled.search(text, timeout=AT_MOST, concurrent=True) is not None
    except TimeoutError:
        raise PatternError(
            f"the pattern {pattern!r} was not done with a text of {len(text):,} characters after {AT_MOST:g} s"
        ) from None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            is_verbose = re.compile(pattern, re.MULTILINE).flags & re.VERBOSE
            plain = pattern if is_verbose else _without_extensions(pattern)
            return regex.compile(plain, regex.MULTILINE | regex.VERSION0)
    except (re.error, regex.error, RecursionError, OverflowError) as error:
        raise PatternError(f"the pattern {pattern!r} is not a regular expression: {error}") from None


def _without_extensions(pattern: str) -> str:
    """The pattern without what `regex` reads as more than `re` does: `{e<=1}`, and `[:alpha:]` in a set."""
    found: list[str] = []
    in_set, at = False, 0
    while at < len(pattern):
        character = pattern[at]
        length = 1
        if character == "\\":
            name = _NAMED.match(pattern, at)
            length = len(name[0]) if name else 2
        elif in_set:
            in_set = character != "]"
            character = "\\[" if character == "[" else character
        elif character == "[":
            in_set = True
            length = 2 if pattern[at + 1 : at + 2] in ("^", "]") else 1
            length = 3 if pattern[at + 1 : at + 3] == "^]" else length
        elif character == "{" and not _REPEAT.match(pattern, at):
            character = "\\{"
        found.append(pattern[at : at + length] if length > 1 else character)
        at += length
    return "".join(found)

"""Patterns of users mean what they mean to `re`, and cannot hold up a run."""

import asyncio
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.ops import patterns
from hdsl.ops.patterns import PatternError, is_found

PIECES = [
    *"ab01 -^$.|()[]{}?*+\\:,=<>!_\n", "\\d", "\\w", "\\b", "\\s",
    "(?:", "(?=", "(?<=", "(?<!", "(?i:", "{e}", "{e<=1}", "{2}", "{1,}",
    "[[:alpha:]]", "[^]a]", "[]a]", "[a-c]", "\\]", "\\1", "(?P<n>a)", "(?P=n)", "\\N{DIGIT ONE}", "é", "ß",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.text("ab01 -]é\n{e}:", max_size=12))
def test_a_pattern_means_what_it_means_to_re(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = re.search(pattern, text, re.MULTILINE) is not None
        except re.error:
            expected = None
    if expected is None:
        with pytest.raises(PatternError):
            is_found(pattern, text)
    else:
        assert is_found(pattern, text) is expected


def test_a_pattern_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "AT_MOST", 0.1)

    async def search() -> bool:
        found = is_found(r"^(a|aa|aab?)+$", "a" * 60 + "c")
        return found if isinstance(found, bool) else await found

    with pytest.raises(PatternError, match="was not done with a text of 61 characters"):
        asyncio.run(search())

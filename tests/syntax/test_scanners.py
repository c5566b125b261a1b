"""Regular expressions that states share find the tokens that each state's own would find."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.syntax.grammar import lark_parser
from hdsl.syntax.scanners import BEYOND, beginnings, shared_patterns
from hdsl.syntax.tables import tables_of
from tests.sources import repository_sources

TOKENS = {
    "WORD": "[a-z]+",
    "IF": "if",
    "NUMBER": "-?[0-9]+",
    "ARROW": "->",
    "MINUS": "-",
    "COMMA": ",",
    "TEXT": '"[^"]*"',
}
PIECES = ["if", "iff", "a", "12", "-", "->", "-3", ",", '"x"', '"', "é", " "]


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [
        ("abc", "a"),
        ("a?b", "ab"),
        ("(?:ab|c)*d", "acd"),
        ("-?[0-2]+", "-012"),
        ("(?P<x>[^\\x00-y])", "z{|}~\x7f"),
        ("\\d", "0123456789"),
        ("(?:#[^\\n]*|[ \\t])++", "# \t"),
    ],
)
def test_what_a_text_can_begin_with(pattern, characters):
    assert beginnings(pattern) - {BEYOND} == frozenset(map(ord, characters))


@pytest.mark.parametrize("pattern", ["[à-ÿ]", "é", "[^a]", "\\w"])
def test_a_text_can_begin_beyond_ascii(pattern):
    assert BEYOND in beginnings(pattern)


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)b", "^a", "."])
def test_what_looks_around_may_begin_with_anything(pattern):
    assert beginnings(pattern) == frozenset(range(BEYOND + 1))


@settings(deadline=None)
@given(
    st.lists(st.frozensets(st.sampled_from(sorted(TOKENS)), min_size=1), min_size=1, max_size=6),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)
def test_a_shared_expression_finds_each_token_of_a_state_that_its_own_would_find(states, text):
    shared = shared_patterns(states, TOKENS)
    for state in states:
        own = re.match("|".join(f"(?P<{name}>{TOKENS[name]})" for name in TOKENS if name in state), text)
        found = re.match(shared[state], text)
        if own is not None:
            assert found is not None and (found.lastgroup, found.group()) == (own.lastgroup, own.group())
        else:
            assert found is None or found.lastgroup not in state


def test_the_states_of_the_grammar_share_few_and_their_own_tokens_are_found():
    tables = tables_of(lark_parser())
    assert tables is not None
    assert len(set(tables.patterns.values())) < 20
    texts = [text[at : at + 40] for _, text in repository_sources()[:20] for at in range(0, min(len(text), 2000), 7)]
    compared = 0
    for state, lexer in lark_parser().parser.lexer.lexers.items():
        for text in texts[state % 50 :: 50]:
            text = text.lstrip()  # a pattern skips blanks, which are a token of lark's
            own = lexer.scanner._mres[0].match(text)
            if own is not None and own.lastgroup != "_WS":
                found = re.match(tables.patterns[state], f"\n {text}")
                assert found is not None
                assert (found.lastgroup, found[str(found.lastgroup)]) == (own.lastgroup, own.group())
                compared += 1
    assert compared > 1000

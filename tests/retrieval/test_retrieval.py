"""Retrieval: tokens, similarity, and the index against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.kernel.request import Row
from hdsl.retrieval.index import Match, Measure, RowIndex, select
from hdsl.retrieval.similarity import containment, jaccard, similarity
from hdsl.retrieval.tokens import keywords, token_list, tokens

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "$", "ls"]), max_size=6).map(" ".join)
ROWS = st.lists(st.builds(Row, WORDS, WORDS, st.sampled_from(["", "x", "y"])), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$ ", ["$"]),
        ("$ echo Hello, world", ["$", "echo", "hello", ",", "world"]),
        ("git_status --short 42", ["git", "_", "status", "-", "short", "42"]),
        ("STRASSE straße", ["strasse"]),
        ("e\u0301 \u00e9", ["\u00e9"]),
        ("提示符 ls", ["提", "示", "符", "ls"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert token_list(text) == expected
    assert tokens(text) == frozenset(expected)


@given(st.text())
def test_every_visible_text_has_tokens(text: str) -> None:
    assert bool(tokens(text)) == bool(text.strip())


def test_keywords_are_lines_and_a_single_line_is_its_tokens() -> None:
    assert keywords("Print date\n\n  hello \n") == {"print date", "hello"}
    assert keywords("print hello\n") == {"print", "hello"}
    assert keywords("") == frozenset()


def test_similarity_measures() -> None:
    assert jaccard({"a", "b"}, {"b", "c"}) == 1 / 3
    assert containment({"a", "b", "c"}, {"a", "b"}) == 1.0
    assert containment({"a"}, set()) == jaccard(set(), set()) == 0.0
    assert similarity({"a", "b", "c", "d"}, {"a", "b"}) == 1.0


def brute_force(rows: list[Row], query: frozenset[str], topk: int, measure: Measure) -> tuple[Match, ...]:
    found = []
    for number, row in enumerate(rows):
        if row.value:
            words = tokens(row.query) or tokens(row.key)
            share = jaccard(query, words)
            found.append(Match(number, row, share if measure == "jaccard" else similarity(query, words), share))
    return tuple(sorted(found, key=lambda match: (-match.score, -match.jaccard, match.index))[: max(topk, 0)])


@given(ROWS, WORDS, st.integers(-1, 8), st.sampled_from(["similarity", "jaccard"]))
def test_the_index_finds_what_brute_force_finds(rows: list[Row], text: str, topk: int, measure: Measure) -> None:
    query = tokens(text)
    assert RowIndex(rows).select(query, topk, measure) == brute_force(rows, query, topk, measure)


def test_goal_and_input_are_looked_for_together() -> None:
    rows = [Row("list files $", "$ ", "ls"), Row("print hello $", "$ ", "echo hello")]
    index = RowIndex(rows)
    found = index.select(index.tokens_of("$ ", "print hello"), 1)
    assert [match.row.value for match in found] == ["echo hello"]


def test_an_empty_query_column_is_found_by_its_key_and_ties_keep_the_order() -> None:
    rows = [Row("", "deploy now", "one"), Row("deploy", "", "two"), Row("deploy", "", "three"), Row("x", "", "")]
    assert [match.row.value for match in select(rows, tokens("deploy"), 9)] == ["two", "three", "one"]


def test_keyword_lines_are_compared_as_lines() -> None:
    rows = [Row("print date\nclock\n", "", "date"), Row("print\nhello\n", "", "echo")]
    found = RowIndex(rows, keywords).select(keywords("print date\ntime\n"), 1, "jaccard")
    assert [(match.row.value, match.score) for match in found] == [("date", 1 / 3)]

"""Retrieval: tokens, similarity, and the index against brute force."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.request import Row
from hdsl.retrieval.index import Measure, RowIndex, select
from hdsl.retrieval.similarity import containment, jaccard, similarity
from hdsl.retrieval.tokens import keywords, token_list, tokens
from hdsl.retrieval.weights import MOST, weight
from tests.retrieval.brute_force import brute_force, numbers_and_scores

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "$", "ls"]), max_size=6).map(" ".join)
MEASURES: tuple[Measure, ...] = ("similarity", "jaccard")
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


@given(ROWS, WORDS, st.integers(-1, 8), st.sampled_from(MEASURES))
def test_the_index_finds_what_brute_force_finds(rows: list[Row], text: str, topk: int, measure: Measure) -> None:
    query = tokens(text)
    found = RowIndex(rows, tokens, measure).select(query, topk)
    assert numbers_and_scores(found) == brute_force(rows, query, topk, tokens, measure)
    assert all(match.row == rows[match.index] for match in found)


SIZES = st.sampled_from([1, 5, 70, 300, 5_000])
"""Also so many rows that a group holds several, and that some of the few tokens are in a large share of them."""


@settings(max_examples=40, deadline=None)
@given(st.integers(0), SIZES, st.integers(1, 40), st.integers(0, 30), st.sampled_from(MEASURES))
def test_rows_that_change_are_found_as_if_they_had_always_been_so(
    seed: int, size: int, topk: int, changes: int, measure: Measure
) -> None:
    source = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(source.choice([3, 30, 300]))]

    def text() -> str:
        return " ".join(source.choices(vocabulary[: source.randint(1, len(vocabulary))], k=source.randint(0, 8)))

    def row() -> Row:
        return Row(text(), text(), source.choice(["", "x"]))

    rows = [row() for _ in range(size)] if source.random() < 0.8 else [Row("", "", "")] * size
    index = RowIndex(rows, tokens, measure)
    for _ in range(changes):
        if source.random() < 0.1:
            rows = (rows + [Row("", "", "")] * size)[: source.randint(1, len(rows) + size)]
            index.resize(len(rows))
        number = source.randrange(len(rows))
        rows[number] = row()
        index.replace(number, rows[number])
    query = tokens(" ".join(text() for _ in range(source.randint(0, 4))))
    assert numbers_and_scores(index.select(query, topk)) == brute_force(rows, query, topk, tokens, measure)


def test_a_token_becomes_common_as_the_table_fills() -> None:
    rows = [Row("", "", "")] * 300
    index = RowIndex(rows)
    for number in range(300):
        rows[number] = Row("again" if number % 2 else "again and again", "", "x")
        index.replace(number, rows[number])
    rows[1] = Row("other", "", "x")
    index.replace(1, rows[1])
    query = frozenset({"again"})
    assert numbers_and_scores(index.select(query, 200)) == brute_force(rows, query, 200, tokens)


def test_a_query_and_a_row_of_more_tokens_than_a_byte_counts() -> None:
    words = [f"w{number}" for number in range(700)]
    rows = [Row(" ".join(words[:count]), "", "x") for count in (700, 600, 300, 256, 255, 1)]
    query = frozenset(words[:500])
    for measure in MEASURES:
        found = RowIndex(rows, tokens, measure).select(query, 4)
        assert numbers_and_scores(found) == brute_force(rows, query, 4, tokens, measure)


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
    found = RowIndex(rows, keywords, "jaccard").select(keywords("print date\ntime\n"), 1)
    assert [(match.row.value, match.score) for match in found] == [("date", 1 / 3)]


def test_rare_words_decide() -> None:
    rows = [Row("how do i please get the refund", "", "refund")]
    rows += [Row(f"how do i please get the {number}", "", "other") for number in range(30)]
    assert [match.row.value for match in select(rows, tokens("how do i please get the money from a refund"), 1)] == [
        "refund"
    ]


def test_a_row_of_exactly_the_words_comes_first_whatever_the_others_score() -> None:
    rows = [Row("refund", "", "short")] + [Row(f"the {number}", "", "other") for number in range(90)]
    rows += [Row("the refund", "", "same")]
    found = select(rows, tokens("The refund"), 2)
    assert [(match.row.value, match.same) for match in found] == [("same", True), ("short", False)]
    assert found[1].score > found[0].score == 1.0


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_rarer_token_never_weighs_less_and_every_weight_fits_in_a_byte(some: int, rows: int) -> None:
    few, many = sorted((some, rows))
    assert 1 <= weight(many, many) <= weight(few, many) <= weight(0, many) <= MOST

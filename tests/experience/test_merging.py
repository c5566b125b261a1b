"""Which rows say the same, and what another person's rows become among ours."""

from hypothesis import given

from hdsl.experience.deduping import duplicates
from hdsl.experience.merging import Conflict, merged_rows
from hdsl.experience.records import Vote
from hdsl.retrieval.tokens import tokens
from tests.experience.steps import ROWS


@given(ROWS)
def test_what_is_dropped_is_said_by_a_row_that_stays(rows):
    dropped = duplicates(rows)
    for row, into in dropped.items():
        assert into not in dropped
        assert rows[row][1:] == rows[into][1:]
        assert tokens(rows[row][0]) <= tokens(rows[into][0])
    assert duplicates([row for number, row in enumerate(rows) if number not in dropped]) == {}


def test_of_rows_with_the_same_words_the_earliest_stays():
    assert duplicates([("a b", "k", "v"), ("B A", "k", "v"), ("a", "k", "v"), ("a b", "k", "w")]) == {1: 0, 2: 0}


def test_the_row_with_more_words_stays():
    assert duplicates([("a", "k", "v"), ("a b", "k", "v"), ("a c", "k", "v")]) == {0: 1}


@given(ROWS)
def test_rows_merged_into_themselves_are_the_same_rows(rows):
    merged = merged_rows(rows, rows, [], [], "words")
    assert list(merged.rows) == rows
    assert merged.conflicts == ()


@given(ROWS, ROWS)
def test_every_row_of_theirs_is_there_then_or_is_told_as_a_conflict(ours, theirs):
    merged = merged_rows(ours, theirs, [], [], "words")
    assert merged.rows[: len(ours)] == ours
    said = {(key.strip(), value) for _, key, value in merged.rows}
    left = {(conflict.key.strip(), conflict.left) for conflict in merged.conflicts}
    assert {(key.strip(), value) for _, key, value in theirs} <= said | left


def test_rows_for_another_goal_are_other_rows():
    ours = [("goal a\nkey\nvalue", "key", "value")]
    theirs = [("goal b\nkey\nother", "key", "other")]
    assert list(merged_rows(ours, theirs, [], [], "words").rows) == [*ours, *theirs]


def test_a_rebuilt_query_with_words_of_another_value_is_for_the_same_goal():
    ours = [("goal\nkey\nvalue", "key", "value")]
    theirs = [("goal\nkey\nother", "key", "other")]
    votes = [("their/1", Vote("theirs", 0, "other"))]
    merged = merged_rows(ours, theirs, [], votes, "words")
    assert list(merged.rows) == theirs
    assert merged.conflicts == (Conflict(0, "key", "other", 1, "value", 0),)
    assert merged.votes == {"their/1": [Vote("words", 0, "other")]}
    kept = merged_rows(ours, theirs, [Vote("words", 0, "value")], votes, "words")
    assert list(kept.rows) == ours

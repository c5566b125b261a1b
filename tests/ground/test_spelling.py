"""Which known name a misspelt one can only mean."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hdsl.ground.spelling import certain, closest, distance

WORDS = st.text("abcde", max_size=8)


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("mesage", ["message", "answer"], "message"),
        ("befroe", ["before", "after"], "before"),
        ("TASK", ["task", "mask"], "task"),
        ("t", ["T", "B"], "T"),
        ("line3", ["line1", "line2"], None),
        ("x", ["y"], None),
        ("ab", ["a"], None),
        ("shell", ["screen", "shall", "shells"], None),
        ("keywordz", ["keywords"], "keywords"),
        ("kewyordz", ["keywords"], "keywords"),
        ("message", ["message"], None),
        ("name", [], None),
    ],
)
def test_a_name_is_certain_where_no_other_is_as_near(name, known, meant):
    assert certain(name, known) == meant


def test_what_is_certain_is_what_is_suggested():
    assert closest("capt", ["capture", "cat", "cape"]) in ("cat", "cape")
    assert closest("slep", ["sleep", "step_slep"]) == "sleep"


@given(WORDS, WORDS)
def test_distance_is_that_of_slips(one, other):
    far = distance(one, other)
    assert far == distance(other, one)
    assert (far == 0) == (one == other)
    assert abs(len(one) - len(other)) <= far <= max(len(one), len(other))


@given(WORDS, st.lists(WORDS))
def test_the_order_of_what_is_known_does_not_matter(name, known):
    assert certain(name, known) == certain(name, list(reversed(known)))

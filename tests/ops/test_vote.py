"""vote: the most frequent text, of ties the first; merge with a separator."""

import pytest

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ops.merge import joined_element
from hdsl.ops.vote import winner

SURE = Status.confidence(1.0)
FAILED: Element = ("x", Status.failed_because("it broke"))
ABSENT: Element = ("", Status.absent)


@pytest.mark.parametrize(
    ("texts", "wins", "share"),
    [
        (["a"], "a", 1.0),
        (["a", "b", "b"], "b", 2 / 3),
        (["a", "b", "b", "a"], "a", 0.5),
        (["b", "a"], "b", 0.5),
        (["a ", "\na", "b"], "a ", 2 / 3),
        ([FAILED, "b", ABSENT, FAILED], "b", 1.0),
        ([FAILED, FAILED, "a", "b"], "a", 0.5),
    ],
)
def test_the_most_frequent_text_wins_of_ties_the_first(texts: list[str | Element], wins: str, share: float) -> None:
    elements = [(each, SURE) if isinstance(each, str) else each for each in texts]
    text, status = winner(elements)
    assert text == wins
    assert status.coefficient == pytest.approx(share)


def test_with_nobody_left_it_is_failed_if_any_failed_else_absent() -> None:
    assert winner([ABSENT, FAILED])[1].cause == "it broke"
    assert winner([ABSENT, ABSENT])[1].is_absent
    assert winner([])[1].is_absent


def test_merged_with_a_separator_no_frame_is_left() -> None:
    elements = [("a", SURE), FAILED, ("b", Status.confidence(0.5)), ABSENT]
    assert joined_element(elements, ", ") == ("a, b", SURE)
    assert joined_element(elements, "")[0] == "ab"

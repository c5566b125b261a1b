"""Templates as an operation: filled forward, taken apart backward."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.ops.fillings import better_fillings
from hdsl.ops.template import template, with_fillings


def test_the_holes_are_filled_and_what_fills_them_is_not_looked_at_again() -> None:
    assert template("{1}", "b", parts=["a", 0, "-", 1, 0]) == "a{1}-b{1}"
    assert template(parts=["hello"]) == "hello"


@pytest.mark.parametrize(
    ("pieces", "fillings", "better", "expected"),
    [
        (["Q: ", ""], ["one"], "Q: two", ["two"]),
        (["", ""], ["one"], "two", ["two"]),
        (["", ""], ["ab"], "abc", ["abc"]),
        (["Q: ", "\nA: ", "."], ["q", "a"], "Q: q\nA: b.", ["q", "b"]),
        (["Q: ", "\nA: ", "."], ["q", "a"], "Q: r\nA: b.", ["r", "b"]),
        (["<", ", ", ">"], ["a, b", "c"], "<a, b, d>", ["a, b", "d"]),
        (["", ", ", ""], ["a", "b"], "a, c, d", ["a", "c, d"]),
        (["x", "y"], ["a"], "xay", ["a"]),
        (["", "", ""], ["a", "b"], "ac", ["a", "c"]),
        # The template's own words changed as well: that teaches nothing, the hole learns its part.
        (["Dear ", ", thank you for the mail.\n", ""], ["Bob", "Yes."], "Hello Bob, thank you for the mail.\nNo.",
         ["Bob", "No."]),
    ],
)  # fmt: skip
def test_a_better_text_says_what_its_holes_should_hold(
    pieces: list[str], fillings: list[str], better: str, expected: list[str]
) -> None:
    assert better_fillings(pieces, fillings, better) == expected


@pytest.mark.parametrize(
    ("pieces", "fillings", "better"),
    [
        (["", ", ", ""], ["a", "b"], "c, d, e"),
        (["The answer is ", "."], ["four"], "Something else entirely"),
        (["Dear ", ", thank you for the mail."], ["Bob"], "Hello Bob, thank you for the mail."),
    ],
)
def test_what_nobody_can_say_is_refused(pieces: list[str], fillings: list[str], better: str) -> None:
    with pytest.raises(ValueError, match=r"words|whose|touches"):
        better_fillings(pieces, fillings, better)


def test_a_text_in_two_holes_is_one_text() -> None:
    parts = ["", 0, " = ", 0, ""]
    assert with_fillings("a = a", "b = b", "a", parts=parts) == ["b"]
    assert with_fillings("a = a", "a = b", "a", parts=parts) == ["b"]
    with pytest.raises(ValueError, match="different texts"):
        with_fillings("a = a", "b = c", "a", parts=parts)


FILLINGS = st.text(alphabet="ab :", max_size=6)
PIECES = st.text(alphabet="<>", min_size=1, max_size=3)


@settings(deadline=None)
@given(pieces=st.lists(PIECES, min_size=2, max_size=4), data=st.data())
def test_changes_between_pieces_that_stand_nowhere_else_are_found(pieces: list[str], data: st.DataObject) -> None:
    def filled(texts: list[str]) -> str:
        return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))

    fillings = [data.draw(FILLINGS) for _ in pieces[1:]]
    should = [data.draw(st.sampled_from([filling, f"{filling}b", "other"])) for filling in fillings]
    assert better_fillings(pieces, fillings, filled(should)) == should

"""What a model puts around a better text is not learned; what belongs to the text is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.request import Correction
from hdsl.ops.unwrapping import unwrapped

PLAIN = Correction("output", "old", expected=("two\nlines",))


@pytest.mark.parametrize(
    "answer",
    [
        "```\ntwo\nlines\n```",
        "```text\ntwo\nlines\n```\n",
        "~~~~\ntwo\nlines\n~~~~",
        "<text>\ntwo\nlines\n</text>",
        "<text-1>two\nlines</text-1>",
        "<expected>\ntwo\nlines\n</expected>",
        "Here is the improved text:\n\ntwo\nlines",
        "Sure! Here's the corrected version:\n```\ntwo\nlines\n```",
        "The better text: two\nlines",
        "The better text:\n<text>\ntwo\nlines\n</text>\n",
        '"two\nlines"',
        "“two\nlines”",
    ],
)
def test_one_wrapping_around_the_whole_is_taken_off(answer: str) -> None:
    assert unwrapped(answer, PLAIN) == "two\nlines"


@pytest.mark.parametrize(
    "answer",
    [
        "two\nlines\n",
        "  indented\n",
        "```\na\n```\nand\n```\nb\n```",
        "```\nnot closed",
        "<text>a</text> and <text>b</text>",
        '"a" and "b"',
        "Here is the plan:\n- one",
        "The new text is short",
        "",
    ],
)
def test_what_is_no_wrapping_stays_as_it_is(answer: str) -> None:
    assert unwrapped(answer, PLAIN) == answer


def test_of_two_wrappings_the_inner_one_stays() -> None:
    assert unwrapped("<text>\n```\ncode\n```\n</text>", PLAIN) == "```\ncode\n```"


@pytest.mark.parametrize("text", ["```\ncode\n```", "<text>a</text>", '"quoted"', "The new version: 2"])
def test_a_wrapping_that_is_wanted_stays(text: str) -> None:
    assert unwrapped(text, Correction("output", "old", expected=(text,))) == text
    assert unwrapped(text, Correction("key", text, expected=("other",))) == text
    assert unwrapped(text, Correction("merge", "old", expected=("other", text))) == text


def test_a_wrapping_that_was_learned_once_is_unlearned() -> None:
    made = Correction("value", "```\nls\n```", expected=("ls -l",))
    assert unwrapped("```\nls -l\n```", made) == "ls -l"


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_out_of_a_fence_or_a_frame_as_it_went_in(text: str) -> None:
    if "```" not in text and "</text>" not in text and text.strip() == text:
        assert unwrapped(f"```\n{text}\n```", PLAIN) == text
        assert unwrapped(f"<text>\n{text}\n</text>", PLAIN) == text

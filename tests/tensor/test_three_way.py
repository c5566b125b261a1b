"""Several changes of one text in one, or refused: never silently wrong."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.tensor.diff import unified_diff
from hdsl.tensor.three_way import TextGradient, merge_gradients, merge_texts

LENGTH = 12
BASE = [f"line {number}\n" for number in range(LENGTH)]
TEXTS = st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "c\n"]), max_size=12).map("".join)
CHANGES = st.dictionaries(
    st.integers(0, LENGTH - 1), st.sampled_from(["", "x\n", "y\nz\n", "kept\nand more\n"]), min_size=1, max_size=3
)
"""Which lines of the base (all different) become what."""


def gradient(old: str, new: str) -> TextGradient:
    return TextGradient(unified_diff(old, new))


def with_changes(*changes: dict[int, str]) -> str:
    together = {number: line for change in changes for number, line in change.items()}
    return "".join(together.get(number, line) for number, line in enumerate(BASE))


def apart(one: dict[int, str], other: dict[int, str]) -> bool:
    return all(abs(left - right) > 1 for left in one for right in other)


@settings(max_examples=100, deadline=None)
@given(CHANGES, CHANGES)
def test_changes_that_are_apart_are_both_there_and_others_are_reported(
    one: dict[int, str], other: dict[int, str]
) -> None:
    base = "".join(BASE)
    gradients = [gradient(base, with_changes(change)) for change in (one, other)]
    merged = merge_gradients(base, gradients)
    alone = [with_changes(one), with_changes(other)]
    if apart(one, other):
        assert merged.text == with_changes(one, other)
        assert (merged.applied, merged.refused) == (2, ())
    elif merged.refused:
        assert merged.text in alone
        assert {merged.text, *merged.conflicting} == set(alone)
        assert [refused.gradient for refused in merged.refused] == [
            given for given, text in zip(gradients, alone, strict=True) if text != merged.text
        ]
    else:
        # Neighbours of one change need not be touched by the other: what was merged is what each alone would do.
        assert merged.text == merge_texts(base, *alone) == with_changes(one, other)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4))
def test_the_order_does_not_matter(base: str, wanted: list[str]) -> None:
    gradients = [gradient(base, text) for text in wanted if text != base]
    results = {merge_gradients(base, order).text for order in itertools.permutations(gradients)}
    assert len(results) == 1


@given(TEXTS, TEXTS)
def test_one_alone_is_followed_exactly(base: str, wanted: str) -> None:
    merged = merge_gradients(base, [gradient(base, wanted)] * 3)
    assert merged.text == wanted
    assert (merged.applied, merged.skipped) == ((0, 3) if base == wanted else (3, 0))


@given(TEXTS, TEXTS)
def test_merging_with_the_base_changes_nothing(base: str, text: str) -> None:
    assert merge_texts(base, text, base) == merge_texts(base, base, text) == merge_texts(base, text, text) == text


@given(TEXTS, TEXTS, TEXTS)
def test_merging_is_symmetric(base: str, one: str, other: str) -> None:
    assert merge_texts(base, one, other) == merge_texts(base, other, one)


def test_what_more_ask_for_wins_and_the_rest_is_kept_with_its_count() -> None:
    minority, majority = gradient("a\n", "x\n"), gradient("a\n", "y\n")
    merged = merge_gradients("a\n", [minority, majority, majority])
    assert (merged.text, merged.applied) == ("y\n", 2)
    assert merged.conflicting == ("y\n", "x\n")
    [refused] = merged.refused
    assert (refused.gradient, refused.count) == (minority, 1)
    assert "conflicts" in refused.cause


def test_a_patch_that_does_not_apply_becomes_its_known_text_and_else_is_kept() -> None:
    patch = unified_diff("old base\n", "better\n")
    known = merge_gradients("quite other\n", [TextGradient(patch, "better\n")])
    assert (known.text, known.applied, known.fuzzed) == ("better\n", 1, 1)
    unknown = merge_gradients("quite other\n", [TextGradient(patch)])
    assert (unknown.text, unknown.applied) == ("quite other\n", 0)
    assert unknown.refused[0].gradient.patch == patch

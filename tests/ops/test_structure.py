"""expand, stack, merge, index, slice, unsqueeze, mean, gate, sequential, switch."""

import asyncio

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ops.expand import expand, ft_expand
from hdsl.ops.gate import ft_gate
from hdsl.ops.index import IndexItem, ft_slice, index
from hdsl.ops.mean import ft_mean
from hdsl.ops.merge import ft_merge, merge
from hdsl.ops.sequential import ft_sequential
from hdsl.ops.site import Site
from hdsl.ops.stack import ft_stack, stack
from hdsl.ops.switch import ft_switch, switch
from hdsl.ops.unsqueeze import ft_unsqueeze
from hdsl.tensor.frames import Frame, split_frames
from tests.ops.graphs import SURE, leaf, node, pulled, texts_of, tracing

HERE = Site()
ABC = ["a", "b", "c"]
SIX = ["0", "1", "2", "3", "4", "5"]


def test_expand_adds_trailing_dimensions_and_repeats_ones() -> None:
    assert texts_of(expand(leaf(["a", "b"]), [2, 3], site=HERE)) == ["a"] * 3 + ["b"] * 3
    assert texts_of(expand(leaf(["a", "b"], [2, 1]), [2, 2], site=HERE)) == ["a", "a", "b", "b"]
    assert texts_of(expand(leaf(["a"], []), [2], site=HERE)) == ["a", "a"]
    for shape in ([3], [2], [3, 2]):
        with pytest.raises(ValueError, match="expanded"):
            expand(leaf(["a", "b"], [2, 1]), shape, site=HERE)


def test_expand_evaluates_its_source_once() -> None:
    with tracing() as trace:
        source = node("source", str.upper, leaf(["a"]))
        assert texts_of(expand(source, [1, 5], site=Site("copies"))) == ["A"] * 5
    assert trace.of("source") == ["source[0]"]
    assert len(trace.of("copies")) == 5


def test_ft_expand_has_torchs_rules() -> None:
    assert texts_of(ft_expand(leaf(["a", "b"]), [2, -1])) == ["a", "b", "a", "b"]
    assert texts_of(ft_expand(leaf(["a", "b"], [2, 1]), [-1, 2])) == ["a", "a", "b", "b"]
    for shape in ([3], [-1, 2], []):
        with pytest.raises(ValueError, match="expanded"):
            ft_expand(leaf(["a", "b"]), shape)


def test_stack_joins_along_a_new_dimension() -> None:
    joined = stack(leaf(["a", "b"]), leaf(["c", "d"]), leaf(["e", "f"]), site=HERE)
    assert joined.ft_capacity_shape == [3, 2]
    assert texts_of(joined) == ["a", "b", "c", "d", "e", "f"]
    assert texts_of(ft_stack([leaf(["a", "b"]), leaf(["c", "d"])], -1)) == ["a", "c", "b", "d"]
    with pytest.raises(ValueError, match="one shape"):
        stack(leaf(["a"]), leaf(["a", "b"]), site=HERE)
    with pytest.raises(ValueError, match="none"):
        stack(site=HERE)


def test_merge_frames_what_did_not_fail() -> None:
    x = leaf(["a\n", ("bad", Status.failed_because("no")), ("c", Status.confidence(0.5)), None], [1, 4])
    text, status = pulled(merge(x, site=HERE), 0)
    assert split_frames(text) == [Frame(0, 1.0, "a\n"), Frame(2, 0.5, "c")]
    assert status == SURE
    assert pulled(ft_merge(leaf([("bad", Status.failed_because("no"))])), *())[0] == ""
    assert ft_merge(leaf(SIX, [2, 3]), 0).ft_capacity_shape == [3]
    assert [frame.content for frame in split_frames(pulled(ft_merge(leaf(SIX, [2, 3]), 0), 1)[0])] == ["1", "4"]


index_items = st.one_of(
    st.integers(-2, 1),
    st.none(),
    st.builds(slice, st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4), st.sampled_from([None, 1, 2, -1])),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(index_items, max_size=4), st.integers(0, 4), st.booleans())
def test_indexing_is_numpys(items: list[IndexItem], at: int, ellipsis: bool) -> None:
    if sum(item is not None for item in items) > 2:
        items = items[:2]
    if ellipsis:
        items.insert(at, ...)
    expected = numpy.array(SIX).reshape(2, 3)[tuple(items)]
    result = index(leaf(SIX, [2, 3]), items, site=HERE)
    assert tuple(result.ft_capacity_shape) == expected.shape
    assert texts_of(result) == expected.flatten().tolist()


def test_ft_slice_and_ft_unsqueeze() -> None:
    x = leaf(SIX, [2, 3])
    assert texts_of(ft_slice(x, [1])) == ["3", "4", "5"]
    assert texts_of(ft_slice(x, [slice(None), -1])) == ["2", "5"]
    for dim, shape in ((0, [1, 2, 3]), (2, [2, 3, 1]), (-1, [2, 3, 1]), (-3, [1, 2, 3])):
        assert ft_unsqueeze(x, dim).ft_capacity_shape == shape
        assert texts_of(ft_unsqueeze(x, dim)) == SIX
    for wrong in ([2], [0, 0, 0], [0, -4]):
        with pytest.raises(IndexError):
            ft_slice(x, wrong)
    with pytest.raises(IndexError):
        ft_unsqueeze(x, 3)


def test_parts_of_what_is_live_are_live() -> None:
    looks = []

    def look() -> str:
        looks.append(1)
        return str(len(looks))

    screen = node("screen", look, shape=(2,))
    screen.ft_node.live = True
    part = ft_unsqueeze(ft_slice(ft_expand(screen, [3, 2]), [0]), 0)
    assert [pulled(part, 0, 1)[0] for _ in range(3)] == ["1", "2", "3"]


def test_mean_counts_failed_elements_as_no_confidence() -> None:
    x = leaf(["a", ("b", Status.confidence(0.5)), ("c", Status.kContextOverflow)])
    mean = ft_mean(x)
    assert mean.ft_capacity_shape == []
    assert float(pulled(mean)[0]) == 0.5


def test_gate_keeps_the_value_and_fails_by_the_verdict() -> None:
    value = leaf(["one", "two", ("three", Status.failed_because("own"))])
    by = leaf(["fine", ("too long", Status.self_confidence_but_failed(0.5, "judge")), "fine"])
    gated = ft_gate(value, by)
    assert pulled(gated, 0) == ("one", SURE)
    assert pulled(gated, 1) == ("two", Status(-0.5, "too long"))
    assert pulled(gated, 2) == ("three", Status(-1e-10, "own"))
    silent = ft_gate(leaf(["x"]), leaf([("", Status.failed_because("by an error"))]))
    assert pulled(silent, 0)[1].cause == "by an error"


async def _later(text: str) -> Element:
    await asyncio.sleep(0.001)
    return text, Status.failed_because("stop") if text.startswith("bad") else SURE


def test_sequential_takes_each_step_with_all_it_needs_in_order() -> None:
    with tracing() as trace:
        names = ["a", "b", "c"]
        under = [node(f"under_{name}", _later, leaf([name])) for name in names]
        steps = [node(name, _later, below) for name, below in zip(names, under, strict=True)]
        assert texts_of(ft_sequential(*steps)) == ["c"]
    assert trace.steps == ["under_a[0]", "a[0]", "under_b[0]", "b[0]", "under_c[0]", "c[0]"]


def test_sequential_stops_at_the_first_that_fails() -> None:
    with tracing() as trace:
        steps = [node(name, _later, leaf([name])) for name in ("a", "bad", "c")]
        assert pulled(ft_sequential(*steps), 0) == ("bad", Status.failed_because("stop"))
    assert trace.steps == ["a[0]", "bad[0]"]


def test_switch_pulls_the_condition_and_the_chosen_branch_alone() -> None:
    with tracing() as trace:
        condition = node("condition", _later, leaf([" text:ls \n", "key:Enter", "text:"]))
        branches = [node(name, lambda text: text, leaf([name] * 3)) for name in ("typed", "pressed")]
        switched = switch(condition, [("text:", branches[0]), ("key:", branches[1])], site=HERE)
        assert texts_of(switched) == ["typed", "pressed", "typed"]
    assert sorted(trace.of("typed", "pressed")) == ["pressed[1]", "typed[0]", "typed[2]"]


def test_switch_without_a_match_fails_and_names_the_labels() -> None:
    switched = switch(leaf(["maybe"]), [("yes", leaf(["y"])), ("no", leaf(["n"]))], site=HERE)
    text, status = pulled(switched, 0)
    assert (text, status.failed) == ("maybe", True)
    assert "'maybe' is none of the labels 'yes', 'no'" in status.cause
    with_else = switch(leaf(["maybe"]), [("yes", leaf(["y"])), (None, leaf(["else"]))], site=HERE)
    assert texts_of(with_else) == ["else"]


def test_a_failed_condition_fails_the_switch_with_its_cause() -> None:
    condition = leaf([("yes", Status.failed_because("refused"))])
    switched = switch(condition, [("yes", leaf(["y"])), (None, leaf(["n"]))], site=HERE)
    assert pulled(switched, 0) == ("yes", Status.failed_because("refused"))


def test_ft_switch_takes_symbols_by_their_beginning() -> None:
    branches = [("text", "", "types", leaf(["typed"] * 3)), ("ctrl", "", "presses", leaf(["pressed"] * 3))]
    switched = ft_switch(leaf(["text:hint", "ctrl", "other"]), branches)
    assert texts_of(switched)[:2] == ["typed", "pressed"]
    assert pulled(switched, 2)[1].failed

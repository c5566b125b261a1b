"""Views and copies of parts, in both homes."""

import numpy
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdsl.storage.store import Home
from hdsl.tensor.assign import st_setitem
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.make import make_none_tensor, make_tensor, open_tensor
from hdsl.tensor.slicing import slice_tensor, slice_view
from hdsl.tensor.text_tensor import read_texts, store_of, write_text
from tests.tensor.homes import reopened

SHAPE = (2, 3, 2)
TEXTS = numpy.array([f"{index}" for index in range(12)]).reshape(SHAPE)

items = st.one_of(
    st.integers(-2, 1),
    st.builds(slice, st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4), st.sampled_from([None, 1, 2, -1])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(items, max_size=3).map(tuple))
def test_basic_indices_are_numpys(home: Home, index: tuple[int | slice, ...]) -> None:
    tensor = make_tensor(TEXTS.tolist(), home)
    expected = numpy.asarray(TEXTS[index])
    for part in (slice_tensor(tensor, index), slice_view(tensor, index)):
        assert tuple(part.shape) == expected.shape
        assert read_texts(part) == expected.flatten().tolist()


def test_several_index_tensors_are_an_outer_product(home: Home) -> None:
    tensor = make_tensor(TEXTS.tolist(), home)
    part = slice_tensor(tensor, (torch.tensor([1, 0]), torch.tensor([2, -3, 0]), torch.tensor(1)))
    assert list(part.shape) == [2, 3]
    assert read_texts(part) == TEXTS[numpy.ix_([1, 0], [2, 0, 0], [1])].flatten().tolist()


def test_an_ellipsis_stands_for_whole_dimensions(home: Home) -> None:
    tensor = make_tensor(TEXTS.tolist(), home)
    assert read_texts(slice_view(tensor, (..., 0))) == TEXTS[..., 0].flatten().tolist()
    assert read_texts(slice_view(tensor, 1)) == TEXTS[1].flatten().tolist()


def test_a_view_shares_texts_and_a_copy_does_not(home: Home) -> None:
    tensor = make_tensor(["a", "b", "c", None], home)
    view, copy = slice_view(tensor, slice(1, 4)), slice_tensor(tensor, slice(1, 4))
    st_setitem(view, (-1,), "through", -0.5)
    st_setitem(tensor, (1,), "seen")
    assert read_texts(view) == ["seen", "c", "through"]
    assert read_texts(copy) == ["b", "c", None]
    assert read_texts(tensor) == ["a", "seen", "c", "through"]
    again = reopened(home)
    assert open_tensor(again, store_of(tensor).uid).tolist() == [1, 1, 1, -0.5]
    assert open_tensor(again, store_of(view).uid).tolist() == [1, 1, -0.5]


def test_a_view_of_a_view_reaches_the_same_element(home: Home) -> None:
    tensor = make_tensor(["a", "b", "c"], home)
    inner = slice_view(slice_view(tensor, slice(1, 3)), 1)
    st_setitem(inner, (), "deep")
    assert read_texts(tensor) == ["a", "b", "deep"]


def test_coefficients_and_causes_are_carried(home: Home) -> None:
    tensor = make_tensor(["a", "b"], home)
    write_text(tensor, 1, "b", -0.5, "why")
    for part in (slice_tensor(tensor, slice(1, 2)), slice_view(tensor, slice(1, 2))):
        assert part.tolist() == [-0.5]
        entry = store_of(part).entry(0)
        assert entry is not None
        assert entry.cause == "why"


@pytest.mark.parametrize("index", [3, (0, 0), (..., ...), (torch.tensor([0, 5]),)])
def test_outside_and_too_many_are_index_errors(home: Home, index: object) -> None:
    with pytest.raises(IndexError):
        slice_tensor(make_tensor(["a", "b", "c"], home), index)


@given(st.lists(st.text()))
def test_frames_lose_nothing(texts: list[str]) -> None:
    frames = [Frame(index, 0.5, text) for index, text in enumerate(texts)]
    assert split_frames(merge_frames(frames)) == frames


def test_a_text_that_is_no_merge_is_refused() -> None:
    with pytest.raises(ValueError, match="not a frame"):
        split_frames("just\ntext\n")


def test_a_view_of_what_was_never_written_is_written_through(home: Home) -> None:
    tensor = make_none_tensor([2], home)
    write_text(slice_view(tensor, slice(None)), 1, "there")
    assert read_texts(tensor) == [None, "there"]

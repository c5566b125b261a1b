"""Both channels through the operations on text tensors, each against a case computed by hand."""

import pytest
import torch

from hdsl.storage.store import Home
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.gradients import (
    get_gradient_tensor,
    gradient_registry,
    take_gradients,
    text_gradient,
)
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.merging import merge
from hdsl.tensor.patching import patch_tensor
from hdsl.tensor.slicing import slice_tensor, slice_view, st_copy
from hdsl.tensor.sparse import WithDenseView, dense_to_sparse, sparse_to_dense, with_dense_view
from hdsl.tensor.stacking import st_stack
from hdsl.tensor.text_tensor import read_texts, store_of, write_text
from tests.tensor.homes import reopened


def learner(nested: object, home: Home) -> torch.Tensor:
    return make_tensor(nested, home).requires_grad_()  # type: ignore[arg-type]


def teach(result: torch.Tensor, better: dict[int, str]) -> None:
    """What a consumer of the result says its texts should be."""
    texts = read_texts(result)
    gradient_registry().add(
        store_of(result).uid, {index: text_gradient(texts[index] or "", text) for index, text in better.items()}
    )


def learned(tensor: torch.Tensor) -> dict[int, str]:
    """The texts a tensor should have by all that waits for it."""
    patches = get_gradient_tensor(tensor)
    wanted = {index for index, patch in enumerate(read_texts(patches)) if patch}
    with torch.no_grad():
        copy = st_copy(tensor)
    patch_tensor(copy, patches)
    return {index: text or "" for index, text in enumerate(read_texts(copy)) if index in wanted}


@pytest.mark.parametrize("take", [slice_view, slice_tensor])
def test_a_slice_scatters_back(home: Home, take: object) -> None:
    x = learner([["a", "b", "c"], ["d", "e", "f"]], home)
    part = take(x, (slice(None), torch.tensor([2, 0, 2])))  # type: ignore[operator]
    assert read_texts(part) == ["c", "a", "c", "f", "d", "f"]
    teach(part, {0: "C", 1: "A"})
    part.backward(torch.tensor([[1, 2, 4], [8, 16, 32]], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [[2, 0, 5], [16, 0, 40]]
    assert learned(x) == {0: "A", 2: "C"}


def test_gradients_of_several_consumers_are_merged_not_overwritten(home: Home) -> None:
    x = learner(["one\ntwo\nthree\nfour"], home)
    first, second, third = slice_view(x, 0), slice_tensor(x, slice(0, 1)), st_copy(x)
    teach(first, {0: "1\ntwo\nthree\nfour"})
    teach(second, {0: "one\ntwo\nthree\n4"})
    teach(third, {0: "1\ntwo\nthree\nfour"})
    (first.sum() + second.sum() + third.sum()).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3]
    assert learned(x) == {0: "1\ntwo\nthree\n4"}
    assert [len(wanted) for wanted in take_gradients(x).values()] == [3]
    assert take_gradients(x) == {}


def test_a_copy_passes_both(home: Home) -> None:
    x = learner(["a", None], home)
    copy = st_copy(x)
    write_text(copy, 0, "own")
    assert read_texts(x) == ["a", None]
    write_text(copy, 0, "a")
    teach(copy, {0: "b", 1: "new"})
    copy.backward(torch.tensor([3, 5], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [3, 5]
    assert learned(x) == {0: "b", 1: "new"}


def test_a_stack_is_taken_apart(home: Home) -> None:
    x, y = learner(["a", None], home), learner(["c", "d"], home)
    write_text(y, 1, "d", -0.5, "why")
    stacked = st_stack([x, y], -1)
    assert (list(stacked.shape), read_texts(stacked)) == ([2, 2], ["a", "c", None, "d"])
    assert stacked.tolist() == [[1, 1], [0, -0.5]]
    teach(stacked, {1: "C", 2: "B"})
    stacked.backward(torch.tensor([[1, 2], [3, 4]], dtype=torch.bfloat16))
    assert (x.grad.tolist(), y.grad.tolist()) == ([1, 3], [2, 4])  # type: ignore[union-attr]
    assert (learned(x), learned(y)) == ({1: "B"}, {0: "C"})
    with pytest.raises(ValueError, match="one shape"):
        st_stack([x, make_tensor(["a"], home)])
    with pytest.raises(IndexError):
        st_stack([x], 2)


def test_merge_frames_and_takes_the_gradient_apart(home: Home) -> None:
    x = learner([["a\n", "bad", "c"], [None, "", "f"]], home)
    write_text(x, 1, "bad", -0.5)
    write_text(x, 2, "c", 0.5)
    merged = merge(x)
    assert merged.tolist() == [1.5, 2]
    assert split_frames(read_texts(merged)[0] or "") == [Frame(0, 1.0, "a\n"), Frame(2, 0.5, "c")]
    assert split_frames(read_texts(merged)[1] or "") == [Frame(1, 1.0, ""), Frame(2, 1.0, "f")]
    teach(merged, {0: merge_frames([Frame(0, 1.0, "a\n"), Frame(2, 0.5, "better\nc")])})
    merged.backward(torch.tensor([3, 5], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [[3, 0, 3], [0, 5, 5]]
    assert learned(x) == {2: "better\nc"}


def test_merge_along_another_axis_and_by_another_merger(home: Home) -> None:
    x = learner([["a", "b"], ["c", "d"]], home)

    class Lines:
        @staticmethod
        def pack(frames: list[Frame]) -> str:
            return "\n".join(frame.content for frame in frames)

        @staticmethod
        def unpack(merged: str) -> list[tuple[int, float, str]]:
            return [(number, 1.0, line) for number, line in enumerate(merged.split("\n"))]

    merged = merge(x, 0, Lines)
    assert read_texts(merged) == ["a\nc", "b\nd"]
    teach(merged, {1: "b\nD"})
    merged.sum().backward()
    assert learned(x) == {3: "D"}


def test_a_better_text_with_other_frames_is_refused_and_kept(home: Home) -> None:
    x = learner(["a", "b"], home)
    merged = merge(x)
    gradient_registry().take_refused()
    teach(merged, {0: "no frames at all"})
    merged.backward()
    assert learned(x) == {}
    [refused] = gradient_registry().take_refused()
    assert refused.uid == store_of(merged).uid
    assert refused.refused.gradient.better == "no frames at all"


def test_a_frame_whose_blank_lines_lost_their_indent_is_read(home: Home) -> None:
    text = merge_frames([Frame(0, 1.0, "a\n\nb")]).replace("\n  \n", "\n\n")
    assert split_frames(text) == [Frame(0, 1.0, "a\n\nb")]


@pytest.mark.parametrize("view", [False, True])
def test_sparse_and_dense(home: Home, view: bool) -> None:
    x = learner([["a", None], [None, "d"]], home)
    sparse, indexes, shape = dense_to_sparse(x, view)
    assert (read_texts(sparse), [index.tolist() for index in indexes], shape) == (["a", "d"], [[0, 1], [0, 1]], [2, 2])
    dense = sparse_to_dense(sparse, indexes, shape)
    assert (read_texts(dense), dense.tolist()) == (["a", "", "", "d"], [[1, 0], [0, 1]])
    teach(dense, {3: "D", 1: "nobody asked"})
    dense.backward(torch.tensor([[1, 2], [4, 8]], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [[1, 0], [0, 8]]
    assert learned(x) == {3: "D"}
    with pytest.raises(ValueError, match="places"):
        sparse_to_dense(sparse, [torch.tensor([0, 0]), torch.tensor([1, 1])], shape)


def test_a_dense_view_is_handled_and_made_sparse_again(home: Home) -> None:
    x = learner([None, "b", "c"], home)
    seen = []

    def handler(dense: torch.Tensor) -> torch.Tensor:
        seen.append(read_texts(dense))
        return st_stack([dense, dense])

    result = WithDenseView(handler)(x)
    assert seen == [["", "b", "c"]]
    assert read_texts(result) == ["b", "c", "b", "c"]
    assert read_texts(with_dense_view(lambda dense: slice_view(dense, slice(1, 2)), x)) == ["b"]
    teach(result, {0: "B", 2: "B"})
    result.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 2, 2]
    assert learned(x) == {1: "B"}


def test_a_scalar_and_an_empty_tensor(home: Home) -> None:
    scalar = learner("a", home)
    copy = st_copy(scalar)
    teach(copy, {0: "b"})
    copy.backward()
    assert learned(scalar) == {0: "b"}
    sparse, indexes, shape = dense_to_sparse(scalar)
    assert (read_texts(sparse), indexes, shape) == (["a"], [], [])
    assert read_texts(sparse_to_dense(sparse, indexes, shape)) == ["a"]
    assert dense_to_sparse(make_tensor([None, None], home))[0].shape == (0,)


def test_the_gradient_tensor_runs_from_what_is_to_what_should_be(home: Home) -> None:
    x = learner(["is", "fine"], home)
    teach(x, {0: "should be"})
    assert read_texts(get_gradient_tensor(x)) == [unified_diff("is", "should be"), None]


def test_results_are_stored(home: Home) -> None:
    x = make_tensor(["a", "b"], home)
    uids = {store_of(made).uid: read_texts(made) for made in (st_stack([x, x]), merge(x), st_copy(x))}
    again = reopened(home)
    assert {uid: read_texts(open_tensor(again, uid)) for uid in uids} == uids

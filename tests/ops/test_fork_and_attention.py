"""Forks and attention over text tensors: both channels, and what the kernel is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from hdsl.future.context import BudgetSpent, RunContext, use_context
from hdsl.future.status import Status
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer
from hdsl.ops.attention import attend, causal_mask
from hdsl.ops.fork import fork_tensor
from hdsl.ops.text_attention import get_causal_attention_mask, slice_attention, st_attention
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.gradients import get_gradient_tensor, gradient_registry, text_gradient
from hdsl.tensor.make import make_tensor
from hdsl.tensor.patching import st_patched
from hdsl.tensor.text_tensor import read_texts, store_of
from tests.ops.graphs import leaf, pulled, texts_of
from tests.servers.scripted_kernel import CountingMeter, ScriptedKernel

BASE = "one\ntwo\nthree\nfour"


@pytest.fixture
def kernel() -> Iterator[ScriptedKernel]:
    made = ScriptedKernel("by the kernel")
    with use_context(RunContext(kernel=made, meter=CountingMeter())):
        yield made


def teach(result: torch.Tensor, better: dict[int, str]) -> None:
    texts = read_texts(result)
    gradients = {index: text_gradient(texts[index] or "", text) for index, text in better.items()}
    gradient_registry().add(store_of(result).uid, gradients)


def should_be(tensor: torch.Tensor) -> list[str | None]:
    return read_texts(st_patched(tensor, get_gradient_tensor(tensor)))


def test_a_fork_merges_what_goes_together_without_asking(tmp_path: Path, kernel: ScriptedKernel) -> None:
    x = make_tensor([BASE, "other"], tmp_path).requires_grad_()
    first, second, unused = fork_tensor(x, 3)
    assert read_texts(unused) == [BASE, "other"]
    teach(first, {0: BASE.replace("one", "1")})
    teach(second, {0: BASE.replace("three", "3")})
    (first.sum() + 2 * second.sum()).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3, 3]
    assert should_be(x) == ["1\ntwo\n3\nfour", "other"]
    assert kernel.requests == []


def test_a_fork_asks_the_kernel_about_conflicts(tmp_path: Path, kernel: ScriptedKernel) -> None:
    x = make_tensor(["text"], tmp_path).requires_grad_()
    views = fork_tensor(x, 3)
    for view, better in zip(views, ("this", "that", "that"), strict=True):
        teach(view, {0: better})
    torch.stack([view.sum() for view in views]).sum().backward()
    [request] = kernel.requests
    assert request.kind == "gradient"
    assert request.correction is not None
    assert (request.correction.role, request.correction.text) == ("merge", "text")
    assert request.correction.expected == ("that", "this")
    assert should_be(x) == ["by the kernel"]


def test_without_an_answer_most_are_followed_and_the_rest_is_kept(tmp_path: Path) -> None:
    gradient_registry().take_refused()
    with use_context(RunContext(kernel=ScriptedKernel(lambda request: Answer("", "not now")))):
        x = make_tensor(["text"], tmp_path).requires_grad_()
        views = fork_tensor(x, 2)
    for view, better in zip(views, ("b", "a"), strict=True):
        teach(view, {0: better})
    (views[0].sum() + views[1].sum()).backward()
    assert should_be(x) == ["a"]
    assert [refused.refused.gradient.better for refused in gradient_registry().take_refused()] == ["b"]


def test_the_nearest_kernel_answers_with_the_first_that_is_wanted(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        x = make_tensor(["text"], tmp_path).requires_grad_()
        views = fork_tensor(x, 2)
    for view, better in zip(views, ("b", "a"), strict=True):
        teach(view, {0: better})
    (views[0].sum() + views[1].sum()).backward()
    assert should_be(x) == ["a"]


def test_a_spent_budget_ends_a_backward(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=ScriptedKernel("x"), meter=CountingMeter(budget=0))):
        x = make_tensor(["text"], tmp_path).requires_grad_()
        views = fork_tensor(x, 2)
    for view, better in zip(views, ("b", "a"), strict=True):
        teach(view, {0: better})
    with pytest.raises(BudgetSpent):
        (views[0].sum() + views[1].sum()).backward()


def test_a_fork_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        fork_tensor(make_tensor(["a"], tmp_path), 0)


def test_the_causal_mask_is_a_triangle_where_positions_count() -> None:
    mask = get_causal_attention_mask(torch.tensor([[1, 0, 1]], dtype=torch.bfloat16))
    assert mask.int().tolist() == [[[1, 0, 0], [0, 0, 0], [1, 1, 1]]]
    with pytest.raises(ValueError, match="positions"):
        get_causal_attention_mask(torch.ones(2))


@pytest.mark.parametrize("view", [False, True])
def test_slice_attention_takes_what_the_mask_says(tmp_path: Path, kernel: ScriptedKernel, view: bool) -> None:
    x = make_tensor([["a", "b"]], tmp_path).requires_grad_()
    sliced = slice_attention(x, torch.tensor([[[1, 0], [1, 1]]]), view)
    assert read_texts(sliced) == ["a", None, "a", "b"]
    assert sliced.tolist() == [[[1, 0], [1, 1]]]
    teach(sliced, {0: "A", 1: "nowhere", 2: "A", 3: "B"})
    sliced.backward(torch.tensor([[[1, 2], [4, 8]]], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [[5, 8]]
    assert should_be(x) == ["A", "B"]
    assert kernel.requests == []


def test_attention_merges_and_its_gradient_reaches_each_text(tmp_path: Path, kernel: ScriptedKernel) -> None:
    x = make_tensor([["a", "b"]], tmp_path).requires_grad_()
    seen = st_attention(x, get_causal_attention_mask(torch.ones(1, 2)))
    assert [split_frames(text or "") for text in read_texts(seen)] == [
        [Frame(0, 1.0, "a")],
        [Frame(0, 1.0, "a"), Frame(1, 1.0, "b")],
    ]
    teach(seen, {0: merge_frames([Frame(0, 1.0, "x")]), 1: merge_frames([Frame(0, 1.0, "y"), Frame(1, 1.0, "B")])})
    seen.backward(torch.tensor([[1, 2]], dtype=torch.bfloat16))
    assert x.grad is not None
    assert x.grad.tolist() == [[3, 2]]
    assert [request.correction.expected for request in kernel.requests if request.correction] == [("x", "y")]
    assert should_be(x) == ["by the kernel", "B"]


def test_attention_checks_its_shapes(tmp_path: Path) -> None:
    x = make_tensor([["a", "b"]], tmp_path)
    with pytest.raises(ValueError, match="mask"):
        slice_attention(x, torch.ones(1, 2))
    with pytest.raises(ValueError, match="texts"):
        slice_attention(make_tensor(["a"], tmp_path), torch.ones(1, 1, 1))


def test_attend_over_future_tensors_asks_only_what_is_attended_to() -> None:
    x = leaf(["a", ("b", Status.failed_because("no")), "c"], [1, 3])
    mask = causal_mask(x)
    seen = attend(x, mask)
    assert [frame.content for frame in split_frames(pulled(seen, 0, 2)[0])] == ["a", "c"]
    assert pulled(seen, 0, 1) == ("", Status.confidence(0.0))
    assert texts_of(attend(leaf(["a"], [1, 1]), leaf(["false"], [1, 1, 1]))) == [""]
    failed = attend(x, leaf([("m", Status.failed_because("mask")), *["true"] * 8], [1, 3, 3]))
    assert pulled(failed, 0, 0) == ("m", Status.failed_because("mask"))
    with pytest.raises(ValueError, match="mask"):
        attend(x, leaf(["true"], [1, 1, 1]))

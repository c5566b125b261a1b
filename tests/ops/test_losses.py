"""Losses: the numbers, and what each actual text is told it should be."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import hdsl
from hdsl.future.context import RunContext, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Request
from hdsl.ops.element import lift
from hdsl.ops.exit_status import exit_status, get_exit_status
from hdsl.ops.learning import learns_by
from hdsl.ops.losses import contains, edit_distance, exact_match, loss, mean
from hdsl.ops.mean import ft_mean
from hdsl.ops.text_losses import get_contains, get_edit_distance_ratio, get_exact_match, get_score
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.gradients import get_gradient_tensor, gradient_registry
from hdsl.tensor.make import make_tensor
from hdsl.tensor.patching import st_patched
from hdsl.tensor.text_tensor import read_texts
from tests.ops.graphs import leaf, node, pulled, texts_of
from tests.servers.scripted_kernel import ScriptedKernel

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def should_be(tensor: torch.Tensor) -> list[str | None]:
    return read_texts(st_patched(tensor, get_gradient_tensor(tensor)))


def longer(actual: str, expected: str) -> float:
    return float(len(actual) > len(expected))


def get_longer(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    return get_score(actual, expected, longer)


@pytest.mark.parametrize(
    ("measure", "scores", "better"),
    [
        (get_edit_distance_ratio, [0, 0.5, 1, 0.25], ["same", "ab", "x", "abc"]),
        (get_exact_match, [0, 1, 1, 0], ["same", "ab", "x", "abc\n"]),
        (get_contains, [0, 1, 1, 0], ["same", "ac\nab", "x", "abc\n"]),
        (get_longer, [0, 0, 0, 1], ["same", "ac", None, "abc"]),
    ],
)
def test_the_numbers_and_the_diffs_from_actual_to_expected(
    tmp_path: Path, measure: Loss, scores: list[float], better: list[str]
) -> None:
    actual = make_tensor(["same", "ac", None, "abc\n"], tmp_path).requires_grad_()
    result = measure(actual, make_tensor(["same", "ab", "x", "abc"], tmp_path))
    assert result.tolist() == scores
    result.backward(torch.tensor([1, 2, 4, 8], dtype=torch.bfloat16))
    assert actual.grad is not None
    assert actual.grad.tolist() == [1, 2, 4, 8]
    assert should_be(actual) == better


def test_the_mean_of_a_loss_spreads_the_number(tmp_path: Path) -> None:
    actual = make_tensor([["a", "b"], ["c", "d"]], tmp_path).requires_grad_()
    get_exact_match(actual, make_tensor([["a", "x"], ["c", "d"]], tmp_path)).mean().backward()
    assert actual.grad is not None
    assert actual.grad.tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert should_be(actual) == ["a", "x", "c", "d"]


def test_shapes_have_to_agree(tmp_path: Path) -> None:
    one, two = make_tensor(["a"], tmp_path), make_tensor(["a", "b"], tmp_path)
    with pytest.raises(ValueError, match="differ"):
        get_edit_distance_ratio(one, two)
    with pytest.raises(ValueError, match="differ"):
        get_exit_status(one, "true", two)


def test_a_future_tensor_is_computed_and_learns(tmp_path: Path) -> None:
    actual = node("actual", str.upper, leaf(["a", "b"])).requires_grad_()
    assert isinstance(actual, FutureTensor)
    result = get_edit_distance_ratio(actual, make_tensor(["A", "x"], tmp_path))
    assert result.tolist() == [0, 1]
    result.sum().backward()
    assert actual.grad is not None
    assert float(actual.grad) == 2
    assert should_be(actual.ft_static_tensor) == ["A", "x"]


@pytest.mark.parametrize(
    ("function", "better"),
    [(edit_distance, ["same", "b"]), (exact_match, ["same", "b"]), (contains, ["same", "a\nb"])],
)
def test_losses_of_a_graph_teach_through_the_mean(function: Callable[..., str], better: list[str]) -> None:
    actual = leaf(["same", "a"]).requires_grad_()
    expected = leaf(["same", "b"])
    total = mean(lift(function, (actual, expected)))
    assert texts_of(total) == ["0.5"]
    total.backward()
    assert float(actual.grad) == 1  # type: ignore[arg-type]
    assert should_be(actual.ft_static_tensor) == better
    assert should_be(expected.ft_static_tensor) == ["same", "b"]


def test_an_expected_text_is_repeated_over_the_actual_ones() -> None:
    actual = leaf(["a", "b", "c", "d"], [2, 2]).requires_grad_()
    total = ft_mean(lift(exact_match, (actual, leaf(["b", "d"], [2, 1]))))
    total.ft_forward()
    total.backward()
    assert should_be(actual.ft_static_tensor) == ["b", "b", "d", "d"]


def test_what_was_not_computed_or_failed_teaches_nothing() -> None:
    actual = leaf(["a", "b", "c"]).requires_grad_()
    scores = lift(lambda x, y: "broken"[9] if x == "b" else "1", (actual, leaf(["x", "y", "z"])))
    scores.ft_forward()
    scores.backward()
    assert should_be(actual.ft_static_tensor) == ["a", "b", "c"]
    half = leaf(["a", "b"]).requires_grad_()
    graded = lift(exact_match, (half, leaf(["x", "y"])))
    pulled(graded, 1)
    graded.backward()
    assert should_be(half.ft_static_tensor) == ["a", "y"]


def test_a_python_function_is_a_loss_of_a_graph_too() -> None:
    @loss
    def shouting(actual: str, expected: str, *, weight: float = 1.0) -> str:
        return str(weight * (actual != expected.upper()))

    actual = leaf(["a", "B"]).requires_grad_()
    total = mean(lift(shouting, (actual, leaf(["a", "b"])), {"weight": 0.5}))
    assert texts_of(total) == ["0.25"]
    total.backward()
    assert should_be(actual.ft_static_tensor) == ["a", "B"]


def test_an_element_function_may_teach_all_its_inputs() -> None:
    @learns_by(lambda result, left, right: (f"{left}!", None if right == "keep" else "new"))
    def pair(left: str, right: str) -> str:
        return left + right

    left, right = leaf(["a", "b"]).requires_grad_(), leaf(["keep", "old"]).requires_grad_()
    made = lift(pair, (left, right))
    made.ft_forward()
    made.backward()
    assert should_be(left.ft_static_tensor) == ["a!", "b!"]
    assert should_be(right.ft_static_tensor) == ["keep", "new"]


def test_the_exit_status_of_a_command_run_on_the_text(tmp_path: Path) -> None:
    texts = ["print(1)\n", "print(", "'; exit 0 #"]
    actual = make_tensor(texts, tmp_path).requires_grad_()
    result = get_exit_status(actual, 'python3 "$HDSL_TEXT"', make_tensor(["pass"] * 3, tmp_path))
    assert result.tolist() == [0, 1, 1]
    result.sum().backward()
    assert actual.grad is not None
    assert actual.grad.tolist() == [1, 1, 1]
    assert should_be(actual) == ["print(1)\n", "pass", "pass"]


def test_a_command_that_does_not_end_has_not_passed(tmp_path: Path) -> None:
    assert get_exit_status(make_tensor(["x"], tmp_path), "sleep 60", timeout=0.1).tolist() == [1]
    assert texts_of(lift(exit_status, (leaf(["x"]),), {"command": 'test "$(cat "$HDSL_TEXT")" = x'})) == ["0"]


def test_a_command_sees_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET_KEY", "secret")
    assert get_exit_status(make_tensor(["x"], tmp_path), 'test -z "$SOME_SECRET_KEY"').tolist() == [0]


def test_without_an_expected_text_the_kernel_is_shown_what_the_command_said(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        assert request.correction is not None
        assert (request.kind, request.correction.role) == ("gradient", "output")
        assert "ended with status 3" in request.correction.advice
        assert "no good: wrong" in request.correction.advice
        return "right"

    with use_context(RunContext(kernel=ScriptedKernel(answer))):
        actual = make_tensor(["wrong"], tmp_path).requires_grad_()
        get_exit_status(actual, 'echo "no good: $(cat "$HDSL_TEXT")"; exit 3').sum().backward()
    assert should_be(actual) == ["right"]


def test_the_nearest_kernel_knows_no_better_and_that_is_kept(tmp_path: Path) -> None:
    gradient_registry().take_refused()
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        actual = make_tensor(["wrong"], tmp_path).requires_grad_()
        get_exit_status(actual, "false").sum().backward()
    assert should_be(actual) == ["wrong"]
    [refused] = gradient_registry().take_refused()
    assert "expected" in refused.refused.cause


def test_the_diff_of_a_loss_applies_to_the_actual_text(tmp_path: Path) -> None:
    actual = make_tensor(["is"], tmp_path).requires_grad_()
    hdsl.get_edit_distance_ratio(actual, make_tensor(["should be"], tmp_path)).sum().backward()
    assert read_texts(get_gradient_tensor(actual)) == [unified_diff("is", "should be")]

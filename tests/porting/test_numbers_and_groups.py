"""Manners of numbers: integers and masks of other libraries, other types of coefficients, reports, groups of rates."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hdsl import (
    FutureTensor,
    RunContext,
    Status,
    StSGD,
    ft_llm_call,
    ft_make_forwarded,
    ft_unsqueeze,
    make_tensor,
    patch_tensor,
    slice_view,
    st_setitem,
    use_context,
)
from hdsl.future.loop import run_sync
from hdsl.ops.forwarded import ft_from_tensor
from hdsl.storage.store import ShapeMismatch
from hdsl.tensor.make import make_none_tensor
from hdsl.tensor.text_tensor import read_texts
from tests.servers.scripted_kernel import ScriptedKernel


def test_integers_of_numpy_and_torch_are_sizes_and_coordinates(tmp_path: Path) -> None:
    tensor = make_none_tensor([np.int64(2), np.int64(1)], tmp_path)
    st_setitem(tensor, [np.int64(0), np.int64(0)], "a")
    st_setitem(tensor, torch.tensor([1, 0]), "b")  # type: ignore[arg-type]
    assert read_texts(tensor) == ["a", "b"]
    assert read_texts(ft_make_forwarded(tmp_path, [np.int64(1)], ["x"]).ft_static_tensor) == ["x"]


def test_a_generator_is_asked_with_plain_integers(tmp_path: Path) -> None:
    asked: list[list[int]] = []

    async def generate(coordinates: list[int], prompt: str) -> tuple[str, Status]:
        asked.append(coordinates)
        return "x", Status.confidence(1.0)

    run_sync(FutureTensor(tmp_path, generate, [2]).ft_async_get([np.int64(1)], ""))
    assert [type(each) for each in asked[0]] == [int]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([np.int64(1)], ["b"]),
        ([np.array([2, 0])], ["c", "a"]),
        ([torch.tensor([True, False, True])], ["a", "c"]),
        ([np.array([False, False, True])], ["c"]),
    ],
)
def test_a_view_by_integers_arrays_and_masks(tmp_path: Path, index: Any, expected: list[str]) -> None:
    assert read_texts(slice_view(make_tensor(["a", "b", "c"], tmp_path), index)) == expected


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexError, match="a mask of 2 for a dimension of size 3"):
        slice_view(make_tensor(["a", "b", "c"], tmp_path), [torch.tensor([True, False])])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_texts_under_coefficients_of_another_type(tmp_path: Path, dtype: torch.dtype) -> None:
    tensor = make_none_tensor([3], tmp_path, dtype)
    st_setitem(tensor, [0], "a", 0.5)
    st_setitem(tensor, [1], "b", 1.0)
    future = ft_from_tensor(tensor)
    found = [run_sync(future.ft_async_get([at], "")) for at in range(3)]
    assert [(text, status.coefficient) for text, status in found[:2]] == [("a", 0.5), ("b", 1.0)]
    assert found[2][1].is_absent


def test_reports_are_read_as_dicts(tmp_path: Path) -> None:
    report = patch_tensor(make_tensor(["a\n"], tmp_path), make_tensor(["TODO"], tmp_path))
    assert report == {"applied": 0, "rejected": 0, "fuzzed": 0, "skipped": 1, "rej_files": 0}
    assert ("applied" in report, report.get("other", 7), sorted(report)[0]) == (True, 7, "applied")
    stats = StSGD([make_tensor(["a"], tmp_path)]).get_last_step_stats()
    assert (stats["rej_files"], stats.get("applied")) == (0, 0)
    with pytest.raises(KeyError):
        stats["other"]


def test_groups_of_parameters_have_their_own_rates(tmp_path: Path) -> None:
    one, other = make_tensor(["a"], tmp_path), make_tensor(["b"], tmp_path)
    optimizer = StSGD([{"params": [one], "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": other})
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.1]
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    again = StSGD([{"params": [one]}, {"params": [other]}])
    again.load_state_dict(state)
    assert [(group["lr"], group["params"]) for group in again.param_groups] == [(0.5, [one]), (0.1, [other])]
    with pytest.raises(ValueError, match="other groups"):
        StSGD([one]).load_state_dict(state)
    with pytest.raises(ValueError, match="the rate"):
        optimizer.add_param_group({"params": [one], "lr": 2.0})


def test_another_generator_can_be_assigned(tmp_path: Path) -> None:
    future = FutureTensor(tmp_path, None, [1])

    async def mine(coordinates: list[int], prompt: str) -> tuple[str, Status]:
        return "mine", Status.confidence(1.0)

    future.ft_async_get = mine
    wider = ft_unsqueeze(future, 0)
    wider.ft_forward()
    assert read_texts(wider.ft_static_tensor) == ["mine"]


def test_prompts_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeMismatch, match=r"\[1\] for elements of shape \[2\]"):
        FutureTensor(tmp_path, None, [2]).ft_forward(make_tensor(["p"], tmp_path))


@pytest.mark.parametrize(("answer", "expected"), [(" a \n", ("a", 1.0)), (" \n", ("", -0.5))])
def test_the_answer_to_a_prompt_by_hand_is_without_blanks(
    tmp_path: Path, answer: str, expected: tuple[str, float]
) -> None:
    with use_context(RunContext(kernel=ScriptedKernel(lambda request: answer))):
        asked = ft_llm_call(ft_make_forwarded(tmp_path, [1], ["ask"]))
        text, status = run_sync(asked.ft_async_get([0], ""))
    assert (text, status.coefficient) == expected

"""st_moe: what it asks, what it answers, and what both channels learn from a wrong answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from hdsl.future.context import RunContext, use_context
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer, Label, Request
from hdsl.ops.moe import StMoeModule, st_moe
from hdsl.ops.query import get_query_tensor, select_qkv_indexes
from hdsl.ops.text_losses import get_edit_distance_ratio
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.gradients import get_gradient_tensor, gradient_registry, take_gradients
from hdsl.tensor.make import make_none_tensor, make_tensor
from hdsl.tensor.patching import patch_elements, st_patched
from hdsl.tensor.text_tensor import read_texts, store_of, write_text
from tests.servers.scripted_kernel import ScriptedKernel

ROWS = [["red color", "rot", "RED"], ["green color", "gruen", "GREEN"], ["number one", "eins", "1"]]


def answer(request: Request) -> str:
    """Answers upper case; a better text is the old one with its role and what was expected."""
    if request.correction is None:
        return request.input.upper()
    return f"{request.correction.text} {request.correction.role}:{','.join(request.correction.expected)}"


@pytest.fixture
def kernel() -> Iterator[ScriptedKernel]:
    made = ScriptedKernel(answer)
    with use_context(RunContext(kernel=made)):
        yield made


def numbers(rows: list[list[torch.Tensor]]) -> list[list[int]]:
    """The rows of each element by their numbers; the query's column is 0."""
    assert all(column == 0 for indexes in rows for column in indexes[-1].tolist())
    return [indexes[0].tolist() for indexes in rows]


def should_be(tensor: torch.Tensor) -> list[str | None]:
    return read_texts(st_patched(tensor, get_gradient_tensor(tensor)))


def learn(output: torch.Tensor, expected: list[str], folder: Path) -> None:
    get_edit_distance_ratio(output, make_tensor(expected, folder)).sum().backward()


def test_forward_asks_with_rows_task_context_and_labels(tmp_path: Path, kernel: ScriptedKernel) -> None:
    memory = make_tensor(ROWS, tmp_path)
    context = make_tensor(["for the wall", ""], tmp_path)
    output, rows = st_moe(
        make_tensor(["red", "one"], tmp_path),
        memory,
        context,
        task_prompt="Translate.",
        topk=1,
        skip_query_gen=True,
        labels=(Label("RED"),),
    )
    assert read_texts(output) == ["RED", "ONE"]
    assert numbers(rows) == [[0], [2]]
    assert output.tolist()[0] == 1 and output.tolist()[1] < 0
    first = kernel.requests[0]
    assert (first.kind, first.input, first.task, first.goal) == ("expert", "red", "Translate.", "for the wall")
    assert first.rows[0].key == "rot"


def test_a_wrong_answer_teaches_input_key_and_value(tmp_path: Path, kernel: ScriptedKernel) -> None:
    x = make_tensor(["red", "one"], tmp_path).requires_grad_()
    memory = make_tensor(ROWS, tmp_path).requires_grad_()
    output, _ = st_moe(x, memory, topk=2, task_prompt="Translate.", grad_exp_key_prompt="Mind the key.")
    kernel.requests.clear()
    get_edit_distance_ratio(output, make_tensor(["ROUGE", "ONE"], tmp_path)).backward(torch.tensor([2.0, 3.0]))
    assert x.grad is not None and memory.grad is not None
    assert x.grad.tolist() == [2, 3]
    assert memory.grad.tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 0]]
    assert should_be(x) == ["red input:ROUGE", "one"]
    assert should_be(memory) == [
        "red color", "rot key:ROUGE", "RED value:ROUGE",
        "green color", "gruen key:ROUGE", "GREEN value:ROUGE",
        "number one", "eins", "1",
    ]  # fmt: skip
    asked = [
        (request.input, request.task, request.correction.actual) for request in kernel.requests if request.correction
    ]
    assert len(asked) == 5
    assert set(asked) == {("red", "Translate.", "RED"), ("red", "Mind the key.", "RED")}


def test_only_what_wants_a_gradient_is_asked_about(tmp_path: Path, kernel: ScriptedKernel) -> None:
    memory = make_tensor(ROWS, tmp_path).requires_grad_()
    output, _ = st_moe(make_tensor(["red"], tmp_path), memory, topk=1)
    kernel.requests.clear()
    learn(output, ["ROUGE"], tmp_path)
    assert [request.correction.role for request in kernel.requests if request.correction] == ["key", "value"]


def test_two_chained_mixtures_learn_both(tmp_path: Path, kernel: ScriptedKernel) -> None:
    what, how = (make_tensor(ROWS, tmp_path).requires_grad_() for _ in range(2))
    middle, _ = st_moe(make_tensor(["red"], tmp_path), what, topk=1)
    output, _ = st_moe(middle, how, topk=1)
    learn(output, ["ROUGE"], tmp_path)
    assert should_be(how)[2] == "RED value:ROUGE"
    assert should_be(what)[2] == "RED value:RED input:ROUGE"


def test_a_merged_input_is_corrected_frame_by_frame(tmp_path: Path, kernel: ScriptedKernel) -> None:
    text = merge_frames([Frame(0, 1.0, "red"), Frame(3, 0.5, "one\n")])
    x = make_tensor([text], tmp_path).requires_grad_()
    output, _ = st_moe(x, make_tensor(ROWS, tmp_path))
    learn(output, ["E"], tmp_path)
    assert split_frames(should_be(x)[0] or "") == [Frame(0, 1.0, "red input:E"), Frame(3, 0.5, "one\n input:E")]


def test_a_cold_table_learns_in_rows_that_were_never_used(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        x = make_tensor(["red", "one", "two"], tmp_path)
        memory = make_none_tensor([2, 3], tmp_path).requires_grad_()
        output, rows = st_moe(x, memory, skip_query_gen=True)
        assert numbers(rows) == [[], [], []]
        assert (output < 0).all()
        learn(output, ["RED", "1", "2"], tmp_path)
    assert memory.grad is not None
    assert memory.grad.tolist() == [[0, 1, 1], [0, 1, 1]]
    patch_elements(memory, take_gradients(memory))
    assert read_texts(memory) == [None, "red", "RED", None, "one", "1"]
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        again, _ = st_moe(make_tensor(["red", "one"], tmp_path), memory, skip_query_gen=True)
    assert read_texts(again) == ["RED", "1"]


def test_a_refused_better_text_costs_only_its_own_element(tmp_path: Path) -> None:
    def script(request: Request) -> Answer | str:
        if request.correction is not None and request.correction.role == "key":
            return Answer("", "no key today")
        if request.correction is not None and request.input == "broken":
            raise RuntimeError("boom")
        return answer(request)

    gradient_registry().take_refused()
    with use_context(RunContext(kernel=ScriptedKernel(script))):
        memory = make_tensor(ROWS, tmp_path).requires_grad_()
        output, _ = st_moe(make_tensor(["red", "broken"], tmp_path), memory, topk=1)
        learn(output, ["ROUGE", "WHOLE"], tmp_path)
    assert should_be(memory)[2] == "RED value:ROUGE"
    causes = sorted(refused.refused.cause for refused in gradient_registry().take_refused())
    assert causes == ["RuntimeError: boom", "no key today", "no key today"]


def test_keywords_and_prompts_of_ones_own(tmp_path: Path) -> None:
    def script(request: Request) -> str:
        return "number\none" if request.kind == "keywords" else f"{request.kind} {request.task}"

    kernel = ScriptedKernel(script)
    with use_context(RunContext(kernel=kernel)):
        x, memory = make_tensor(["eins"], tmp_path), make_tensor(ROWS, tmp_path)
        output, rows = st_moe(
            x, memory, output_prompt=lambda *parts: "|".join(parts), query_prompt="Words!", topk=1, skip_query_gen=False
        )
        queries = get_query_tensor(x, "Words!", "Of the task.")
    assert kernel.requests[0].task == "Words!"
    assert numbers(rows) == [[2]]
    assert (read_texts(output)[0] or "").startswith("llm |<example>")
    assert (read_texts(queries), kernel.requests[-1].task) == (["number\none"], "Words!\n\nOf the task.")


def test_the_module_holds_its_experience_as_a_parameter(tmp_path: Path, kernel: ScriptedKernel) -> None:
    memory = make_tensor(ROWS, tmp_path)
    module = StMoeModule(memory, topk=1, skip_query_gen=True)
    assert [id(parameter) for parameter in module.parameters()] == [id(module.experience)]
    assert store_of(module.experience) is store_of(memory)
    output, rows = module(make_tensor(["red"], tmp_path))
    assert numbers(rows) == [[0]]
    learn(output, ["ROUGE"], tmp_path)
    assert module.experience.grad is not None
    assert should_be(module.experience)[2] == "RED value:ROUGE"
    with pytest.raises(TypeError):
        StMoeModule(memory, tokp=1)


def test_a_failed_element_keeps_its_cause_and_the_rest_goes_on(tmp_path: Path, kernel: ScriptedKernel) -> None:
    x = make_tensor(["red", "bad"], tmp_path)
    write_text(x, 1, "bad", -0.5, "before")
    output, _ = st_moe(x, make_tensor(ROWS, tmp_path))
    entry = store_of(output).entry(1)
    assert entry is not None
    assert (read_texts(output), entry.coefficient, entry.cause) == (["RED", "bad"], -0.5, "before")


def test_selected_rows_are_deterministic_by_default(tmp_path: Path) -> None:
    memory = make_tensor([*ROWS, ["red color", "x", ""]], tmp_path)
    assert [index.tolist() for index in select_qkv_indexes(memory, "red color", 2)[0]] == [[0, 1], [0, 0]]
    assert select_qkv_indexes(memory, "one", 9)[1] is False
    own, _ = select_qkv_indexes(memory, "x", 1, lambda text, row: float("number" in row))
    assert own[0].tolist() == [2]
    noisy = [
        select_qkv_indexes(memory, "nothing", 3, random_noise=True, seed=seed)[0][0].tolist() for seed in (1, 1, 2)
    ]
    assert noisy[0] == noisy[1]
    cold = make_tensor([["q", "k", ""]] * 5, tmp_path)
    picks = [select_qkv_indexes(cold, "q", 2, seed=3) for _ in range(2)]
    assert picks[0][1] and len(picks[0][0][0]) == 2
    assert picks[0][0][0].tolist() == picks[1][0][0].tolist()


def test_shapes_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="context"):
        st_moe(make_tensor(["a"], tmp_path), make_tensor(ROWS, tmp_path), make_tensor(["a", "b"], tmp_path))
    with pytest.raises(ValueError, match="experience"):
        st_moe(make_tensor(["a"], tmp_path), make_tensor(["a"], tmp_path))

"""What breaks in the framework whose API this is, and holds here: by the number of the pitfall in its list."""

import asyncio
import threading
from pathlib import Path

import torch

from hdsl.future.context import RunContext, use_context
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.prompt import render
from hdsl.kernel.request import Request
from hdsl.learn.module import table_parameter
from hdsl.learn.sgd import StSGD
from hdsl.ops.element import lift
from hdsl.ops.expert import ft_expert
from hdsl.ops.forwarded import ft_from_tensor
from hdsl.ops.losses import exact_match, mean
from hdsl.ops.moe import st_moe
from hdsl.ops.query import select_qkv_indexes
from hdsl.ops.recurrent import ft_recurrent
from hdsl.ops.rows import rows_of
from hdsl.ops.text_losses import get_edit_distance_ratio
from hdsl.storage.folder import Folder
from hdsl.tensor.assign import st_setitem
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.gradients import get_gradient_tensor, take_gradients, text_gradient
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.patching import get_diff_tensor, patch_elements, patch_tensor, st_patched
from hdsl.tensor.slicing import slice_view, st_copy
from hdsl.tensor.text_tensor import read_texts, store_of
from tests.ops.graphs import leaf, node, texts_of
from tests.servers.scripted_kernel import ScriptedKernel

ROWS = [["red", "rot", "RED"], ["green", "gruen", "GREEN"], ["blue", "blau", "BLUE"]]


def should_be(tensor: torch.Tensor) -> list[str | None]:
    return read_texts(st_patched(tensor, get_gradient_tensor(tensor)))


def bettering(request: Request) -> str:
    """A kernel that answers with the input and betters by appending."""
    return request.input if request.correction is None else f"{request.correction.text}+"


def test_1_a_mixture_trains_its_experience_and_two_in_a_chain_both(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=ScriptedKernel(bettering))):
        first, second = (make_tensor(ROWS, tmp_path).requires_grad_() for _ in range(2))
        middle, _ = st_moe(make_tensor(["red"], tmp_path), first, topk=1)
        output, _ = st_moe(middle, second, topk=1)
        get_edit_distance_ratio(output, make_tensor(["RED"], tmp_path)).sum().backward()
    for memory in (first, second):
        assert should_be(memory)[:3] == ["red", "rot+", "RED+"]


def test_1_an_expert_by_hand_trains_its_experience_also_with_a_prompt_of_ones_own(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=ScriptedKernel("wrong"))):
        memory = table_parameter([("red", "red", "rot")], Folder(tmp_path))
        answer = ft_expert(leaf(["red", "blue"]), memory, output_prompt=lambda *parts: "\n".join(parts))
        assert texts_of(answer) == ["wrong", "wrong"]
        get_edit_distance_ratio(answer, make_tensor(["rouge", "bleu"], tmp_path)).sum().backward()
        StSGD([memory]).step()
    assert [(row.key, row.value) for row in rows_of(memory)] == [("red", "rouge"), ("blue", "bleu")]


def test_1_a_loop_that_ended_early_has_a_backward(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=ScriptedKernel(lambda request: request.rows[0].value if request.rows else "?"))):
        memory = table_parameter([("a", "a", "A")], Folder(tmp_path))
        loop = ft_recurrent(ft_expert(leaf(["a", "b", "c"], [1, 3]), memory))
        assert texts_of(loop) == ["A"]
        get_edit_distance_ratio(loop, make_tensor(["B"], tmp_path)).sum().backward()
        StSGD([memory]).step()
    assert [(row.key, row.value) for row in rows_of(memory)] == [("a", "B")]


def test_2_what_was_computed_is_where_backward_looks(tmp_path: Path) -> None:
    actual = node("actual", str.upper, leaf(["a"])).requires_grad_()
    total = mean(lift(exact_match, (actual, leaf(["B"]))))
    assert texts_of(total) == ["1"]
    total.backward()
    assert read_texts(actual.ft_static_tensor) == ["A"]
    assert should_be(actual.ft_static_tensor) == ["B"]


def test_3_nothing_is_decided_when_the_graph_is_built(tmp_path: Path) -> None:
    tensor = make_tensor(["early"], tmp_path)
    actual = ft_from_tensor(tensor).requires_grad_()
    total = mean(lift(exact_match, (actual, leaf(["wanted"]))))
    total.backward()
    assert take_gradients(tensor) == {}
    assert texts_of(total) == ["1"]


def test_4_a_ready_made_input_answers_with_its_text(tmp_path: Path) -> None:
    kernel = ScriptedKernel(bettering)
    with use_context(RunContext(kernel=kernel)):
        output, _ = st_moe(make_tensor(["the text itself"], tmp_path), make_tensor(ROWS, tmp_path))
    assert read_texts(output) == ["the text itself"]
    assert kernel.requests[0].input == "the text itself"


def test_5_an_operation_of_ones_own_does_not_cut_the_graph() -> None:
    source = leaf(["a"]).requires_grad_()
    total = mean(lift(exact_match, (lift(str.upper, (source,)), leaf(["B"]))))
    total.ft_forward()
    total.backward()
    assert source.grad is not None
    assert float(source.grad) == 1


def test_6_the_diff_of_the_loss_applies_to_the_actual_text(tmp_path: Path) -> None:
    actual = make_tensor(["is\n"], tmp_path).requires_grad_()
    get_edit_distance_ratio(actual, make_tensor(["should be\n"], tmp_path)).sum().backward()
    [gradient] = take_gradients(actual)[0]
    assert gradient.patch == unified_diff("is\n", "should be\n")
    assert read_texts(st_patched(actual, make_tensor([gradient.patch], tmp_path))) == ["should be\n"]


def test_7_gradients_of_several_consumers_are_merged(tmp_path: Path) -> None:
    x = make_tensor(["one\ntwo\nthree"], tmp_path).requires_grad_()
    for better in ("1\ntwo\nthree", "one\ntwo\n3"):
        get_edit_distance_ratio(slice_view(x, slice(None)), make_tensor([better], tmp_path)).sum().backward()
    assert should_be(x) == ["1\ntwo\n3"]
    assert x.grad is not None
    assert x.grad.tolist() == [2]


def test_7_every_row_that_was_shown_learns_and_no_other_and_always_the_same(tmp_path: Path) -> None:
    patched = []
    for _ in range(3):
        with use_context(RunContext(kernel=ScriptedKernel(bettering))):
            memory = make_tensor(ROWS * 4, tmp_path).requires_grad_()
            output, rows = st_moe(make_tensor(["red"], tmp_path), memory, topk=3, skip_query_gen=True)
            get_edit_distance_ratio(output, make_tensor(["RED"], tmp_path)).sum().backward()
        touched = [row for row, numbers in enumerate(memory.grad.tolist()) if any(numbers)]  # type: ignore[union-attr]
        assert touched == sorted(rows[0][0].tolist()) == [0, 3, 6]
        patched.append(should_be(memory))
    assert patched[0] == patched[1] == patched[2]


def test_7_no_gradient_touches_a_query(tmp_path: Path) -> None:
    with use_context(RunContext(kernel=ScriptedKernel(bettering))):
        memory = make_tensor(ROWS, tmp_path).requires_grad_()
        output, _ = st_moe(make_tensor(["red"], tmp_path), memory)
        get_edit_distance_ratio(output, make_tensor(["RED"], tmp_path)).sum().backward()
    assert [index for index in take_gradients(memory) if index % 3 == 0] == []


def test_8_one_that_fails_in_backward_throws_nothing_else_away(tmp_path: Path) -> None:
    def script(request: Request) -> str:
        if request.correction is not None and request.input == "green":
            raise ValueError("no")
        return bettering(request)

    with use_context(RunContext(kernel=ScriptedKernel(script))):
        x = make_tensor(["red", "green", "blue"], tmp_path).requires_grad_()
        output, _ = st_moe(x, make_tensor(ROWS, tmp_path))
        get_edit_distance_ratio(output, make_tensor(["R", "G", "B"], tmp_path)).sum().backward()
    assert should_be(x) == ["red+", "green", "blue+"]


def test_8_backward_works_inside_a_running_event_loop(tmp_path: Path) -> None:
    async def main() -> list[str | None]:
        with use_context(RunContext(kernel=ScriptedKernel(bettering))):
            x = make_tensor(["red"], tmp_path).requires_grad_()
            output, _ = st_moe(x, make_tensor(ROWS, tmp_path))
            get_edit_distance_ratio(output, make_tensor(["R"], tmp_path)).sum().backward()
        return should_be(x)

    assert asyncio.run(main()) == ["red+"]


def test_9_coefficients_are_saved_also_of_patched_and_copied_elements(tmp_path: Path) -> None:
    x = make_tensor(["a", "b"], tmp_path)
    st_setitem(x, (1,), "b", -0.5)
    copy = st_copy(x)
    patch_tensor(copy, make_tensor([None, unified_diff("b", "c")], tmp_path))
    again = open_tensor(tmp_path, store_of(copy).uid)
    assert (read_texts(again), again.tolist()) == (["a", "c"], [1, -0.5])


def test_9_a_patched_element_is_never_half_written(tmp_path: Path) -> None:
    texts = ["a\n" * 8_000, "b\n" * 8_000]
    x = make_tensor([texts[0]], tmp_path)
    path = store_of(x).path(0)
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            content = path.read_text()
            if content not in texts:
                torn.append(len(content))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(10):
        patch_elements(x, {0: text_gradient(texts[turn % 2], texts[1 - turn % 2])})
    done.set()
    reader.join()
    assert torn == []
    assert read_texts(x) == [texts[0]]


def test_9_texts_with_carriage_returns_are_patched(tmp_path: Path) -> None:
    x = make_tensor(["a\r\nb\r\nc\r\n"], tmp_path)
    y = make_tensor(["a\r\nB\r\nc\r\n"], tmp_path)
    report = patch_tensor(x, get_diff_tensor(x, y))
    assert (read_texts(x), report.rejected, report.fuzzed) == (read_texts(y), 0, 0)


def test_9_lines_that_begin_with_pluses_survive_a_cold_start(tmp_path: Path) -> None:
    x = make_tensor([None], tmp_path)
    patch_tensor(x, make_tensor([unified_diff("", "++i;\n+++ data\nend")], tmp_path))
    assert read_texts(x) == ["++i;\n+++ data\nend"]


def test_9_a_rejected_patch_adds_no_newline_and_leaves_no_file(tmp_path: Path) -> None:
    x = make_tensor(["no newline"], tmp_path)
    before = sorted(tmp_path.rglob("*"))
    report = patch_tensor(x, make_tensor([unified_diff("one\ntwo\n", "one\n2\n")], tmp_path.parent / "patches"))
    assert (report.rejected, read_texts(x)) == (1, ["no newline"])
    assert sorted(tmp_path.rglob("*")) == before


def test_9_a_text_may_be_todo(tmp_path: Path) -> None:
    x = make_tensor(["TODO"], tmp_path).requires_grad_()
    get_edit_distance_ratio(x, make_tensor(["done"], tmp_path)).sum().backward()
    assert should_be(x) == ["done"]
    y = make_tensor(["done"], tmp_path).requires_grad_()
    get_edit_distance_ratio(y, make_tensor(["TODO"], tmp_path)).sum().backward()
    assert should_be(y) == ["TODO"]


def test_10_an_ed_script_is_no_diff(tmp_path: Path) -> None:
    x = make_tensor(["a\n"], tmp_path)
    assert patch_tensor(x, make_tensor(["1c\nb\n.\n"], tmp_path)).rejected == 1
    assert read_texts(x) == ["a\n"]


def test_13_retrieval_has_no_noise_and_sees_new_rows_at_once(tmp_path: Path) -> None:
    memory = make_tensor([*ROWS, ["", "", ""]], tmp_path)
    assert all(select_qkv_indexes(memory, "blue", 1)[0][0].tolist() == [2] for _ in range(20))
    for column, text in enumerate(["blue sky", "himmel", "SKY"]):
        st_setitem(memory, (3, column), text)
    assert select_qkv_indexes(memory, "blue sky", 1)[0][0].tolist() == [3]
    assert not list(tmp_path.rglob("qkv_data_view"))


def test_13_the_model_is_shown_query_key_and_value(tmp_path: Path) -> None:
    kernel = ScriptedKernel(bettering)
    with use_context(RunContext(kernel=kernel)):
        st_moe(make_tensor(["red"], tmp_path), make_tensor(ROWS, tmp_path), topk=1, skip_query_gen=True)
    shown = "\n".join(each.content for each in render(kernel.requests[0]).messages)
    assert all(text in shown for text in ("red", "rot", "RED"))


def test_a_table_learns_what_it_was_told_and_can_say_it(tmp_path: Path) -> None:
    """All of it together: a wrong value is corrected by the expected text, and the next answer is right."""
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        memory = make_tensor([["red", "red", "WRONG"]], tmp_path).requires_grad_()
        for _ in range(3):
            output, _ = st_moe(make_tensor(["red"], tmp_path), memory)
            get_edit_distance_ratio(output, make_tensor(["RED"], tmp_path)).sum().backward()
            patch_elements(memory, take_gradients(memory))
    assert read_texts(memory) == ["red", "red", "RED"]

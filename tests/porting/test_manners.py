"""The manners of the framework's functions that scripts rely on, each as a script relies on it."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import hdsl
from hdsl import (
    FutureTensor,
    RunContext,
    Status,
    StMoeModule,
    StSGD,
    TextMerger,
    assign_tensor,
    dump_tensor,
    ft_expand,
    ft_expert,
    ft_make_forwarded,
    ft_mean,
    ft_ps1_shows_up,
    ft_recurrent,
    ft_slice,
    ft_unsqueeze,
    get_edit_distance_ratio,
    load_tensor,
    make_tensor,
    merge,
    pack_dir,
    select_qkv_indexes,
    slice_tensor,
    slice_view,
    st_moe,
    st_setitem,
    symbolic_grad_registry,
    use_context,
)
from hdsl.configuration.files import SettingsError
from hdsl.future.loop import run_sync
from hdsl.kernel.nearest import NearestKernel
from hdsl.tensor.text_tensor import read_texts
from tests.servers.scripted_kernel import ScriptedKernel

ROWS = [["hello\ngreeting", "hello", "bonjour\n"], ["bye\nfarewell", "bye", "au revoir\n"]]


class Integer:
    """An integer as a computer algebra has it."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __int__(self) -> int:
        return self.value

    def __eq__(self, other: object) -> bool:
        return other == self.value

    __hash__ = None  # type: ignore[assignment]


async def echo(coordinates: list[int], prompt: str) -> tuple[str, Status]:
    return f"{coordinates} {prompt}", Status.confidence(0.5)


def written(folder: Path, texts: Any, shape: list[int]) -> FutureTensor:
    """A FutureTensor whose elements were written from outside, as scripts make their inputs."""
    future = FutureTensor(folder, echo, [Integer(size) for size in shape])
    assign_tensor(future.ft_static_tensor, make_tensor(texts, folder))
    return future


class TestFutureTensor:
    def test_a_size_is_whatever_is_an_integer(self, tmp_path: Path) -> None:
        future = FutureTensor(tmp_path, echo, [Integer(2), torch.tensor(3), 1])
        assert future.ft_capacity_shape == [2, 3, 1]

    @pytest.mark.parametrize("size", ["n", 1.5, -1, None, object()])
    def test_a_size_without_a_value_is_refused_aloud(self, tmp_path: Path, size: Any) -> None:
        with pytest.raises(ValueError, match="dimension"):
            FutureTensor(tmp_path, echo, [size])

    def test_a_symbol_of_sympy_is_refused_and_its_integers_are_taken(self, tmp_path: Path) -> None:
        sympy = pytest.importorskip("sympy")
        assert FutureTensor(tmp_path, echo, [sympy.Integer(2)]).ft_capacity_shape == [2]
        with pytest.raises(ValueError, match="has no value"):
            FutureTensor(tmp_path, echo, [sympy.Symbol("n")])

    def test_keywords_are_the_frameworks(self, tmp_path: Path) -> None:
        future = FutureTensor(relative_to=str(tmp_path), ft_async_get=None, ft_shape_schema=[1])
        assert not future.ft_forwarded
        assert run_sync(future.ft_async_get([0], ""))[1].is_absent

    def test_coordinates_are_lists(self, tmp_path: Path) -> None:
        future = FutureTensor(tmp_path, echo, [2])
        future.ft_forward(make_tensor(["a", "b"], tmp_path))
        assert read_texts(future.ft_static_tensor) == ["[0] a", "[1] b"]

    def test_what_is_written_to_the_static_tensor_is_computed(self, tmp_path: Path) -> None:
        future = written(tmp_path, ["a", "b"], [2])
        assert future.ft_forwarded is True
        assert run_sync(future.ft_async_get([1], "")) == ("b", Status.confidence(1.0))
        st_setitem(future.ft_static_tensor, [1], "c", 0.5)
        assert run_sync(future.ft_async_get([1], "")) == ("c", Status.confidence(0.5))

    def test_forwarded_can_be_set_and_taken_back(self, tmp_path: Path) -> None:
        future = FutureTensor(tmp_path, echo, [2])
        future.ft_forwarded = True
        assert future.ft_forwarded is True
        assert run_sync(future.ft_async_get([0], ""))[1].is_absent
        future.ft_forwarded = False
        assert run_sync(future.ft_async_get([0], ""))[0] == "[0] "

    def test_the_capacity_can_be_set_until_something_is_computed(self, tmp_path: Path) -> None:
        future = FutureTensor(tmp_path, echo, [0])
        future.ft_capacity_shape = [Integer(1), 2]
        assert list(future.ft_static_tensor.shape) == future.ft_capacity_shape == [1, 2]
        future.ft_forward(make_tensor([["a", "b"]], tmp_path))
        future.ft_capacity_shape = [1, 2]
        with pytest.raises(ValueError, match="computed"):
            future.ft_capacity_shape = [3]

    def test_parts_of_what_is_there_are_there(self, tmp_path: Path) -> None:
        future = written(tmp_path, [["a", "b"]], [1, 2])
        parts = [ft_slice(future, [0, slice(1, None)]), ft_unsqueeze(future, dim=0), ft_expand(future, [3, -1])]
        assert [part.ft_forwarded for part in parts] == [True] * 3
        assert [read_texts(part.ft_static_tensor) for part in parts] == [["b"], ["a", "b"], ["a", "b"] * 3]
        assert ft_expand(input=future, target_shape=[Integer(3), 2]).ft_capacity_shape == [3, 2]
        assert not ft_slice(FutureTensor(tmp_path, echo, [2]), [0]).ft_forwarded

    def test_lists_are_no_indices_of_a_future_tensor(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="not a list"):
            ft_slice(written(tmp_path, ["a", "b"], [2]), [[0, 1]])  # type: ignore[list-item]

    def test_an_element_is_replaced_by_the_file_at_a_path(self, tmp_path: Path) -> None:
        future = written(tmp_path / "tensors", ["a", "b"], [2])
        file = tmp_path / "new"
        file.write_text("new")
        future.ft_reset_materialized_value([0], 0.5, str(file))
        future.ft_reset_materialized_value([1], 0.5, str(file), symlink=True)
        file.write_text("newer")
        values = [future.ft_get_materialized_value([at]) for at in range(2)]
        assert [(coefficient, Path(path).read_text()) for coefficient, path in values] == [(0.5, "new"), (0.5, "newer")]
        with pytest.raises(FileNotFoundError, match="text="):
            future.ft_reset_materialized_value([0], 1.0, "a text")

    def test_a_mean_has_the_number_that_is_there(self, tmp_path: Path) -> None:
        future = FutureTensor(tmp_path, echo, [2])
        future.ft_static_tensor.data[0] = 0.5
        future.ft_forwarded = True
        mean = ft_mean(future)
        assert (list(mean.shape), mean.item()) == ([], 0.25)


class TestStatus:
    def test_it_says_what_it_is(self) -> None:
        kinds = [
            Status.confidence(0.5),
            Status.self_confidence_but_failed(0.25),
            Status.kConfidenceNotBounded,
            Status.kContextOverflow,
        ]
        tags = ["confidence", "self_confidence_but_failed", "kConfidenceNotBounded", "kContextOverflow"]
        assert [kind.tag for kind in kinds] == tags
        assert [[getattr(kind, f"is_{tag}") for tag in tags].index(True) for kind in kinds] == [0, 1, 2, 3]
        assert [kind.value for kind in kinds] == [0.5, 0.25, 2.0, 3.0]
        coefficients = [Status.convert_status_to_float(kind) for kind in kinds]
        assert coefficients == [0.5, -0.25, -2.0, -3.0]
        assert [Status.convert_float_to_status(number) for number in coefficients] == kinds

    def test_confidences_are_clamped(self) -> None:
        assert [Status.confidence(value).value for value in (1.5, -0.5)] == [1.0, 0.0]
        assert [Status.self_confidence_but_failed(value).value for value in (0.0, 7)] == [1e-10, 1.0]
        with pytest.raises(ValueError, match="NaN"):
            Status.confidence(float("nan"))

    def test_the_cause_takes_no_part_in_equality(self) -> None:
        one, other = (Status.self_confidence_but_failed(0.5, cause) for cause in ("one", "other"))
        assert one == other
        assert one != Status.self_confidence_but_failed(0.25, "one")

    def test_it_is_not_made_of_a_tag(self) -> None:
        with pytest.raises(TypeError, match=r"Status\.confidence"):
            Status("confidence", 0.5)  # type: ignore[arg-type]


class TestTensors:
    def test_a_list_has_an_item_for_each_dimension(self, tmp_path: Path) -> None:
        tensor = make_tensor([["a", "b"], ["c", "d"]], tmp_path)
        for take in (slice_tensor, slice_view):
            assert read_texts(take(tensor, [0, 1])) == ["b"]
            assert list(take(tensor, [0, 1]).shape) == []
            assert read_texts(take(tensor, [torch.tensor([1, 0]), 0])) == ["c", "a"]
        assert read_texts(tensor.st_view_slicer[[1]]) == ["c", "d"]  # type: ignore[attr-defined]

    def test_frames_are_tuples(self) -> None:
        packed = TextMerger.pack([(0, 1.0, "a\nb"), (2, 0.5, "")])
        assert TextMerger.unpack(packed) == [(0, 1.0, "a\nb"), (2, 0.5, "")]
        assert TextMerger.unpack(packed.rstrip("\n")) == TextMerger.unpack(packed)
        assert packed.count(hdsl.kFrameMarker) == 2
        assert packed.startswith(hdsl.frame_to_str((0, 1.0, "a\nb")))
        assert TextMerger.unpack(" \n") == []

    def test_a_merge_of_nothing_is_absent(self, tmp_path: Path) -> None:
        merged = merge(make_tensor([["a"], [None]], tmp_path), -1)
        assert [text is None for text in read_texts(merged)] == [False, True]
        assert merged.tolist() == [1.0, 0.0]

    def test_shapes_that_differ_are_an_assertion_error_too(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError):
            make_tensor([["a"], ["b", "c"]], tmp_path)
        with pytest.raises(AssertionError):
            assign_tensor(make_tensor(["a"], tmp_path), make_tensor(["a", "b"], tmp_path))

    def test_a_dump_goes_into_an_empty_folder_and_a_folder_without_one_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "dump").mkdir()
        dump_tensor(make_tensor(["a"], tmp_path), tmp_path / "dump")
        assert read_texts(load_tensor(tmp_path / "dump", tmp_path)) == ["a"]
        with pytest.raises(FileExistsError):
            dump_tensor(make_tensor(["a"], tmp_path), tmp_path / "dump")
        (tmp_path / "empty").mkdir()
        with pytest.raises(FileNotFoundError, match="shape"):
            load_tensor(tmp_path / "empty", tmp_path)

    def test_paths_are_paths(self, tmp_path: Path) -> None:
        tensor = make_tensor([["a", None]], tmp_path)
        [[one, none]] = tensor.st_file_paths()  # type: ignore[attr-defined]
        assert (one.read_text(), none) == ("a", None)
        assert [isinstance(path, Path) for path in hdsl.get_nested_list_file_pathes(tensor)[0]] == [True, True]

    def test_a_folder_in_one_text(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.txt").write_text("```\n")
        (tmp_path / "binary").write_bytes(b"\xff")
        packed = pack_dir(tmp_path)
        assert "## File: in/a.txt\n````\n```\n````" in packed
        assert "binary" not in packed
        with pytest.raises(NotADirectoryError):
            pack_dir(tmp_path / "none")


class TestCoordinates:
    def test_nested_lists_become_pairs_and_are_turned_round(self) -> None:
        nested = [[torch.tensor([0, 2]), torch.tensor([0, 0])], [torch.tensor([2]), torch.tensor([0])]]
        pairs = hdsl.convert_nested_list_coordinates_to_pairs_coordinates(nested)
        assert [[int(at) for at in where] for where, _ in pairs] == [[0], [1]]
        turned = hdsl.transpose_pairs_coordinates(pairs)
        readable = [([int(at) for at in target], [column.tolist() for column in sources]) for target, sources in turned]
        assert readable == [([0, 0], [[0]]), ([2, 0], [[0, 1]])]

    def test_one_of_each_group(self) -> None:
        groups = torch.tensor([7, 3, 7, 3, 9])
        for _ in range(10):
            chosen = hdsl.group_random_select(groups)
            assert groups[chosen].tolist() == [3, 7, 9]


class TestExperience:
    def test_rows_are_index_tensors_one_a_dimension(self, tmp_path: Path) -> None:
        indexes, cold = select_qkv_indexes(make_tensor([ROWS], tmp_path), "bye", 1)
        assert ([column.tolist() for column in indexes], cold) == ([[0], [1], [0]], False)

    def test_an_experience_has_any_rank(self, tmp_path: Path) -> None:
        with use_context(RunContext(kernel=NearestKernel(0.1))):
            experience = make_tensor([ROWS, [["", "", ""]] * 2], tmp_path).requires_grad_()
            output, [rows] = st_moe(make_tensor(["bye"], tmp_path), experience, topk=1, skip_query_gen=True)
            get_edit_distance_ratio(output, make_tensor(["ciao\n"], tmp_path)).sum().backward()
        assert [column.tolist() for column in rows] == [[0], [1], [0]]
        StSGD([experience]).step()
        assert read_texts(experience)[5] == "ciao\n"

    def test_padding_is_left_absent_and_nobody_is_asked(self, tmp_path: Path) -> None:
        kernel = ScriptedKernel(lambda request: "answer")
        texts = make_tensor(["a", None, ""], tmp_path)
        texts.data[2] = 0.0
        with use_context(RunContext(kernel=kernel)):
            output, _ = st_moe(texts, make_tensor(ROWS, tmp_path), skip_query_gen=True)
        assert (read_texts(output), output.tolist()) == (["answer", None, None], [1.0, 0.0, 0.0])
        assert len(kernel.requests) == 1

    def test_the_models_keywords_find_the_rows_by_default(self, tmp_path: Path) -> None:
        kernel = ScriptedKernel(lambda request: "bye\nfarewell" if request.kind == "keywords" else "x")
        with use_context(RunContext(kernel=kernel)):
            _, [rows] = st_moe(make_tensor(["see you"], tmp_path), make_tensor(ROWS, tmp_path), topk=1)
        assert rows[0].tolist() == [1]

    def test_a_module_of_a_shape_takes_another_experience(self, tmp_path: Path) -> None:
        module = StMoeModule(experience_shape=[2, 3], topk=1, skip_query_gen=True)
        assert (list(module.experience.shape), module.topk) == ([2, 3], 1)
        module.experience = make_tensor(ROWS, tmp_path)
        with use_context(RunContext(kernel=NearestKernel(0.1))):
            output, rows = module(make_tensor(["hello"], tmp_path))
        assert (read_texts(output), len(rows)) == (["bonjour\n"], 1)
        assert [id(parameter) for parameter in module.parameters()] == [id(module.experience)]

    def test_blank_rows_are_filled_before_rows_are_added(self, tmp_path: Path) -> None:
        with use_context(RunContext(kernel=NearestKernel(0.5))):
            experience = make_tensor([["", "", ""]], tmp_path).requires_grad_()
            optimizer = StSGD([experience])
            asked = ft_make_forwarded(tmp_path, [2], ["hello", "bye"])
            answers = ft_expert(asked, experience, skip_query_gen=True)
            loss = get_edit_distance_ratio(answers, make_tensor(["bonjour", "au revoir"], tmp_path))
            loss.sum().backward()
            optimizer.step()
        assert read_texts(experience)[1:3] == ["hello", "bonjour"]
        assert list(experience.shape) == [2, 3]

    def test_a_task_alone_is_reason_enough_for_a_gradient(self, tmp_path: Path) -> None:
        task = make_tensor(["Translate."], tmp_path).requires_grad_()
        with use_context(RunContext(kernel=ScriptedKernel(lambda request: "x"))):
            answers = ft_expert(ft_make_forwarded(tmp_path, [1], ["a"]), make_tensor(ROWS, tmp_path), task)
            loss = ft_mean(answers)
            assert loss.grad_fn is not None
            loss.backward()
        assert task.grad is not None
        assert task.grad.tolist() == [1.0]

    def test_words_are_gradients(self, tmp_path: Path) -> None:
        kernel = ScriptedKernel(lambda request: "better" if request.correction else "answer")
        with use_context(RunContext(kernel=kernel)):
            experience = make_tensor(ROWS, tmp_path).requires_grad_()
            output, _ = st_moe(make_tensor(["hello"], tmp_path), experience, topk=1, skip_query_gen=True)
            symbolic_grad_registry.register(output.st_tensor_uid, make_tensor(["Be more formal."], tmp_path))
            output.sum().backward()
        assert {request.correction.advice for request in kernel.requests if request.correction} == {"Be more formal."}
        StSGD([experience]).step()
        assert read_texts(experience)[1:3] == ["better", "better"]

    def test_texts_on_a_gradient_are_followed(self, tmp_path: Path) -> None:
        experience = make_tensor(ROWS, tmp_path).requires_grad_()
        better = make_tensor([["hello\ngreeting", "hello", "salut\n"], ROWS[1]], tmp_path)
        experience.grad = hdsl.get_diff_tensor(make_tensor(ROWS, tmp_path), better)
        optimizer = StSGD([experience], lr=0.5)
        optimizer.step()
        assert read_texts(experience)[2] == "salut\n"
        assert optimizer.get_last_step_stats()["applied"] == 1

    def test_prompts_may_be_functions_of_folders(self, tmp_path: Path) -> None:
        seen: list[tuple[str, ...]] = []

        def output_prompt(task: str, workspace: str, rows: str, given: str, output: str) -> str:
            seen.append(tuple(Path(folder).name for folder in (rows, given, output)))
            assert Path(given, "0", "data.txt").read_text() == "hello"
            return f"{task} Read {given}."

        kernel = ScriptedKernel(lambda request: "x")
        with use_context(RunContext(kernel=kernel)):
            st_moe(make_tensor(["hello"], tmp_path), make_tensor(ROWS, tmp_path), output_prompt=output_prompt,
                   task_prompt="Do.", topk=1, skip_query_gen=True)  # fmt: skip
        assert seen == [("const_experiance_view", "const_input_view", "mutable_output_dir")]
        [request] = kernel.requests
        assert request.task.startswith("Do. Read ./const_input_view.")
        assert "## File: const_experiance_view/0/2/data.txt\n```\nbonjour\n```" in request.task


class TestLoops:
    def test_outputs_accumulate_from_nothing(self, tmp_path: Path) -> None:
        async def fail(coordinates: list[int], prompt: str) -> tuple[str, Status]:
            return f"{coordinates[-1]}", Status.self_confidence_but_failed(0.5)

        joined: list[tuple[str, str]] = []

        def accumulate(so_far: str, text: str) -> str:
            joined.append((so_far, text))
            return so_far + text

        loop = ft_recurrent(FutureTensor(tmp_path, fail, [3]), accumulate_output=accumulate)
        assert run_sync(loop.ft_async_get([], ""))[0] == "012"
        assert joined[0] == ("", "0")

    def test_of_equally_sure_turns_the_first_is_the_result(self, tmp_path: Path) -> None:
        async def fail(coordinates: list[int], prompt: str) -> tuple[str, Status]:
            return f"{coordinates[-1]}", Status.self_confidence_but_failed([0.2, 0.7, 0.7][coordinates[-1]])

        loop = ft_recurrent(FutureTensor(tmp_path, fail, [3]), topk_self_confidence_but_failed=2, task_prompt="Do.")
        assert run_sync(loop.ft_async_get([], ""))[0] == "1"

    def test_a_pattern_may_be_a_future_tensor(self, tmp_path: Path) -> None:
        screen = ft_make_forwarded(tmp_path, [2], ["a\n$", "b"])
        shown = ft_ps1_shows_up(ft_make_forwarded(tmp_path, [1], [r"\$\s*$"]), screen)
        assert [run_sync(shown.ft_async_get([at], ""))[0] for at in range(2)] == ["true", "false"]


class TestNames:
    def test_classes_apply_what_the_functions_do(self, tmp_path: Path) -> None:
        tensor = make_tensor([["a", "b"]], tmp_path)
        assert read_texts(hdsl.Merge.apply(tensor, -1)) == read_texts(merge(tensor, -1))
        assert issubclass(hdsl.FtRecurrent, torch.autograd.Function)
        assert hdsl.FtUnsqueeze.apply(written(tmp_path, ["a"], [1]), 0).ft_capacity_shape == [1, 1]

    def test_old_keywords_are_taken(self, tmp_path: Path) -> None:
        tensor = make_tensor(["a"], tmp_path)
        assert len(hdsl.fork_tensor(tensor, num_outputs=3, task_prompt="", llm_method="raw_llm_api", llm_env=None)) == 3
        wanted = {
            hdsl.st_attention: {"return_view", "grad_input_prompt", "task_prompt", "llm_method", "llm_env"},
            hdsl.ft_recurrent: {"topk_self_confidence_but_failed", "step_budget", "llm_env", "accumulate_output"},
            hdsl.ft_expert: {"task_prompt_st", "output_prompt", "llm_method", "llm_env", "skip_query_gen"},
            hdsl.ft_tmux_speculative_complete: {"sep"},
        }
        for function, names in wanted.items():
            assert names <= set(inspect.signature(function).parameters)

    @pytest.mark.parametrize("name", ["coding_agent", "coding_agent_query"])
    def test_what_is_not_there_yet_says_so_when_it_is_used(self, name: str) -> None:
        with pytest.raises(NotImplementedError, match=f"{name} is not implemented yet"):
            getattr(hdsl, name)()

    @pytest.mark.parametrize("call", [hdsl.st_moe, hdsl.get_query_tensor])
    def test_a_coding_agent_that_is_not_installed_is_named(
        self, tmp_path: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "claude_agent_sdk", None)
        given = [make_tensor(["a"], tmp_path), make_tensor(ROWS, tmp_path)][: 2 if call is hdsl.st_moe else 1]
        with pytest.raises(SettingsError, match=r"hdsl\[agent\]"):
            call(*given, llm_method="coding_agent")

    def test_the_page_on_porting_names_only_what_there_is(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "porting.md").read_text(encoding="utf-8")
        named = {word for line in page.splitlines() if line.startswith("|") for word in line.split("`")[1::2]}
        functions = {word for word in named if word.isidentifier() and word in hdsl.__all__}
        assert {"ft_slice", "st_moe", "merge", "StSGD", "pack_dir"} <= functions
        assert all(hasattr(hdsl, name) for name in functions)

"""The operations that ask the kernel: what they ask, what they make of the answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from hdsl.future.context import BudgetSpent, PullRecord, RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY, Trajectory
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer, KernelUnreachable, Label, Request, Row, Turn
from hdsl.ops.element import apply_operation
from hdsl.ops.expert import expert, ft_build_expert_context, ft_expert
from hdsl.ops.keywords import keywords
from hdsl.ops.llm import ft_llm_call, llm
from hdsl.ops.retrieve import ft_retrieve_experience, retrieve
from hdsl.ops.rows import rows_of
from hdsl.ops.site import Site
from hdsl.tensor.make import make_none_tensor, make_tensor
from hdsl.tensor.text_tensor import write_text
from tests.servers.scripted_kernel import CountingMeter, ScriptedKernel, failed, leaf

ROWS = [
    ["print hello $", "$ ", "text:echo hello"],
    ["list files $", "$ ", "text:ls"],
    ["typed $ echo hello", "$ echo hello", "key:Enter"],
]
LABELS = (Label("text:", "type"), Label("key:", "press"))


class Records:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.pulls: list[PullRecord] = []

    def on_pull(self, record: PullRecord) -> None:
        self.pulls.append(record)


@pytest.fixture
def context() -> Iterator[RunContext]:
    made = RunContext(kernel=ScriptedKernel("text:ok"), meter=CountingMeter(), recorder=Records())
    with use_context(made):
        yield made


def pull(tensor: FutureTensor, *coordinates: int, trajectory: Trajectory = NO_TRAJECTORY) -> Element:
    return run_sync(tensor.ft_async_get(coordinates, trajectory))


def requests(context: RunContext) -> list[Request]:
    assert isinstance(context.kernel, ScriptedKernel)
    return context.kernel.requests


def test_an_expert_asks_with_task_goal_turns_rows_and_labels(tmp_path: Path, context: RunContext) -> None:
    memory = make_tensor(ROWS, tmp_path)
    site = Site(name="decide", shape=(1,), labels=LABELS, input_labels=((), ()), sessions=(False, False))
    node = apply_operation(expert, [leaf(tmp_path, ["$ "]), memory], {"task": "Decide.", "topk": 2}, site)
    trajectory = NO_TRAJECTORY.enter("print hello", 3).after(0, Turn("$ x", True, "not yet"))
    assert pull(node, 0, trajectory=trajectory) == ("text:ok", Status.confidence(1.0))
    [request] = requests(context)
    assert (request.kind, request.input, request.task, request.goal) == ("expert", "$ ", "Decide.", "print hello")
    assert request.trajectory == (Turn("$ x", True, "not yet"),)
    assert request.labels == LABELS
    assert [row.value for row in request.rows] == ["text:echo hello", "key:Enter"]


def test_calls_are_charged_counted_and_attributed(tmp_path: Path, context: RunContext) -> None:
    node = apply_operation(llm, [leaf(tmp_path, ["a", "b"])], {}, Site(name="answer"))
    node.ft_forward()
    meter, recorder = context.meter, context.recorder
    assert isinstance(meter, CountingMeter) and isinstance(recorder, Records)
    assert meter.charged == ["answer", "answer"]
    assert (meter.spent.calls, meter.spent.prompt_tokens) == (2, 10)
    assert [record.usage.prompt_tokens for record in recorder.pulls if record.node == "answer"] == [5, 5]


def test_a_spent_budget_ends_the_run(tmp_path: Path) -> None:
    kernel = ScriptedKernel("x")
    with use_context(RunContext(kernel=kernel, meter=CountingMeter(budget=1))):
        node = apply_operation(llm, [leaf(tmp_path, ["a", "b"])], {}, Site(name="answer"))
    assert pull(node, 0)[0] == "x"
    with pytest.raises(BudgetSpent):
        pull(node, 1)
    assert len(kernel.requests) == 1


def test_an_unreachable_kernel_ends_the_run(tmp_path: Path) -> None:
    def gone(request: Request) -> str:
        raise KernelUnreachable("gone")

    for kernel in (ScriptedKernel(gone), None):
        with use_context(RunContext(kernel=kernel)):
            node = apply_operation(llm, [leaf(tmp_path, ["a"])], {}, Site())
        with pytest.raises(KernelUnreachable):
            pull(node, 0)


@pytest.mark.parametrize("answer", ["type it", "texts:x", ""])
def test_an_answer_outside_the_labels_has_failed_with_the_answer_as_text(tmp_path: Path, answer: str) -> None:
    with use_context(RunContext(kernel=ScriptedKernel(answer))):
        node = expert(leaf(tmp_path, ["$ "]), make_tensor(ROWS, tmp_path), site=Site(labels=LABELS))
    text, status = pull(node, 0)
    assert text == answer
    assert status.failed
    assert "'text:', 'key:'" in status.cause


def test_a_refused_answer_has_failed_with_its_cause(tmp_path: Path) -> None:
    answers = {"r": Answer("half", "cut"), "o": Answer("", "too long", overflowed=True)}
    with use_context(RunContext(kernel=ScriptedKernel(lambda request: answers[request.input]))):
        node = apply_operation(llm, [leaf(tmp_path, ["r", "o"])], {}, Site())
    assert pull(node, 0) == ("half", Status.failed_because("cut"))
    _, overflowed = pull(node, 1)
    assert overflowed.coefficient == Status.kContextOverflow.coefficient
    assert overflowed.cause == "too long"


def test_a_failed_input_is_not_asked_about(tmp_path: Path, context: RunContext) -> None:
    node = expert(leaf(tmp_path, [failed("seen", "why")]), make_tensor(ROWS, tmp_path), site=Site())
    assert pull(node, 0) == failed("seen", "why")
    assert requests(context) == []


def test_the_kernel_is_asked_without_experience_too(tmp_path: Path, context: RunContext) -> None:
    for memory in (make_none_tensor([0, 3], tmp_path), make_none_tensor([4, 3], tmp_path), make_tensor([], tmp_path)):
        assert pull(expert(leaf(tmp_path, ["$ "]), memory, site=Site()), 0)[0] == "text:ok"
        assert requests(context)[-1].rows == ()


def test_what_is_no_experience_is_an_error_when_the_graph_is_built(tmp_path: Path) -> None:
    x = leaf(tmp_path, ["$ "])
    for operation in (expert, retrieve):
        with pytest.raises(ValueError, match=r"\[N, 3\], not \[2\]"):
            operation(x, make_tensor(["a", "b"], tmp_path), site=Site())
    with pytest.raises(TypeError):
        ft_expert(x, torch.zeros(2, 3))


def test_rows_are_those_of_now(tmp_path: Path, context: RunContext) -> None:
    memory = make_tensor(ROWS, tmp_path)
    node = expert(leaf(tmp_path, ["print hello $", "print hello $"]), memory, topk=1, site=Site())
    pull(node, 0)
    write_text(memory, 2, "text:printf hello")
    pull(node, 1)
    assert [request.rows[0].value for request in requests(context)] == ["text:echo hello", "text:printf hello"]


def test_absent_elements_are_empty_and_a_row_without_value_is_not_found(tmp_path: Path, context: RunContext) -> None:
    memory = make_tensor([["a", None, "x"], ["a b", "k", None]], tmp_path)
    assert rows_of(memory) == (Row("a", "", "x"), Row("a b", "k", ""))
    pull(expert(leaf(tmp_path, ["a b"]), memory, site=Site()), 0)
    assert [row.value for row in requests(context)[0].rows] == ["x"]


def test_every_coordinate_and_node_has_its_own_seed_the_same_each_run(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        kernel = ScriptedKernel("x")
        with use_context(RunContext(kernel=kernel)):
            for name in ("one", "two"):
                apply_operation(llm, [leaf(tmp_path, ["a", "a"])], {}, Site(name=name)).ft_forward()
        seen.append({request.seed for request in kernel.requests})
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4
    assert all(0 <= seed < 2**31 for seed in seen[0])


def test_an_expert_that_is_asked_with_keywords_compares_lines(tmp_path: Path) -> None:
    def script(request: Request) -> str:
        return "print date\nclock" if request.kind == "keywords" else "done"

    kernel = ScriptedKernel(script)
    memory = make_tensor([["print\ndate\n", "", "words"], ["print date\ntime\n", "", "lines"]], tmp_path)
    with use_context(RunContext(kernel=kernel)):
        words = apply_operation(keywords, [leaf(tmp_path, ["print the date"])], {}, Site(name="words"))
        node = apply_operation(expert, [words, memory], {"topk": 1}, Site(name="answer"))
    pull(node, 0)
    assert [request.kind for request in kernel.requests] == ["keywords", "expert"]
    assert [row.value for row in kernel.requests[1].rows] == ["lines"]


def test_retrieve_shows_query_key_and_value(tmp_path: Path, context: RunContext) -> None:
    node = retrieve(leaf(tmp_path, ["print hello $"]), make_tensor(ROWS, tmp_path), topk=1, site=Site())
    text, _ = pull(node, 0)
    assert all(part in text for part in ("print hello $", "<key>\n$ \n</key>", "text:echo hello"))
    assert "text:ls" not in text
    assert requests(context) == []


def test_two_experts_in_a_chain_with_the_nearest_kernel(tmp_path: Path) -> None:
    decide = make_tensor([["prompt $", "$ ", "text:print hello"]], tmp_path)
    act = make_tensor(
        [["text print hello", "text:print hello", "echo hello"], ["key enter", "key:Enter", "Enter"]], tmp_path
    )
    with use_context(RunContext(kernel=NearestKernel(0.5))):
        action = expert(leaf(tmp_path, ["$ "]), decide, site=Site(labels=LABELS))
        node = expert(action, act, site=Site())
    assert pull(node, 0) == ("echo hello", Status.confidence(1.0))


class TestByHand:
    """The names and the argument order that the framework's users know."""

    def test_ft_expert_with_a_task_of_each_form(self, tmp_path: Path, context: RunContext) -> None:
        memory = make_tensor(ROWS, tmp_path)
        tasks = ["Do.", make_tensor("Do.", tmp_path), make_tensor(["Do."], tmp_path), leaf(tmp_path, ["Do."])]
        for task in tasks:
            node = ft_expert(leaf(tmp_path, ["print hello $"]), memory, task, None, 2, skip_query_gen=True)
            assert pull(node, 0)[0] == "text:ok"
        assert [request.task for request in requests(context)] == ["Do."] * 4
        assert [len(request.rows) for request in requests(context)] == [2] * 4

    def test_ft_expert_with_a_prompt_of_ones_own(self, tmp_path: Path, context: RunContext) -> None:
        def prompt(task: str, examples: str, text: str, trajectory: str) -> str:
            return f"{task}|{'text:echo hello' in examples}|{text}|{trajectory}"

        node = ft_expert(
            leaf(tmp_path, ["$ "]), make_tensor(ROWS, tmp_path), "Do.", prompt, topk=2, skip_query_gen=True
        )
        assert pull(node, 0, trajectory=NO_TRAJECTORY.enter("hello", 3))[0] == "text:ok"
        [request] = requests(context)
        assert (request.kind, request.task, request.input, request.rows) == ("llm", "Do.|True|$ |hello", "", ())

    def test_the_three_parts_in_a_chain(self, tmp_path: Path, context: RunContext) -> None:
        x = leaf(tmp_path, ["$ "])
        rows = ft_retrieve_experience(x, make_tensor(ROWS, tmp_path), 1, skip_query_gen=True)
        prompt = ft_build_expert_context(x, rows, make_tensor("Do.", tmp_path))
        assert pull(ft_llm_call(prompt), 0)[0] == "text:ok"
        shown = requests(context)[0].task
        assert [part in shown for part in ("Do.", "<examples>", "<value>", "<input>\n$ \n</input>")] == [True] * 4

    def test_a_retrieval_method_of_ones_own(self, tmp_path: Path, context: RunContext) -> None:
        memory = make_tensor(ROWS, tmp_path)

        def lists(text: str, query: str) -> float:
            return float("list" in query)

        node = ft_expert(leaf(tmp_path, ["x"]), memory, "", None, 1, lists, skip_query_gen=True)
        pull(node, 0)
        assert [row.value for row in requests(context)[0].rows] == ["text:ls"]
        rows = ft_retrieve_experience(leaf(tmp_path, ["x"]), memory, 1, lists, skip_query_gen=True)
        assert "text:ls" in pull(rows, 0)[0]

    def test_generated_keywords_find_the_rows(self, tmp_path: Path) -> None:
        kernel = ScriptedKernel(lambda request: "list\nfiles" if request.kind == "keywords" else "done")
        with use_context(RunContext(kernel=kernel)):
            node = ft_expert(leaf(tmp_path, ["show all"]), make_tensor(ROWS, tmp_path), topk=1, skip_query_gen=False)
        pull(node, 0)
        assert (kernel.requests[1].input, kernel.requests[1].rows[0].value) == ("show all", "text:ls")

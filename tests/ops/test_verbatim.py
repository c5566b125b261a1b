"""`expert(…, verbatim=true)`: the answer is the value of a row that was shown, whoever answers and however."""

import json
from pathlib import Path

import pytest

from hdsl.future.context import RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY
from hdsl.ground.secrets import Redactor
from hdsl.kernel.prompt import FORMS, render
from hdsl.kernel.request import Answer, Label, Request, Turn
from hdsl.ops.element import apply_operation
from hdsl.ops.expert import expert
from hdsl.ops.site import Site
from hdsl.tensor.make import make_none_tensor, make_tensor
from tests.commands import hdsl
from tests.servers.enforcing import enforcing, refusing
from tests.servers.scripted_kernel import CountingMeter, ScriptedKernel, leaf
from tests.servers.scripted_openai import Body, Reply, ScriptedServer

VALUES = ("ls", "ls -la", "if x:", "cat a.txt\nwc -l a.txt", '{"name": "a"}', "text:", " echo 'ü' ")
ROWS = [[f"case {number} of all", f"case {number}", value] for number, value in enumerate(VALUES)]


def answered(folder: Path, kernel: ScriptedKernel, site: Site | None = None, topk: int = 16) -> Element:
    with use_context(RunContext(kernel=kernel, meter=CountingMeter())):
        options = {"task": "Say it.", "topk": topk, "verbatim": True}
        node = apply_operation(expert, [leaf(folder, ["case 0 of all"]), make_tensor(ROWS, folder)], options, site)
    trajectory = NO_TRAJECTORY.enter("all of it", 3).after(0, Turn("earlier", True))
    return run_sync(node.ft_async_get((0,), trajectory))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("around", ["{}", "\n{}\n", "`{}`", "```\n{}\n```", "**{}**"])
def test_the_value_of_a_row_is_an_answer_whatever_stands_around_it(value: str, around: str, tmp_path: Path) -> None:
    kernel = ScriptedKernel(around.format(value.strip()))
    assert answered(tmp_path, kernel, Site("act")) == (value, Status.confidence(1.0))
    assert len(kernel.requests) == 1


@pytest.mark.parametrize("said", ["rm -rf /", "ls -l", "LS", "ls; rm a", "if x: y", "text:ls", "ls or ls -la", ""])
def test_anything_else_is_asked_for_again_and_then_fails(said: str, tmp_path: Path) -> None:
    site = Site("act", labels=(Label("text:"), Label("ls")), retries=1)  # what its type admits does not matter
    text, status = answered(tmp_path, kernel := ScriptedKernel(said), site)
    assert (text, status.failed) == (said, True)
    assert status.cause == "the answer is none of the 7 that it may be"
    [rejection] = kernel.requests[1].rejected
    assert "Repeat the answer of one of the examples" in rejection.reason


def test_values_of_rows_that_are_not_shown_are_no_answers(tmp_path: Path) -> None:
    _, status = answered(tmp_path, ScriptedKernel("if x:"), Site("act", retries=0), topk=1)
    assert status.failed
    assert answered(tmp_path, ScriptedKernel("ls"), Site("act"), topk=1) == ("ls", Status.confidence(1.0))


def test_it_is_asked_with_goal_and_input_and_each_value_once(tmp_path: Path) -> None:
    kernel = ScriptedKernel("ls")
    memory = make_tensor([*ROWS, ["case 9", "case 9", "ls\n"]], tmp_path)
    with use_context(RunContext(kernel=kernel)):
        node = expert(leaf(tmp_path, ["case"]), memory, verbatim=True, site=Site("act"))
    trajectory = NO_TRAJECTORY.enter("all of it", 3).after(0, Turn("earlier", True))
    assert run_sync(node.ft_async_get((0,), trajectory))[0] == "ls"
    [request] = kernel.requests
    assert (request.goal, request.trajectory, request.positions) == ("all of it", (), ())
    assert request.wanted is not None and len(request.rows) == len(VALUES) + 1
    assert sorted(request.wanted.texts) == sorted(VALUES)  # type: ignore[union-attr]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("held", [True, False])
def test_the_prompt_has_each_value_once_and_says_that_it_is_to_be_repeated(
    form: str, held: bool, tmp_path: Path
) -> None:
    answered(tmp_path, kernel := ScriptedKernel("ls"), Site("act"))
    prompt = render(kernel.requests[0], form, held_to_labels=held)
    assert "repeat it word for word" in prompt.system
    assert "adapt" not in prompt.system
    assert sum(message.content.count("cat a.txt") for message in prompt.messages) == 1


@pytest.mark.parametrize("topk", [0, 16])
def test_without_a_row_it_fails_and_nobody_is_asked(topk: int, tmp_path: Path) -> None:
    kernel = ScriptedKernel("ls")
    memory = make_none_tensor([0, 3], tmp_path) if topk else make_tensor(ROWS, tmp_path)
    with use_context(RunContext(kernel=kernel, meter=CountingMeter(budget=0))):
        node = expert(leaf(tmp_path, ["case"]), memory, topk=topk, verbatim=True, site=Site())
    text, status = run_sync(node.ft_async_get((0,)))
    assert (text, status.failed, kernel.requests) == ("", True, [])
    assert "no row was found" in status.cause


def test_a_secret_in_a_row_stays_one(tmp_path: Path) -> None:
    def script(request: Request) -> str:
        return request.rows[0].value

    kernel = ScriptedKernel(script)
    memory = make_tensor([["log in", "log in", "login --with hunter2hunter2"]], tmp_path)
    with use_context(RunContext(kernel=kernel, redactor=Redactor(["hunter2hunter2"]))):
        node = expert(leaf(tmp_path, ["log in"]), memory, verbatim=True, site=Site())
    text, status = run_sync(node.ft_async_get((0,)))
    assert not status.failed
    assert "hunter2" not in text + kernel.requests[0].rows[0].value


HARNESS = """hdsl 1

experience act: text -> text = [
  ("list the files", "list the files", "ls -la"),
  ("begin the condition", "begin the condition", "if x:"),
]

harness say(step: text[B]) -> text[B] {
  said: text[B] = expert(step, act, verbatim=true)
  return said
}
"""


def lying(body: Body) -> Reply | str:
    return "rm -rf /"


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        (enforcing("response_format", "if x:"), 0, "if x:"),
        (refusing("response_format", answer="ls -la"), 0, "ls -la"),
        (refusing("response_format", "structured_outputs", "guided_choice", "grammar", answer="`if x:`"), 0, "if x:"),
        (lying, 3, ""),
    ],
    ids=["enforces JSON", "enforces a choice", "enforces nothing", "says something else"],
)
def test_any_server_answers_with_a_row_or_the_element_fails(script, code, said, tmp_path: Path) -> None:
    (tmp_path / "say.hg").write_text(HARNESS)
    with ScriptedServer(script) as server:
        environment = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none", "HDSL_MODEL": "m"}
        words = ("run", "say.hg", "--kernel", "openai", "--step", "begin the condition")
        ended = hdsl(*words, folder=tmp_path, environment=environment)
    assert ended.code == code
    assert code or ended.out.strip() == said


def test_an_answer_that_no_row_has_is_learned_from_nothing(tmp_path: Path) -> None:
    rows = HARNESS[HARNESS.index("[\n") : HARNESS.index("]\n\n") + 1]
    train = '\ntrain say {\n  data = load("data.jsonl")\n  loss = exact_match\n  epochs = 2\n  valid = 0\n}\n'
    (tmp_path / "say.hg").write_text(HARNESS.replace(rows, "[]") + train)
    examples = [{"step": "list the files", "expected": "ls -la"}, {"step": "begin the condition", "expected": "if x:"}]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(each) + "\n" for each in examples))
    trained = hdsl("train", "say.hg", folder=tmp_path)
    assert trained.code == 0, trained.err
    assert "act: 2 rows added" in trained.out
    assert hdsl("run", "say.hg", "--step", "begin the condition", folder=tmp_path).out.strip() == "if x:"


def test_a_cut_or_refused_answer_keeps_its_cause(tmp_path: Path) -> None:
    kernel = ScriptedKernel(lambda request: Answer("", "the model refused"))
    assert answered(tmp_path, kernel, Site("act"))[1].cause == "the model refused"

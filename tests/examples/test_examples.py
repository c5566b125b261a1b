"""Each example, as its README runs it, on a real tmux: with the embedded kernel and with a model server."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Ended, hdsl, newest_run, until
from tests.examples.readmes import readme_command
from tests.servers.models import coder_model, reached, router_model, user
from tests.servers.nobody import port_of_nobody
from tests.servers.scripted_openai import Reply, ScriptedServer

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

NOT_COVERED = [
    "delete everything",
    "print the date",
    "print goodbye world",
    "print hello world in red",
    "do not print hello world",
    "say hello world",
    "print README.md",
    "remove README.md",
    "list files",
    "rm -rf /",
    "печатай привет",
]


def test_the_coder_prints_hello_world(said_hello: Ended) -> None:
    assert said_hello.code == 0
    (element,) = said_hello.json["result"]
    assert "hello world" in element["text"].splitlines()
    assert (element["failed"], element["cause"]) == (False, "")


def test_the_coder_tells_its_story_on_stderr(said_hello: Ended) -> None:
    assert said_hello.err.splitlines()[0].startswith("coder: 4 model calls")
    assert "  wrote  done.typed [0, 0]: echo hello world" in said_hello.err.splitlines()
    assert "  judged done.checked [0, 0]: failed: the prompt is not empty" in said_hello.err.splitlines()
    assert "  judged done.checked [0, 1]: passed" in said_hello.err.splitlines()


def test_the_coder_counts_lines(examples: Path) -> None:
    ended = hdsl("run", "coder.hg", "--task", "count the lines of README.md", folder=examples / "coder")
    assert ended.code == 0
    assert "3 README.md" in ended.out.splitlines()


@pytest.mark.parametrize("task", NOT_COVERED)
def test_the_coder_does_nothing_for_a_task_it_does_not_know(examples: Path, task: str) -> None:
    ended = hdsl("run", "coder.hg", "--task", task, "--json", folder=examples / "coder")
    assert ended.code == 3
    assert ended.json["usage"]["calls"] == 10
    assert "nearest_min" in ended.json["result"][0]["cause"]
    assert "wrote" not in ended.err


@pytest.mark.slow
def test_the_debugger_mends_the_program(examples: Path) -> None:
    project = examples / "debugger" / "project"
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert subprocess.run(tests, cwd=project, capture_output=True).returncode == 1
    folder, words = readme_command("debugger", examples)
    assert folder == project
    ended = hdsl(*words, folder=folder)
    assert ended.code == 0
    assert subprocess.run(tests, cwd=project, capture_output=True).returncode == 0
    assert "return a + b" in (project / "calculator.py").read_text(encoding="utf-8")


def test_the_deployer_waits_for_a_healthy_service_that_ends_with_the_run(examples: Path) -> None:
    folder, words = readme_command("deployer", examples)
    ended = hdsl(*words, folder=folder)
    assert ended.code == 0
    assert "service started" in ended.out
    port = int((folder / "service.port").read_text(encoding="utf-8"))
    assert until(lambda: not is_served(port))


def test_the_router_answers_a_batch(examples: Path) -> None:
    folder, words = readme_command("router", examples)
    ended = hdsl(*words, "--question", "The program crashes at start", folder=folder)
    assert ended.code == 0
    refund, job, crash = ended.out.splitlines()
    assert "refund back the way it came" in refund
    assert "--verbose" in crash
    assert job == "A colleague will read this: May I apply for a job?"


def test_the_tests_in_the_examples_pass(examples: Path) -> None:
    ended = hdsl("test", "examples", folder=examples.parent)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(" passed, 0 failed\n")


def test_the_coder_runs_on_a_model_server(examples: Path) -> None:
    with ScriptedServer(coder_model) as server:
        words = ["run", "coder.hg", "--task", "greet me", "--kernel", "openai", "--json"]
        ended = hdsl(*words, folder=examples / "coder", environment=reached(server.url))
    assert ended.code == 0
    assert "good day" in ended.json["result"][0]["text"].splitlines()
    assert ended.json["usage"]["calls"] == len(server.requests) == 4
    assert ended.json["usage"]["prompt_tokens"] > 0
    assert "<goal>\ngreet me\n</goal>" in server.prompts()[0]
    assert '<turn number="1" of="10" result="failed">' in server.prompts()[2]
    assert "the prompt is not empty" in server.prompts()[2]


def test_the_router_runs_on_a_model_server(examples: Path) -> None:
    with ScriptedServer(router_model) as server:
        words = ["run", "router.hg", "--question", "My bill?", "--question", "It smokes", "--kernel", "openai"]
        ended = hdsl(*words, folder=examples / "router", environment=reached(server.url))
    assert (ended.code, ended.out) == (0, "We look at the bill.\nUnplug it.\n")
    assert len(server.requests) == 4


def test_a_label_that_the_desk_does_not_have_fails_that_question_alone(examples: Path) -> None:
    with ScriptedServer(lambda body: "legal" if "My bill?" in user(body) else router_model(body)) as server:
        words = ["run", "router.hg", "--question", "My bill?", "--question", "It smokes", "--json"]
        ended = hdsl(*words, "--kernel", "openai", folder=examples / "router", environment=reached(server.url))
    assert ended.code == 3
    refused, answered = ended.json["result"]
    assert (refused["failed"], refused["text"]) == (True, "legal")
    assert "'billing', 'technical', 'people'" in refused["cause"]
    assert (answered["failed"], answered["text"]) == (False, "Unplug it.")


def test_a_server_that_is_down_is_said_in_one_sentence(examples: Path) -> None:
    words = ["run", "router.hg", "--question", "My bill?", "--kernel", "openai"]
    with port_of_nobody() as port:
        url = f"http://127.0.0.1:{port}/v1"
        ended = hdsl(*words, folder=examples / "router", environment={**reached(url), "HDSL_RETRIES": "0"})
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith(f"hdsl run: the model server at {url} (model 'scripted') does not answer")
    run = newest_run(examples / "router").json
    assert (run["state"], run["exit"]) == ("kernel unreachable", 5)


def test_a_run_that_can_cost_more_than_its_budget_does_not_start(examples: Path) -> None:
    runs = examples / "coder" / "runs"
    runs.mkdir(exist_ok=True)
    before = sorted(runs.iterdir())
    ended = hdsl("run", "coder.hg", "--task", "print hello world", "--T", "30", folder=examples / "coder")
    assert ended == Ended(4, "", "hdsl run: the budget is 20 model calls, and with T=30 it can come to 60\n")
    assert sorted(runs.iterdir()) == before


def test_spent_seconds_end_the_run(examples: Path, tmp_path: Path) -> None:
    answers = "harness answers(line: text[B]) -> text[B] {\n  budget(seconds=1)\n\n  out: text[B] = llm(line)\n"
    (tmp_path / "answers.hg").write_text(f"hdsl 1\n\n{answers}  return out\n}}\n", encoding="utf-8")
    with ScriptedServer(lambda body: Reply("late", delay=30.0)) as server:
        words = ["run", "answers.hg", "--line", "x", "--kernel", "openai"]
        ended = hdsl(*words, folder=tmp_path, environment=reached(server.url))
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.splitlines()[0] == "hdsl run: the budget is spent: 1 s"
    run = newest_run(tmp_path).json
    assert (run["state"], run["exit"]) == ("stopped by a budget", 4)


def is_served(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

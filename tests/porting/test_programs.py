"""Nine programs in the manner of the framework run with an import line of ours, on real tmux and a real HTTP server."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.servers.scripted_openai import ScriptedServer

PROGRAMS = Path(__file__).parent / "programs"
TERMINAL = ("hardcoded_coder", "flexible_coder", "model_driven_coder", "read_evaluate_coder")
OTHERS = ("translation", "attention_as_mixture", "attention_against_program", "gain", "transform_time")

pytestmark = pytest.mark.slow
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


def framed(name: str, text: str) -> list[str]:
    return re.findall(rf"<{name}>\n(.*?)\n</{name}>", text, re.DOTALL)


def model(body: Mapping[str, Any]) -> str:
    """Answers as a patient model would: what is expected, what the nearest row says, the next key."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    if "\n\nTerminal:\n" in prompt:
        return "T echo taught hello\nC Enter" if "echo taught hello" in framed_examples(prompt) else "C C-l"
    if "what to do next" in prompt:
        return "ctrl:run it" if came_in(body).rstrip().endswith("hello") else "text:type a command"
    if "exactly what to type" in prompt:
        return "Enter" if came_in(body).startswith("ctrl") else "echo model hello"
    if "The keywords:" in prompt:
        return "\n".join(came_in(body).split())
    expected = framed("expected", prompt)
    if expected:
        return expected[0]
    answered = [message["content"] for message in body["messages"] if message["role"] == "assistant"]
    return answered[-1] if answered else "nothing"


def came_in(body: Mapping[str, Any]) -> str:
    """The input of a question, which may be all of it."""
    question = body["messages"][-1]["content"]
    return (framed("input", question) or [question])[-1]


def framed_examples(prompt: str) -> str:
    return prompt.partition("Examples:")[2].partition("Terminal:")[0]


def run(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    with ScriptedServer(model) as server:
        environment = {
            "HDSL_KERNEL": "openai",
            "HDSL_MODEL": "scripted",
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "none",
        }
        return warm.run([str(PROGRAMS / f"{name}.py")], folder, environment)


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=needs_tmux) for name in TERMINAL), *OTHERS])
def test_the_program_runs(name: str, tmp_path: Path) -> None:
    ended = run(name, tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == "done"


def test_the_programs_import_nothing_of_ours_but_by_one_line() -> None:
    for path in PROGRAMS.glob("*.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "hdsl" in line]
        assert lines == ["from hdsl import ("]
    assert {path.stem for path in PROGRAMS.glob("*.py")} == {*TERMINAL, *OTHERS}

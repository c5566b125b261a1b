"""`hdsl compile --emit python`: every harness of every example gives the same trace as `hdsl run` does."""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.record_examples import RUNS, recording_of
from hdsl.adapt.harness_tool import text_inputs
from hdsl.check.entry import checked_module, programs_to_run
from hdsl.cli.emitted import main
from hdsl.cli.inputs import given_of
from hdsl.configuration.settings import load_settings
from hdsl.graph.program import Program
from hdsl.kernel.registry import make_kernel
from hdsl.run.runner import Outcome, run_program, run_runnable
from tests.commands import REPOSITORY, Recorded, hdsl

EXAMPLES = REPOSITORY / "examples"
FILES = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.hg"))
WORDS: Mapping[str, tuple[str, ...]] = {
    "coder": ("--task", "print hello world"),
    "debugger": ("--failure", "a zebra", "--T", "2"),
    "rollback": ("--version", "2.0"),
    "assist": ("--question", "Find the opening hours.", "--question", "What is 6 times 7?", "--question", "zebra"),
}
"""What a harness is given where it is neither recorded nor content with any text."""


def emitted(folder: Path, file: str, program: Program) -> ModuleType:
    out = folder / f"emitted_{program.name}.py"
    ended = hdsl("compile", file, "--harness", program.name, "--emit", "python", "--out", str(out), folder=folder)
    assert ended.code == 0, ended.err
    specification = importlib.util.spec_from_file_location(out.stem, out)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def trace_of(program: Program, outcome: Outcome) -> list[Any]:
    """What each evaluation came to; handles of sessions are other ones in each run."""
    run = Recorded(outcome.folder)
    sessions = {node.path for node in program.nodes.values() if node.type.kind == "session"}
    return sorted(
        (
            each["node"],
            each["coordinates"],
            each["status"],
            each.get("cause", ""),
            "" if each["node"] in sessions else run.text(each),
        )
        for each in run.trace
    )


@pytest.mark.parametrize("file", FILES)
def test_each_example_gives_the_same_trace(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("runs"))
    kernel = f"replay:{recording_of(file)}" if file in RUNS else "nearest"
    _, module = checked_module(folder / file, str(folder / file))
    for program in programs_to_run(module):
        place = "rollback" if program.name == "rollback" else "."
        words = RUNS.get(file) or WORDS.get(program.name) or _any_words(program)
        settings = load_settings(folder, kernel=kernel)
        given = given_of(program, words, "hdsl run")
        harness = emitted(folder, file, program).HARNESS
        assert given_of(harness.signature, words, "hdsl run") == given
        if any(node.shown == "agent" for node in program.nodes.values()):
            continue  # a coding agent does not answer offline
        found = []
        for is_emitted in (False, True):
            at = tmp_path / f"{program.name}-{is_emitted}"
            shutil.copytree(folder, at)
            monkeypatch.chdir(at / place)
            if is_emitted:
                outcome = run_runnable(harness.runnable(), given, settings, make_kernel(settings, list(harness.models)))
            else:
                outcome = run_program(program, given, settings)
            found.append((trace_of(program, outcome), outcome.code, outcome.reason, outcome.usage))
            monkeypatch.chdir(tmp_path)
        assert found[0] == found[1]
        assert found[0][0], program.name


def _any_words(program: Program) -> list[str]:
    words = []
    for wanted in text_inputs(program):
        text = '["one", "two"]' if len(wanted.shape) > 1 else "a word"
        words += [f"--{wanted.name}", text]
    for option in program.options:
        if option.required:
            words += [f"--{option.name}", "2"]
    return words


def test_an_emitted_file_is_a_command_and_needs_the_harness_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "router", tmp_path / "router", ignore=shutil.ignore_patterns("runs"))
    file = tmp_path / "router" / "router.hg"
    (program,) = programs_to_run(checked_module(file, str(file))[1])
    harness = emitted(tmp_path, "router/router.hg", program).HARNESS
    shutil.rmtree(tmp_path / "router")
    monkeypatch.chdir(tmp_path)
    assert main(harness, ["--question", "How do I get a refund?", "--max-calls", "9"]) == 0
    assert "refund" in capsys.readouterr().out
    assert main(harness, ["--question", "How do I get a refund?", "--max-calls", "1"]) == 4
    assert main(harness, ["--nothing", "x"]) == 2
    assert "there is no option --nothing" in capsys.readouterr().err


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "address_book" / "address_book.hg", tmp_path / "book.hg")
    words = ("compile", "book.hg", "--harness", "line", "--emit", "python", "--out", "book.py")
    assert hdsl(*words, folder=tmp_path).code == 0
    again = hdsl(*words, folder=tmp_path)
    assert again.code == 2 and "--force" in again.err
    assert hdsl(*words, "--force", folder=tmp_path).code == 0
    assert hdsl(*words[:-1], "none/book.py", folder=tmp_path).code == 2
    printed = hdsl(*words[:-2], folder=tmp_path)
    assert printed.out == (tmp_path / "book.py").read_text()

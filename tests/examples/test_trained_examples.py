"""The examples that learn: from empty tables, as their READMEs say, the terminals real."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, hdsl
from tests.examples.readmes import readme_command, readme_commands

TMUX = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A copy of the examples that nothing was learned in."""
    folder = tmp_path / "examples"
    shutil.copytree(REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns("runs", "*.experience", "*.pyc"))
    return folder


def emptied(folder: Path, name: str, *tables: str) -> Path:
    """An example without any row."""
    for table in tables:
        (folder / name / f"{table}.jsonl").write_text("", encoding="utf-8")
    return folder / name


def test_the_translator_learns_twelve_pairs_in_two_epochs(fresh: Path) -> None:
    train, run = readme_commands("translate", fresh)
    before = hdsl(*run[1], folder=run[0])
    assert before.code == 3
    found = hdsl(*train[1], "--json", folder=train[0]).json
    assert len(found["epochs"]) == 2 and found["epochs"][-1] <= 0.02
    assert found["tables"]["viba"]["added"] == 12
    assert hdsl(*run[1], folder=run[0]).out == "squares := Map[$numbers] -> $n int\n  <- $n * $n\n"


def test_the_reviewer_learns_when_to_accept(fresh: Path) -> None:
    train, run = readme_commands("reviewer", fresh)
    assert hdsl(*run[1], folder=run[0]).code == 3
    assert hdsl(*train[1], "--json", folder=train[0]).json["epochs"] == [0.5, 0.0]
    ended = hdsl(*run[1], folder=run[0])
    assert (ended.code, ended.out) == (0, "Correct the name of the option in the manual\n")
    assert "asked  verdict [0, 0]: reject: says nothing" in ended.err


@TMUX
def test_the_coder_learns_from_one_demonstration_of_each_task(fresh: Path) -> None:
    folder = emptied(fresh, "coder", "decide", "act")
    assert hdsl("run", "coder.hg", "--task", "print hello world", "--T", "2", folder=folder).code == 3
    found = hdsl("train", "coder.hg", "--json", folder=folder).json
    assert (found["tables"]["decide"]["added"], found["tables"]["act"]["added"]) == (4, 4)
    ended = hdsl("run", "coder.hg", "--task", "print hello world", folder=folder)
    assert ended.code == 0
    assert "hello world" in ended.out.splitlines()
    assert hdsl("run", "coder.hg", "--task", "delete everything", "--T", "2", folder=folder).code == 3


@TMUX
@pytest.mark.slow
def test_the_debugger_learns_from_one_demonstration(fresh: Path) -> None:
    folder = emptied(fresh, "debugger", "strategy", "command")
    project = folder / "project"
    broken = (project / "calculator.py").read_text(encoding="utf-8")
    assert hdsl("train", "../debugger.hg", folder=project).code == 0
    (project / "calculator.py").write_text(broken, encoding="utf-8")
    shutil.rmtree(project / "__pycache__")  # of the same second and size, it would pass for the broken program's
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert subprocess.run(tests, cwd=project, capture_output=True).returncode == 1
    command_folder, words = readme_command("debugger", fresh)
    assert hdsl(*words, folder=command_folder).code == 0
    assert subprocess.run(tests, cwd=project, capture_output=True).returncode == 0


@TMUX
@pytest.mark.slow
def test_the_deployer_learns_from_one_demonstration(fresh: Path) -> None:
    folder = emptied(fresh, "deployer", "action", "deploy")
    assert hdsl("train", "deployer.hg", folder=folder).code == 0
    command_folder, words = readme_command("deployer", fresh)
    ended = hdsl(*words, folder=command_folder)
    assert (ended.code, "service started" in ended.out) == (0, True)

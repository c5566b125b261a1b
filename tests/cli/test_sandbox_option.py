"""`--sandbox` and its setting, where there is no sandbox to be had: nothing runs without it."""

import shutil
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, hdsl, newest_run
from tests.run.harnesses import typing
from tests.terminal.sandboxes import needs_sandbox


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "typing.hg").write_text(typing("touch ran"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def without_bubblewrap(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("programs")
    for name in ("tmux", "bash", "sh", "env", "tail", "touch"):
        found = shutil.which(name)
        if found is not None:
            (folder / name).symlink_to(found)
    return {"PATH": str(folder)}


WORDS = ["run", "typing.hg", "--task", "x"]
MISSING = "the sandbox needs bubblewrap, and there is no bwrap on PATH\n"


def test_without_bubblewrap_a_run_ends_before_it_begins(project: Path, without_bubblewrap: dict[str, str]) -> None:
    ended = hdsl(*WORDS, "--sandbox", folder=project, environment=without_bubblewrap)
    assert (ended.code, ended.out, ended.err) == (2, "", f"hdsl run: {MISSING}")
    assert not (project / "ran").exists() and not (project / "runs").exists()


def test_the_setting_asks_for_it_too(project: Path, without_bubblewrap: dict[str, str]) -> None:
    (project / "hdsl.toml").write_text("sandbox = true\n", encoding="utf-8")
    assert hdsl(*WORDS, folder=project, environment=without_bubblewrap).err == f"hdsl run: {MISSING}"
    environment = {**without_bubblewrap, "HDSL_SANDBOX": "false"}
    assert hdsl(*WORDS, folder=project, environment=environment).code == 0
    assert newest_run(project).json["sandbox"] is False
    environment = {**without_bubblewrap, "HDSL_SANDBOX": "perhaps"}
    assert "HDSL_SANDBOX: sandbox is true or false" in hdsl(*WORDS, folder=project, environment=environment).err


@pytest.mark.parametrize("command", ["test", "train"])
def test_test_and_train_ask_for_it_too(command: str, tmp_path: Path, without_bubblewrap: dict[str, str]) -> None:
    shutil.copytree(REPOSITORY / "examples", tmp_path, dirs_exist_ok=True)
    file = {"test": "coder/coder.hg", "train": "translate/translate.hg"}[command]
    ended = hdsl(command, file, "--sandbox", folder=tmp_path, environment=without_bubblewrap)
    assert (ended.code, ended.err) == (2, f"hdsl {command}: {MISSING}")


@needs_sandbox
def test_a_resumed_run_stays_in_the_sandbox(project: Path, without_bubblewrap: dict[str, str]) -> None:
    assert hdsl(*WORDS, "--sandbox", folder=project).code == 0
    assert (project / "ran").exists()
    run = newest_run(project)
    assert run.json["sandbox"] is True
    ended = hdsl("run", "--resume", run.folder.name, folder=project, environment=without_bubblewrap)
    assert (ended.code, ended.err) == (2, f"hdsl run: {MISSING}")

"""What is not healthy is rolled back, in a real terminal; commands in order end with the first that fails."""

import shutil
from pathlib import Path

import pytest

from tests.commands import hdsl

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


def test_an_unhealthy_version_is_rolled_back(examples: Path) -> None:
    folder = examples / "rollback"
    assert hdsl("run", "rollback.hg", "--version", "v1", folder=folder).out == "deployed v1\n"
    ended = hdsl("run", "rollback.hg", "--harness", "locked", "--version", "v2", folder=folder)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("rolled back v2: ")
    assert "503: v2 does not answer" in ended.out
    assert ended.out.endswith("v1 is up\n")
    assert not (folder / "lock").exists()
    assert hdsl("test", "rollback.hg", folder=folder).out.endswith("1 passed, 0 failed\n")


def test_commands_one_after_the_other(examples: Path) -> None:
    assert hdsl("test", "commands.hg", folder=examples / "commands").out.endswith("1 passed, 0 failed\n")

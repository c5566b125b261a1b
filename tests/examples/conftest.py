"""Copies of the examples to run in, and which of what they promise happened, once for all tests."""

import shutil
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, Ended, hdsl
from tests.examples.readmes import readme_command


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, with a README of three lines for the coder to count."""
    folder = tmp_path_factory.mktemp("work") / "examples"
    shutil.copytree(REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns("runs", ".pytest_cache", "*.pyc"))
    (folder / "coder" / "README.md").write_text("one\ntwo\nthree\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def said_hello(examples: Path) -> Ended:
    """The coder's first task, as its README runs it."""
    return hdsl(*readme_command("coder", examples)[1], "--json", folder=examples.parent)

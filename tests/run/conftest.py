"""Runs that several tests look at, each made once."""

import shutil
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, Recorded, hdsl, newest_run
from tests.run.harnesses import BATCH


@pytest.fixture(scope="session")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the coder's folder, with a README to count and a harness for batches."""
    folder = tmp_path_factory.mktemp("run") / "coder"
    shutil.copytree(REPOSITORY / "examples" / "coder", folder, ignore=shutil.ignore_patterns("runs"))
    (folder / "README.md").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (folder / "batch.hg").write_text(BATCH, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def one(coder: Path) -> Recorded:
    """The coder printing hello world."""
    assert hdsl("run", "coder.hg", "--task", "print hello world", folder=coder).code == 0
    return newest_run(coder)


@pytest.fixture(scope="session")
def two(coder: Path) -> Recorded:
    """Two tasks of the coder as a batch."""
    words = ["run", "batch.hg", "--task", "print hello world", "--task", "count the lines of README.md"]
    assert hdsl(*words, folder=coder).code == 0
    return newest_run(coder)

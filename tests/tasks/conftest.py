"""One small repository and its data sets, made once."""

import shutil
from pathlib import Path

import pytest

from hdsl.tasks.building import Choices, build
from hdsl.tasks.data import WORK
from hdsl.tasks.model import KINDS, map_here
from tests.tasks import tiny
from tests.terminal.sandboxes import works


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def data(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each kind; what was found out for one kind is not found out again for the next."""
    if not works():
        pytest.skip("needs bubblewrap that works")
    root = tmp_path_factory.mktemp("data")
    folders = {kind: root / kind for kind in KINDS}
    known: Path | None = None
    for kind, folder in folders.items():
        folder.mkdir()
        if known is not None:
            shutil.copyfile(known / WORK, folder / WORK)
        sources = ("pkg/words.py",) if kind == "tests" else ()
        build(Choices(repository, kind, folder, sources=sources), map_here, lambda stage, done, total: None)
        known = folder
    return folders

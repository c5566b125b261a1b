"""One small repository and its data sets, made once."""

import shutil
from pathlib import Path

import pytest

from hdsl.tasks.building import Choices, build
from hdsl.tasks.data import WORK
from hdsl.tasks.mapping import map_here
from tests.tasks import tiny
from tests.terminal.sandboxes import works


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("tiny"))


class DataSets(dict[str, Path]):
    """The folder of each kind, made when it is first asked for; what is known of one kind is known of the next."""

    def __init__(self, repository: Path, root: Path) -> None:
        super().__init__()
        self._repository, self._root = repository, root

    def __missing__(self, kind: str) -> Path:
        folder = self._root / kind
        folder.mkdir()
        known = next(iter(self.values()), None)
        if known is not None:
            shutil.copyfile(known / WORK, folder / WORK)
        sources = ("pkg/words.py",) if kind == "tests" else ()
        build(Choices(self._repository, kind, folder, sources=sources), map_here, lambda stage, done, total: None)
        self[kind] = folder
        return folder


@pytest.fixture(scope="session")
def data(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> DataSets:
    if not works():
        pytest.skip("needs bubblewrap that works")
    return DataSets(repository, tmp_path_factory.mktemp("data"))

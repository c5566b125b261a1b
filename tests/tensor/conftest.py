"""Both homes for every test that asks for `home`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Home


@pytest.fixture(params=["folder", "pack"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made: Home = Folder(tmp_path / "root") if request.param == "folder" else Pack(tmp_path / "texts.sqlite")
    yield made
    made.close()

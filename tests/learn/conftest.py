"""Both homes, with the embedded kernel, for every test that asks for `context`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hdsl.future.context import RunContext, use_context
from hdsl.kernel.nearest import NearestKernel
from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Home
from hdsl.tensor.gradients import gradient_registry


@pytest.fixture(params=["folder", "pack"])
def context(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunContext]:
    home: Home = Folder(tmp_path / "root") if request.param == "folder" else Pack(tmp_path / "texts.sqlite")
    with use_context(RunContext(kernel=NearestKernel(0.5), home=home)) as made:
        yield made
    home.close()


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """What one test leaves waiting is not another's."""
    yield
    gradient_registry().take_refused()

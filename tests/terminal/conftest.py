"""Sessions on a real tmux for the tests of terminals."""

import pytest

from hdsl.future.loop import run_sync
from hdsl.terminal import Terminal


async def _new(folder, **options):
    return Terminal(folder, **options)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    made = run_sync(_new(tmp_path_factory.mktemp("shells")))
    yield made
    run_sync(made.close())


@pytest.fixture
def session(terminal):
    return run_sync(terminal.open())

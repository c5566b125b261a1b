"""Sessions on a real tmux for the tests of terminals."""

import shutil

import pytest

from hdsl.future.loop import run_sync
from hdsl.terminal import Terminal

collect_ignore = [] if shutil.which("tmux") else ["test_session.py", "test_terminal.py", "test_lifetime.py"]


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

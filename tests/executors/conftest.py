"""Where workers are started by ssh."""

from collections.abc import Iterator

import pytest

from tests.executors import ssh_server


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command that reaches this machine by a real sshd; skipped with a word where none can be started."""
    if reason := ssh_server.why_not():
        pytest.skip(reason)
    with ssh_server.serving(tmp_path_factory.mktemp("ssh")) as client:
        yield f"ssh -F {client} machine"

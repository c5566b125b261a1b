"""Training, reflection, evolution and tasks leave the same with workers as without, also with workers behind ssh."""

import json
import os
import signal
from pathlib import Path

import pytest

from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Job, WorkerNotStarted
from hdsl.ground.processes import is_alive
from tests.commands import until
from tests.executors import namespace
from tests.executors.commands import Left, left_by
from tests.executors.workers import running_workers

# They start many processes, which may take long on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Left, Left]:
    """The recordings of the commands without an executor, and what they left: by `nearest`, and by the recordings."""
    folder, again = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("again")
    left = left_by("here", folder)
    assert {name.partition(" ")[0] for name in left} >= {"train", "reflect", "evolve"}
    return folder, left, left_by("here", again, folder)


@pytest.mark.parametrize("kind", ["local", "ssh"])
def test_each_command_leaves_the_same_with_workers(
    kind: str, here: tuple[Path, Left, Left], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = "local:2" if kind == "local" else f"command:2:{request.getfixturevalue('ssh')}"
    recordings, computed, answered = here
    for folder in ("computed", "answered"):
        (tmp_path / folder).mkdir()
    assert left_by(name, tmp_path / "computed") == computed
    assert left_by(name, tmp_path / "answered", recordings) == answered


@pytest.mark.skipif(bool(namespace.WHY_NO_RAY), reason=namespace.WHY_NO_RAY)
def test_each_command_leaves_the_same_with_workers_of_ray(here: tuple[Path, Left, Left], tmp_path: Path) -> None:
    recordings, computed, answered = here
    for folder, given, left in (("computed", (), computed), ("answered", (str(recordings),), answered)):
        (tmp_path / folder).mkdir()
        said = namespace.alone("-m", "tests.executors.commands", "ray:2", str(tmp_path / folder), *given)
        assert json.loads(said) == left


def test_a_worker_behind_ssh_ends_with_its_connection(ssh: str, tmp_path: Path) -> None:
    pool = executor_named(f"command:{ssh}")
    started: list[int] = []

    def interrupt(number: int, value: object) -> None:
        started.extend(running_workers())
        os.kill(pool._open[0].channel.process, signal.SIGKILL)  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.map(Job("tests.executors.jobs:doubled", 1), range(50), done=interrupt)
    pool.close()
    assert len(started) > 1, "the client, and the worker that sshd started"
    assert until(lambda: not any(map(is_alive, started)))


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("-p 1 machine", r"port 1: Connection refused \(ended with 255\)"),
        ("nobody@machine", r"Permission denied \(publickey\). \(ended with 255\)"),
        ("machine /no/python3", r"/no/python3: No such file or directory \(ended with 127\)"),
    ],
)
def test_what_ssh_says_is_told_where_no_worker_starts(ssh: str, word: str, says: str) -> None:
    command = ssh.replace("machine", word)
    with pytest.raises(WorkerNotStarted, match=says), executor_named(f"command:{command}") as pool:
        pool.map(Job("tests.executors.jobs:doubled", 1), range(3))

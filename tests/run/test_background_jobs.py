"""What a model starts in the background ends with the run, however it was started and however the run ends."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import finish, start, until
from tests.run.harnesses import typing
from tests.run.test_ending import processes_naming
from tests.terminal.sandboxes import needs_sandbox

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

JOBS = {
    "plain": "sh job.sh plain &",
    "nohup": "nohup sh job.sh nohup > /dev/null 2>&1 &",
    "disown": "sh job.sh disown & disown",
    "setsid": "setsid sh job.sh setsid > /dev/null 2>&1 < /dev/null &",
    "double_fork": "( ( nohup setsid sh job.sh double_fork > /dev/null 2>&1 & ) & )",
    "deaf": "( trap '' HUP INT QUIT TERM; sh job.sh deaf & )",
    "tmux": 'tmux -S "$PWD/own" new-session -d "sh job.sh tmux"',
}
JOB = 'echo > "begun-$1"\nexec tail -f "@FOLDER@/begun-$1"\n'


def project(folder: Path, last: str) -> None:
    """A harness whose session starts each job, waits until all have begun, and then runs the last command."""
    (folder / "job.sh").write_text(JOB.replace("@FOLDER@", str(folder)), encoding="utf-8")
    waits = f"until test $(ls begun-* | wc -l) = {len(JOBS)}; do sleep 0.02; done"
    (folder / "jobs.sh").write_text("\n".join([*JOBS.values(), waits, last]), encoding="utf-8")
    (folder / "typing.hg").write_text(typing(". ./jobs.sh"), encoding="utf-8")


def begun(folder: Path) -> bool:
    return len(processes_naming(f"{folder}/begun-")) >= len(JOBS)


def all_ended(folder: Path, temporary: Path) -> bool:
    return not processes_naming(str(folder)) and not processes_naming(str(temporary)) and not any(temporary.iterdir())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that starts tests in the background lets them ignore SIGINT, and so would the run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("how", "options"),
    [
        pytest.param(None, [], id="end"),
        pytest.param(signal.SIGINT, [], id="interrupt"),
        pytest.param(signal.SIGKILL, [], id="kill"),
        pytest.param(signal.SIGKILL, ["--sandbox"], id="kill-sandbox", marks=needs_sandbox),
    ],
)
@pytest.mark.usefixtures("interruptible")
def test_no_background_job_outlives_the_run(
    how: signal.Signals | None, options: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, temporary = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("t")
    project(folder, "true" if how is None else "sleep 600")
    words = ["run", "typing.hg", "--task", "start them", *options]
    process = start(*words, folder=folder, environment={"TMPDIR": str(temporary)})
    if how is None:
        assert finish(process).code == 0
        assert len(list(folder.glob("begun-*"))) == len(JOBS)
    else:
        assert until(lambda: begun(folder), 60.0)
        process.send_signal(how)
        assert finish(process).code == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert until(lambda: all_ended(folder, temporary), 60.0), processes_naming(str(folder))

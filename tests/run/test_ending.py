"""How runs end that are interrupted, killed, or lose their shell; and two of them at once."""

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import warm
from tests.commands import Ended, Recorded, finish, hdsl, newest_run, start, until
from tests.run.harnesses import typing

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


@dataclass(frozen=True)
class Started:
    """A run in a process of its own, and the folder that holds all it leaves."""

    process: warm.Process
    folder: Path
    temporary: Path

    def waits(self) -> bool:
        """Whether its loop has begun to wait for its command."""
        traces = list(self.folder.glob("runs/*/trace.jsonl"))
        return any('"pressed"' in trace.read_text(encoding="utf-8") for trace in traces)

    def is_gone(self) -> bool:
        """Whether no process and no file of its terminal is left."""
        return not processes_naming(str(self.temporary)) and not any(self.temporary.iterdir())


@pytest.fixture(scope="module")
def sleepers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Started]]:
    """Two runs that wait for a command which takes longer than any test."""
    # A shell that starts tests in the background lets them ignore SIGINT, and so would the runs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    made = {}
    for name in ("interrupted", "killed"):
        folder, temporary = tmp_path_factory.mktemp(name), tmp_path_factory.mktemp("t")
        (folder / "typing.hg").write_text(typing(f"sleep 600 # {folder}"), encoding="utf-8")
        words = ["run", "typing.hg", "--task", "sleep"]
        process = start(*words, folder=folder, environment={"TMPDIR": str(temporary)})
        made[name] = Started(process, folder, temporary)
    signal.signal(signal.SIGINT, before)
    assert until(lambda: all(each.waits() for each in made.values()), 60.0)
    yield made
    for each in made.values():
        each.process.kill()
        each.process.communicate()


@pytest.fixture(scope="module")
def interrupted(sleepers: dict[str, Started]) -> tuple[Started, Ended]:
    """What became of a run at Ctrl-C."""
    run = sleepers["interrupted"]
    run.process.send_signal(signal.SIGINT)
    return run, finish(run.process)


def test_an_interrupted_run_says_so_and_ends_with_130(interrupted: tuple[Started, Ended]) -> None:
    _, ended = interrupted
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[0] == "hdsl run: interrupted"
    assert "Traceback" not in ended.err


def test_an_interrupted_run_leaves_no_terminal(interrupted: tuple[Started, Ended]) -> None:
    run, _ = interrupted
    assert until(run.is_gone)


def test_the_record_of_an_interrupted_run_is_whole(interrupted: tuple[Started, Ended]) -> None:
    run, _ = interrupted
    record = newest_run(run.folder)
    assert (record.json["state"], record.json["exit"]) == ("interrupted", 130)
    assert [pull["node"] for pull in record.trace] == ["shell", "shells", "typed", "pressed"]


def test_a_killed_run_leaves_no_terminal_and_a_readable_record(sleepers: dict[str, Started]) -> None:
    run = sleepers["killed"]
    run.process.kill()
    assert finish(run.process).code == -signal.SIGKILL
    assert until(run.is_gone)
    record = newest_run(run.folder)
    assert record.json["state"] == "running"
    assert [pull["node"] for pull in record.trace] == ["shell", "shells", "typed", "pressed"]


def test_a_shell_that_ends_under_a_loop_fails_it_soon_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "typing.hg").write_text(typing("exit"), encoding="utf-8")
    ended = hdsl("run", "typing.hg", "--task", "leave", folder=tmp_path)
    assert ended.code == 3
    assert "the shell of this terminal session has ended" in ended.err.splitlines()[0]


def test_two_runs_at_once_do_not_disturb_each_other(coder: Path) -> None:
    tasks = {"print hello world": "hello world", "count the lines of README.md": "3 README.md"}
    started = {task: start("run", "coder.hg", "--task", task, "--json", folder=coder) for task in tasks}
    ended = {task: finish(process) for task, process in started.items()}
    for task, line in tasks.items():
        assert ended[task].code == 0
        assert line in ended[task].json["result"][0]["text"].splitlines()
        record = Recorded(coder / "runs" / ended[task].json["run"])
        assert record.json["inputs"] == {"task": [task]}
        assert len(record.trace) == 22
    assert len({each.json["run"] for each in ended.values()}) == 2


def processes_naming(word: str) -> list[str]:
    """The command lines of all processes in which a word stands."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found

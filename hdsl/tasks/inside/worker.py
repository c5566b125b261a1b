"""Runs a repository's tests in the sandbox: `python worker.py FOLDER`, where the folder holds `job.json`.

Each piece of work is done in a process and a copy of the repository of its own, so that one that hangs, crashes, fills
the disk or changes files does so for itself alone. A result is one line of `results.jsonl`.
"""

import contextlib
import errno
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tarfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

# It lies beside this file, there.
from watching import WATCHERS, Watcher  # type: ignore[import-not-found]

TICK = 0.005
LARGEST_RESULT = 8 << 20
SLACK = 6
"""How many times as long as it may compute a test may take."""


def main(folder: Path) -> None:
    """Does the work of a job, one piece after the other."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    # A repository may have a module of that name.
    del sys.modules["watching"], sys.path[0]
    load_pytest()
    with open(folder / "results.jsonl", "w", encoding="utf-8") as results:  # noqa: PTH123
        for number, work in enumerate(job["work"]):
            results.write(json.dumps(in_a_process(folder, job, number, work)) + "\n")
            results.flush()


def load_pytest() -> None:
    """Imports all of it once, for all the processes that are forked from here."""
    # What else is installed here is not part of the repository, and takes longer to load than most tests to run.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")


def in_a_process(folder: Path, job: dict[str, Any], number: int, work: dict[str, Any]) -> dict[str, Any]:
    """The result of one piece of work; where its process did not say one, how that ended.

    OSError where there is no room: that is not a fault of the tests.
    """
    place = folder / f"work{number}"
    answer = folder / f"answer{number}.json"
    copy(Path(job["archive"]), place, work)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            be_limited(job["limits"])
            be_silent()
            result = done(job, place, work, answer)
            answer.with_suffix(".tmp").write_text(json.dumps(result), "utf-8")
            answer.with_suffix(".tmp").replace(answer)
            code = 0
        finally:
            os._exit(code)
    ended = wait(child, job["limits"]["wall"])
    if shutil.disk_usage(folder).free < LARGEST_RESULT:
        raise OSError(errno.ENOSPC, "no room for what tests write", str(folder))
    shutil.rmtree(place, ignore_errors=True)
    found = read(answer)
    if found is not None and ended == 0:
        return found
    return {**(found or {}), "ended": "hung" if ended is None or ended == -signal.SIGXCPU else "crashed"}


def read(path: Path) -> dict[str, Any] | None:
    """What a process has written, or nothing."""
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_RESULT:
            return None
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def wait(child: int, seconds: float) -> int | None:
    """The exit code of a process (-n: ended by a signal), None where it had to be killed; what it started ends too."""
    deadline = time.monotonic() + seconds
    code = None
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(TICK)
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    if code is None:
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return code


def be_limited(limits: dict[str, Any]) -> None:
    """Limits the process for good."""
    for kind, most in (
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))


def be_silent() -> None:
    """What is printed goes nowhere, so that it cannot be too much."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def copy(archive: Path, place: Path, work: dict[str, Any]) -> None:
    """Makes a copy of the repository with the files of a piece of work put in."""
    with tarfile.open(archive) as packed:
        packed.extractall(place / "tree", filter="data")
    for name, text in work.get("files", {}).items():
        path = place / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def done(job: dict[str, Any], place: Path, work: dict[str, Any], answer: Path) -> dict[str, Any]:
    """Runs the tests of a piece of work in its copy of the repository."""
    tree = place / "tree"
    os.chdir(tree)
    sys.path[:0] = [str(tree), *(str(tree / each) for each in job["roots"])]
    watcher = WATCHERS[work.get("watch", "")](tree, work)
    plugin = Plugin(watcher, answer, job["limits"]["test"])
    import pytest

    fixed = ("-q", "-p", "no:cacheprovider", "-o", "addopts=", "--assert=plain", "--rootdir", str(tree))
    options = [*fixed, *job["options"], *(["-x"] if work.get("stop") else [])]
    code = pytest.main([*options, *work["tests"]], plugins=[plugin])
    return {"ended": "passed" if code == 0 else "failed", **plugin.result(), **watcher.result()}


class Hung(BaseException):
    """A test took longer than it may."""


class Plugin:
    """Counts outcomes, and lets the watcher look at each test."""

    def __init__(self, watcher: Watcher, answer: Path, seconds: float) -> None:
        self.watcher = watcher
        self.answer = answer
        self.seconds = seconds
        self.outcomes: dict[str, str] = {}
        self.broken = self.asserted = 0
        for alarm in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(alarm, self.late)

    def late(self, number: int, frame: FrameType | None) -> None:
        raise Hung

    def pytest_collectreport(self, report: Any) -> None:
        self.broken += report.failed

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        signal.setitimer(signal.ITIMER_REAL, SLACK * self.seconds)
        self.watcher.begin(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        self.watcher.end(nodeid, self.outcomes.get(nodeid) == "passed")
        if self.watcher.is_lasting:
            self.answer.write_text(json.dumps({**self.result(), **self.watcher.result()}), "utf-8")

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        import pytest

        if call.excinfo is not None and call.excinfo.errisinstance(Hung):
            self.outcomes[item.nodeid] = "hung"
        elif call.excinfo is not None and call.excinfo.errisinstance((AssertionError, pytest.fail.Exception)):
            self.asserted += 1

    def pytest_runtest_logreport(self, report: Any) -> None:
        if self.outcomes.get(report.nodeid) in ("hung", "failed"):
            return
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped or hasattr(report, "wasxfail"):
            self.outcomes[report.nodeid] = "skipped"
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    def result(self) -> dict[str, Any]:
        """How each test ended, how many files could not be imported, and how many tests failed by an assertion."""
        return {"outcomes": self.outcomes, "broken": self.broken, "asserted": self.asserted}


if __name__ == "__main__":
    main(Path(sys.argv[1]))

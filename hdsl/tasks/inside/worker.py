"""Runs a repository's tests in the sandbox: `python worker.py JOB`, where JOB is a folder with `job.json`.

Each piece of work is done in a process and a copy of the repository of its own, so that one that hangs, crashes, fills
the disk or changes files does so for itself alone. A result is one line of `results.jsonl`.
"""

import contextlib
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

TICK = 0.005
LARGEST_RESULT = 8 << 20


def main(folder):
    job = json.loads((folder / "job.json").read_text("utf-8"))
    limits = job["limits"]
    load_pytest()
    with open(folder / "results.jsonl", "w", encoding="utf-8") as results:  # noqa: PTH123
        for number, work in enumerate(job["work"]):
            result = in_a_process(folder, job, number, work, limits)
            results.write(json.dumps(result) + "\n")
            results.flush()


def load_pytest():
    """Imports all of it once, for all the processes that are forked from here."""
    # What else is installed here is no part of the repository, and takes longer to load than most tests to run.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")


def in_a_process(folder, job, number, work, limits):
    """The result of one piece of work; where its process did not say one, how that ended."""
    place = folder / f"work{number}"
    answer = folder / f"answer{number}.json"
    place.mkdir()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            be_limited(limits)
            be_silent()
            result = done(job, place, work, answer, limits)
            answer.with_suffix(".tmp").write_text(json.dumps(result), "utf-8")
            answer.with_suffix(".tmp").replace(answer)
            code = 0
        finally:
            os._exit(code)
    ended = wait(child, limits["wall"])
    shutil.rmtree(place, ignore_errors=True)
    found = read(answer)
    if found is not None and ended == 0:
        return found
    return {**(found or {}), "ended": "hung" if ended is None or ended == -signal.SIGXCPU else "crashed"}


def read(path):
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_RESULT:
            return None
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def wait(child, seconds):
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


def be_limited(limits):
    for kind, most in (
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))


def be_silent():
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def done(job, place, work, answer, limits):
    tree = place / "tree"
    with tarfile.open(job["archive"]) as archive:
        archive.extractall(tree, filter="data")
    for name, text in work.get("files", {}).items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    os.chdir(tree)
    sys.path[:0] = [str(tree), *(str(tree / each) for each in job["roots"])]
    watcher = WATCHERS[work.get("watch", "")](tree, work)
    plugin = Plugin(watcher, answer, limits["test"])
    import pytest

    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        "--assert=plain",
        "--rootdir",
        str(tree),
        *job["options"],
    ]
    if work.get("stop"):
        options.append("-x")
    code = pytest.main([*options, *work["tests"]], plugins=[plugin])
    return {"ended": "passed" if code == 0 else "failed", "code": int(code), **plugin.result(), **watcher.result()}


class Hung(BaseException):
    """A test took longer than it may."""


class Plugin:
    """Counts outcomes, and lets the watcher look at each test that passes."""

    def __init__(self, watcher, answer, seconds):
        self.watcher = watcher
        self.answer = answer
        self.seconds = seconds
        self.outcomes = {}
        self.broken = 0
        for alarm in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(alarm, self.late)

    def late(self, number, frame):
        raise Hung

    def pytest_collectreport(self, report):
        self.broken += report.failed

    def pytest_runtest_logstart(self, nodeid, location):
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        signal.setitimer(signal.ITIMER_REAL, 6 * self.seconds)
        self.watcher.begin(nodeid)

    def pytest_runtest_logfinish(self, nodeid, location):
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        self.watcher.end(nodeid, self.outcomes.get(nodeid) == "passed")
        if self.watcher.is_lasting:
            self.answer.write_text(json.dumps({**self.result(), **self.watcher.result()}), "utf-8")

    def pytest_runtest_makereport(self, item, call):
        if call.excinfo is not None and call.excinfo.errisinstance(Hung):
            self.outcomes[item.nodeid] = "hung"

    def pytest_runtest_logreport(self, report):
        before = self.outcomes.get(report.nodeid)
        if before in ("hung", "failed"):
            return
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped or hasattr(report, "wasxfail"):
            self.outcomes[report.nodeid] = "skipped"
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    def result(self):
        return {"outcomes": self.outcomes, "broken": self.broken}


class Nothing:
    """Looks at nothing."""

    is_lasting = False

    def __init__(self, tree, work):
        pass

    def begin(self, test):
        pass

    def end(self, test, passed):
        pass

    def result(self):
        return {}


class Functions:
    """Which functions of the repository each test enters: by file and first line."""

    is_lasting = True

    def __init__(self, tree, work):
        self.names = Names(tree)
        self.entered = set()
        self.tests = {}

    def begin(self, test):
        self.entered = set()
        if hasattr(sys, "monitoring"):
            self.monitor()
        else:
            sys.setprofile(self.profile)

    def end(self, test, passed):
        if hasattr(sys, "monitoring"):
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)
        else:
            sys.setprofile(None)
        if passed:
            self.tests[test] = sorted(self.entered)

    def profile(self, frame, event, argument):
        if event == "call":
            self.enter(frame.f_code, 0)

    def monitor(self):
        tool, start = sys.monitoring.PROFILER_ID, sys.monitoring.events.PY_START
        if sys.monitoring.get_tool(tool) is None:
            sys.monitoring.use_tool_id(tool, "hdsl")
            sys.monitoring.register_callback(tool, start, self.enter)
        sys.monitoring.set_events(tool, start)
        sys.monitoring.restart_events()

    def enter(self, code, offset):
        name = self.names.of(code)
        if name is not None:
            self.entered.add((name, code.co_firstlineno))
        return getattr(sys, "monitoring", self).DISABLE

    DISABLE = None

    def result(self):
        return {"functions": self.tests}


class Names:
    """The files of code objects, as the repository names them."""

    def __init__(self, tree):
        self.root = f"{tree}{os.sep}"
        self.known = {}

    def of(self, code):
        """The file's path in the repository; None for code from elsewhere."""
        try:
            return self.known[code]
        except KeyError:
            path = code.co_filename
            path = path if path.startswith("<") else os.path.realpath(path)  # noqa: PTH
            name = path[len(self.root) :] if path.startswith(self.root) else None
            self.known[code] = name
            return name


class Arcs:
    """From which line of a part of a file to which other one the tests go."""

    is_lasting = False

    def __init__(self, tree, work):
        self.names = Names(tree)
        part = work["part"]
        self.file, self.start, self.end_line = part["file"], part["start"], part["end"]
        self.arcs = set()

    def begin(self, test):
        sys.settrace(self.call)

    def end(self, test, passed):
        sys.settrace(None)

    def call(self, frame, event, argument):
        code = frame.f_code
        if self.names.of(code) != self.file or not self.start <= code.co_firstlineno <= self.end_line:
            return None
        last = [-code.co_firstlineno]

        def line(frame, event, argument):
            if event == "line":
                self.arcs.add((last[0], frame.f_lineno))
                last[0] = frame.f_lineno
            elif event == "return":
                self.arcs.add((last[0], -1))
            return line

        return line

    def result(self):
        return {"arcs": sorted(self.arcs)}


WATCHERS = {"": Nothing, "functions": Functions, "arcs": Arcs}

if __name__ == "__main__":
    main(Path(sys.argv[1]))

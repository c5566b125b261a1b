"""The one place where code of a repository is run: in the sandbox, with limits of time, memory and output."""

import contextlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular
from hdsl.tasks.repository import Repository
from hdsl.terminal.errors import SandboxMissing
from hdsl.terminal.sandbox import Sandbox, find_sandbox

_PROGRAMS = tuple(Path(__file__).parent / "inside" / name for name in ("worker.py", "watching.py"))
_MOST_RESULTS = 64 << 20
_SPARE_SECONDS = 120.0
_LAST_WORDS = 400
_FIXED = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
_IMPORT_MODE = re.compile(r"--import-mode[= ](importlib|append|prepend)")


class CannotRunError(HdslError):
    """The code of a repository cannot be run here, and is not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process of a repository's tests may take."""

    test: float = 10.0
    """Seconds of computing for one test; six times as many may pass."""
    cpu: int = 60
    """Seconds of computing for one piece of work."""
    wall: float = 300.0
    """Seconds that may pass in one piece of work."""
    memory: int = 4 << 30
    """Bytes of address space."""
    file: int = 64 << 20
    """Bytes of one file that is written."""


SURVEYING, JUDGING = Limits(cpu=600, wall=1200.0), Limits()
"""A whole file of tests takes longer than those that an answer is judged by."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What running a repository's tests takes: its archive, and how its modules and tests are found."""

    archive: Path
    roots: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


Result = dict[str, Any]
"""What came of one piece of work: plain data."""


@dataclass(frozen=True, slots=True)
class Job:
    """Pieces of work of one process in the sandbox. It can be pickled."""

    bench: Bench
    work: tuple[Mapping[str, Any], ...]
    limits: Limits = JUDGING


def require_sandbox() -> None:
    """CannotRunError where this machine makes no sandbox, or pytest is not installed."""
    with tempfile.TemporaryDirectory(prefix="hdsl-tasks-") as folder:
        _sandbox(Path(folder))
    if importlib.util.find_spec("pytest") is None:
        raise CannotRunError(
            "the tests of a repository are run with pytest, which is not installed: pip install pytest"
        )


def run_job(job: Job) -> tuple[Result, ...]:
    """The results of a job's pieces of work, in their order.

    One of which nothing is known, as all processes were ended, has `"ended": "crashed"`. CannotRunError where there is
    no sandbox, or what runs the work in it failed, as on a full disk: that says nothing of the repository.
    """
    with tempfile.TemporaryDirectory(prefix="hdsl-tasks-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        sandbox = _sandbox(folder)
        for program in _PROGRAMS:
            shutil.copyfile(program, folder / program.name)
        (folder / "job.json").write_text(json.dumps(_as_json(job)), "utf-8")
        seconds = len(job.work) * job.limits.wall + _SPARE_SECONDS
        failure = _run(sandbox, folder, job.bench.archive.resolve(), seconds)
        found = _results(folder / "results.jsonl")
        if failure and len(found) < len(job.work):
            raise CannotRunError(f"the tests of the repository could not be run: {failure}")
    nothing = {"ended": "crashed"}
    return tuple(found[number] if number < len(found) else nothing for number in range(len(job.work)))


def run_git(repository: Path, words: Sequence[str], arguments: Sequence[str]) -> list[str | None]:
    """What a command of git says of a repository, for each last argument; None where it fails.

    In the sandbox too: the configuration of a repository can name programs that git runs.
    """
    settings = ("safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null")
    git = ["git", *(word for each in settings for word in ("-c", each)), "-C", str(repository), *words]
    script = f'for each; do {shlex.join(git)} "$each" 2>/dev/null; printf "\\000%d\\000" $?; done'
    with (
        tempfile.TemporaryDirectory(prefix="hdsl-tasks-", ignore_cleanup_errors=True) as name,
        tempfile.TemporaryFile() as output,
    ):
        sandbox = _sandbox(Path(name).resolve())
        command = sandbox.command(["sh", "-c", script, "sh", *arguments], "/", readable=repository)
        environment = sandbox.environment(os.environ, _FIXED)
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, check=False)
        output.seek(0)
        said = output.read(_MOST_RESULTS).decode("utf-8", "replace").split("\0")
    pairs = dict(enumerate(zip(said[::2], said[1::2], strict=False)))
    return [text if code == "0" else None for text, code in (pairs.get(n, ("", "")) for n in range(len(arguments)))]


def bench_of(repository: Repository, archive: Path) -> Bench:
    """How the tests of a repository are run: its own options of pytest are left out, but for how it imports."""
    found = _IMPORT_MODE.search(_own_options(repository))
    return Bench(archive, repository.roots, (f"--import-mode={found[1]}",) if found else ())


def _own_options(repository: Repository) -> str:
    contents = repository.contents
    with contextlib.suppress(ValueError, KeyError, TypeError):
        table = tomllib.loads(contents["pyproject.toml"].decode("utf-8"))
        return str(table["tool"]["pytest"]["ini_options"]["addopts"])
    for name, section in (("pytest.ini", "pytest"), ("setup.cfg", "tool:pytest"), ("tox.ini", "pytest")):
        parser = ConfigParser(interpolation=None)
        with contextlib.suppress(Exception):
            parser.read_string(contents[name].decode("utf-8"))
            return parser.get(section, "addopts")
    return ""


def _sandbox(folder: Path) -> Sandbox:
    try:
        return find_sandbox(folder, os.environ)
    except SandboxMissing as error:
        raise CannotRunError(f"the code of a repository is run in a sandbox only, and there is none: {error}") from None


def _run(sandbox: Sandbox, folder: Path, archive: Path, seconds: float) -> str:
    """Runs the work of a folder; why it could not be done, if what runs it failed."""
    python = [sys.executable, "-s", "-B", str(folder / _PROGRAMS[0].name), str(folder)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            sandbox.command(python, str(folder), readable=archive),
            env=sandbox.environment(os.environ, _FIXED),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return ""
        finally:
            # bwrap takes everything that it runs with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code != 1:  # a signal, which a test may have sent to all that it could
            return ""
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - _LAST_WORDS))
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[-1], _LAST_WORDS) if lines else "the sandbox ended with 1"


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "archive": str(job.bench.archive.resolve()),
        "roots": list(job.bench.roots),
        "options": list(job.bench.options),
        "limits": asdict(job.limits),
        "work": list(job.work),
    }


def _results(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if path.is_symlink():
        return found
    with contextlib.suppress(OSError):
        for line in read_regular(path, _MOST_RESULTS).split(b"\n"):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                break
            found.append(value if isinstance(value, dict) else {"ended": "crashed"})
    return found

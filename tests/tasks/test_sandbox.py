"""What code of a repository can do, and cannot."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from hdsl.tasks.repository import Repository
from hdsl.tasks.sandbox import _PROGRAMS, Bench, CannotRunError, Job, Limits, bench_of, run_job
from tests.terminal.sandboxes import needs_sandbox

# They start many processes, which may take long on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HOSTILE = {
    "hang": "while True:\n        pass",
    "sleep": "import time\n    time.sleep(600)",
    "memory": "assert len(bytes(3 << 30))",
    "exit": "import os\n    os._exit(0)",
    "crash": "import ctypes\n    ctypes.string_at(0)",
    "flood": "import os\n    for _ in range(300):\n        os.write(1, bytes(1 << 20))",
    "disk": "open('large', 'wb').write(bytes(9 << 20))",
    "orphan": "import subprocess\n    subprocess.Popen(['sleep', '600'])",
    "outside": "import os\n    for place in ('/etc/here', '/here'):\n        try:\n"
    "            open(place, 'w')\n        except OSError:\n            continue\n        assert False\n"
    "    open(OUTSIDE, 'w').write('only in here')",
    "network": "import socket\n    try:\n        socket.create_connection(('127.0.0.1', PORT), 1)\n"
    "    except OSError:\n        return\n    assert False",
    "next": "assert open('pkg.py').read() == 'x = 1'",
    "change": "open('pkg.py', 'w').write('x = 2')",
    "again": "assert open('pkg.py').read() == 'x = 1'",
}
ENDS = {
    "hang": "hung",
    "sleep": "hung",
    "memory": "failed",
    "exit": "crashed",
    "crash": "crashed",
    "flood": "failed",
    "disk": "failed",
}


@needs_sandbox
def test_each_piece_of_work_is_done_for_itself_alone(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    files = {"pkg.py": b"x = 1"}
    for name, body in HOSTILE.items():
        head = f"OUTSIDE, PORT = {str(tmp_path / 'outside')!r}, {server.getsockname()[1]}\n\n"
        files[f"test_{name}.py"] = f"{head}def test_it():\n    {body}\n".encode()
    bench = _bench(files, tmp_path)
    limits = Limits(test=600.0, cpu=60, wall=200.0, memory=2 << 30, file=8 << 20)
    endless = replace(limits, cpu=1, wall=5.0)
    found = {}
    for names, limit in ((("hang", "sleep"), endless), ([*HOSTILE][2:], limits)):
        results = run_job(Job(bench, tuple({"tests": [f"test_{name}.py"]} for name in names), limit))
        found |= {name: result["ended"] for name, result in zip(names, results, strict=True)}
    server.close()
    assert found == {name: ENDS.get(name, "passed") for name in HOSTILE}
    assert not (tmp_path / "outside").exists()


@needs_sandbox
def test_a_test_that_hangs_is_ended_and_the_next_ones_run(tmp_path: Path) -> None:
    text = b"def test_hang():\n    while True:\n        pass\n\ndef test_next():\n    pass\n"
    work = {"tests": ["test_it.py"], "watch": "functions"}
    (result,) = run_job(Job(_bench({"test_it.py": text}, tmp_path), (work,), Limits(test=1.0)))
    assert result["outcomes"] == {"test_it.py::test_hang": "hung", "test_it.py::test_next": "passed"}


@needs_sandbox
def test_what_fails_by_itself_is_not_taken_for_tests_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _bench({}, tmp_path)
    broken.archive.write_bytes(b"no archive")
    with pytest.raises(CannotRunError, match=r"could not be run: .*ReadError"):
        run_job(Job(broken, ({"tests": ["test_it.py"]},)))
    monkeypatch.setattr("hdsl.tasks.sandbox._PROGRAMS", _PROGRAMS[:1])  # a part of what runs tests is missing
    with pytest.raises(CannotRunError, match="could not be run: ModuleNotFoundError: No module named 'watching'"):
        run_job(Job(_bench({}, tmp_path), ({"tests": ["test_it.py"]},)))


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q --import-mode=importlib --cov"\n', 1),
        ("setup.cfg", "[tool:pytest]\naddopts = --cov=x\n", 0),
        ("tox.ini", "no section\n", 0),
        ("pyproject.toml", "tool = 3\n", 0),
    ],
)
def test_of_a_repositorys_options_only_how_it_imports_is_kept(name: str, text: str, options: int) -> None:
    repository = Repository(Path(), {"pkg.py": ""}, {name: text.encode()}, {})
    assert len(bench_of(repository, Path()).options) == options


def _bench(files: dict[str, bytes], folder: Path) -> Bench:
    repository = Repository(folder, {}, files, {})
    archive = folder / "archive.tar"
    archive.write_bytes(repository.archive())
    return bench_of(repository, archive)

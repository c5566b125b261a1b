"""Workers of Ray, in a network namespace of their own; skipped with a word where Ray or the namespace is missing."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make test-ray"),
    pytest.mark.skipif(
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0,
        reason="no network namespace can be made here",
    ),
]

SCRIPT = """
import json, os, signal, sys
from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Job, WorkersLost

found, killed, done = {}, [], []

def kill(number, value):
    done.append(number)
    if len(done) in (40, 90, 160):
        worker = next(each for each in pool._open.values() if each.is_ready)
        process = worker.channel.processes()[len(killed) % 2]  # the actor's, then the worker's
        os.kill(process, signal.SIGKILL)
        killed.append(process)

with executor_named("ray:2") as pool:
    found["plain"] = pool.map(Job("tests.executors.jobs:doubled", 3, at_once=8), range(200))
    found["killed"] = pool.map(Job("tests.executors.jobs:doubled", 3, at_once=8), range(200), done=kill)
    found["kills"], found["done"] = len(killed), sorted(done)
    try:
        setup = {"elements": [1], "times": 100, "folder": sys.argv[1]}
        pool.map(Job("tests.executors.jobs:deadly", setup), range(3))
    except WorkersLost as lost:
        found["lost"] = str(lost)
print(json.dumps(found))
"""


def test_ray_does_what_processes_do_and_loses_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            "unshare",
            "-rn",
            "sh",
            "-c",
            'ip link set lo up; exec "$@"',
            "sh",
            sys.executable,
            "-c",
            SCRIPT,
            str(tmp_path),
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["plain"] == found["killed"] == list(range(0, 600, 3))
    assert (found["kills"], found["done"]) == (3, list(range(200)))
    assert "element 1 has lost its worker of ray:2 5 times" in found["lost"]

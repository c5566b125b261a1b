"""Workers of Ray, in a network namespace of their own; skipped with a word where Ray or the namespace is missing."""

import json
from pathlib import Path

import pytest

from tests.executors import namespace

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(namespace.WHY_NO_RAY), reason=namespace.WHY_NO_RAY),
]

SCRIPT = """
import json, os, signal, sys
from contextlib import suppress
from ray.exceptions import RayError
from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Job, WorkersLost

found, killed, done, alarms = {}, [], [], [40, 90, 160]

def kill(number, value):
    done.append(number)
    if alarms and len(done) >= alarms[0]:
        for worker in [each for each in pool._open.values() if each.is_ready]:
            with suppress(RayError, ProcessLookupError):  # it was killed, and the pool does not know yet
                process = worker.channel.processes()[len(killed) % 2]  # the actor's, then the worker's
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                alarms.pop(0)
                return

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
    # What Ray says of actors that were killed is not where a command prints its JSON.
    found = json.loads(namespace.alone("-c", SCRIPT, str(tmp_path)))
    assert found["plain"] == found["killed"] == list(range(0, 600, 3))
    assert (found["kills"], found["done"]) == (3, list(range(200)))
    assert "element 1 has lost its worker of ray:2 5 times" in found["lost"]

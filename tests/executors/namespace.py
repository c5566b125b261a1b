"""Programs that use Ray, in a network namespace of their own: it listens where anybody on a machine can reach it."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_ALONE = ("unshare", "-rn")


def _why_no_ray() -> str:
    if find_spec("ray") is None:
        return "Ray is not installed: make test-ray"
    if shutil.which(_ALONE[0]) is None or subprocess.run([*_ALONE, "true"], capture_output=True).returncode != 0:
        return "no network namespace can be made here"
    return ""


WHY_NO_RAY = _why_no_ray()
"""Why Ray cannot be tested here; empty if it can."""


def alone(*words: str, seconds: float = 500.0) -> str:
    """What a Python with these words prints, where nobody else is."""
    up = ("sh", "-c", 'ip link set lo up; exec "$@"', "sh")
    ended = subprocess.run(
        [*_ALONE, *up, sys.executable, *words],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout

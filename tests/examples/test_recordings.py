"""The examples as a real model answered them: run from the recordings that lie beside them."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.record_examples import EXAMPLES, RUNS, command, recording_of
from tests import warm


@pytest.mark.parametrize("file", RUNS)
def test_an_example_runs_from_its_recording(file: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("runs"))
    recording = str(recording_of(file))
    ran = warm.run(command(file, f"replay:{recording}")[1:], tmp_path / "examples")
    assert ran.returncode == 0, f"{ran.stderr}\nwhere what is asked was changed on purpose: `make recordings`"
    recorded = [json.loads(line)["answer"] for line in (EXAMPLES / recording).read_text().splitlines()]
    assert f"{len(recorded)} model call" in ran.stderr

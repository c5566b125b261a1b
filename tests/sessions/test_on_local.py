"""What one recorded session teaches, done again by the real model: the task, asked for in other words."""

import re

import pytest

from tests.capture.test_claude import GOAL, REPORT, SAID_OTHERWISE, WORK
from tests.commands import hdsl
from tests.sessions.recordings import atif

ENVIRONMENT = {"HDSL_LOCAL_THREADS": "1", "HDSL_LOCAL_CONTEXT": "4096", "HDSL_LOCAL_PARALLEL": "1"}


@pytest.mark.model
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_real_model_does_a_variation_of_a_captured_task(tmp_path):
    atif(tmp_path, [(said, command, "", int(command == "cat prices.txt")) for said, command in WORK], GOAL)
    imported = hdsl("sessions", "import", "session.json", "--out", "learned", folder=tmp_path)
    assert (imported.json["kept"], imported.json["avoided"]) == (len(WORK) - 1, 1)
    harness = tmp_path / "learned" / "coder.hg"
    # However slow the machine is.
    harness.write_text(re.sub(r", seconds=\d+", "", harness.read_text()))
    again = tmp_path / "again"
    again.mkdir()
    words = ("--kernel", "local", "--topk", "1", "--verbatim", "true", "--task", SAID_OTHERWISE)
    done = hdsl("run", str(harness), *words, folder=again, environment={**ENVIRONMENT, "HDSL_TIMEOUT": "600"})
    assert done.code == 0, done.err
    assert (again / "shop" / "report.txt").read_text() == REPORT
    assert "0 model calls" not in done.err

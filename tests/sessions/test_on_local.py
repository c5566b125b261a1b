"""What one captured session teaches, done again by the real model: the task, and the task asked for in other words."""

import re
from pathlib import Path

import pytest

from tests.capture.claude_code import GOAL, REPORT, SAID_OTHERWISE, WORK, captured, why_not
from tests.commands import hdsl
from tests.sessions.recordings import atif

ENVIRONMENT = {"HDSL_LOCAL_THREADS": "1", "HDSL_LOCAL_CONTEXT": "4096", "HDSL_LOCAL_PARALLEL": "1"}


def session(folder: Path) -> Path:
    """What Claude Code did, as the plugin captured it; where that is not installed, a recording of the same."""
    if not why_not():
        return captured(folder)[0]
    atif(folder, [(said, command, "", int(command == "cat prices.txt")) for said, command in WORK], GOAL)
    return folder / "session.json"


@pytest.mark.model
@pytest.mark.long
@pytest.mark.timeout(7200)
def test_the_real_model_does_a_captured_task_and_a_variation_of_it(tmp_path):
    imported = hdsl("sessions", "import", str(session(tmp_path)), "--out", "learned", folder=tmp_path)
    assert (imported.json["kept"], imported.json["avoided"]) == (len(WORK) - 1, 1)
    harness = tmp_path / "learned" / "coder.hg"
    # However slow the machine is.
    harness.write_text(re.sub(r", seconds=\d+", "", harness.read_text()))
    for number, goal in enumerate((GOAL, SAID_OTHERWISE)):
        again = tmp_path / f"again-{number}"
        again.mkdir()
        words = ("--kernel", "local", "--topk", "1", "--verbatim", "true", "--task", goal)
        done = hdsl("run", str(harness), *words, folder=again, environment={**ENVIRONMENT, "HDSL_TIMEOUT": "600"})
        assert done.code == 0, done.err
        assert (again / "shop" / "report.txt").read_text() == REPORT
        assert "0 model calls" not in done.err

"""The whole path with the real Claude Code of the agent SDK: what it does is captured, becomes rows, is done again."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hdsl.capture import plugin
from hdsl.capture.places import Places
from tests.commands import hdsl

GOAL = "Work out what the fruits in the shop are worth in all and write a report"
SAID_OTHERWISE = "Please work out and write in a report what in all the fruits are worth in the shop"
WORK = (
    ("Make a folder for the shop", "mkdir shop && cd shop"),
    ("Write down the fruits in stock", "printf 'apple 3\\npear 5\\nplum 2\\n' > stock.txt"),
    ("Look for a list of prices", "cat prices.txt"),
    ("Write down what each fruit costs", "printf 'apple 2\\npear 1\\nplum 4\\n' > prices.txt"),
    ("Put stock and prices side by side", "join stock.txt prices.txt > both.txt"),
    ("Check the joined table", "cat both.txt"),
    ("Set the currency", "export CURRENCY=EUR"),
    ("Multiply amounts and prices", "awk '{print $1, $2 * $3}' both.txt > worth.txt"),
    ("Add up the worth of everything", "awk '{sum += $2} END {print sum}' worth.txt > total.txt"),
    ("Write the report", 'echo "total $(cat total.txt) $CURRENCY" > report.txt'),
    ("Test that the total is right", "grep -qx 'total 19 EUR' report.txt"),
    ("Show the report", "cat report.txt"),
)
REPORT = "total 19 EUR\n"
PROJECT = Path(__file__).parents[2]


def can_be_alone() -> bool:
    """Whether a network namespace can be made here."""
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "-n", "true"], capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(importlib.util.find_spec("claude_agent_sdk") is None, reason="needs pip install 'hdsl[agent]'"),
    pytest.mark.skipif(not can_be_alone(), reason="needs a network namespace (unshare -n)"),
]


def claude(root: Path, turns, prompt: str, *options: str) -> dict:
    """Runs Claude Code in `root/project`, with its home and the plugin in `root/home`."""
    (root / "project").mkdir(parents=True, exist_ok=True)
    home = {"HOME": str(root / "home"), "SHELL": "/bin/bash", "TERM": "xterm", "PATH": os.environ["PATH"]}
    told = {"turns": turns, "environment": home, "folder": str(root / "project"), "prompt": prompt}
    words = ["unshare", "-n", sys.executable, "-m", "tests.capture.claude_inside"]
    given = json.dumps({**told, "options": options or ["--allowedTools", "Bash"]})
    ran = subprocess.run(words, input=given, capture_output=True, text=True, cwd=PROJECT, timeout=110)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def results(ran: dict) -> list[dict]:
    """What came back to the model for its calls."""
    return [part for event in ran["events"] if event["type"] == "user" for part in event["message"]["content"]]


def installed(root: Path, seconds: int = plugin.HOOK_SECONDS) -> tuple[Places, Path]:
    places, folder = Places(root / "home" / "captures"), root / "home" / ".claude" / "skills" / plugin.NAME
    plugin.install(places, folder, seconds)
    return places, folder


def bash(command: str, description: str = "Do it") -> dict:
    return {"name": "Bash", "command": command, "description": description}


def test_what_claude_code_did_is_captured_and_a_fresh_coder_does_it_again(tmp_path):
    places, _ = installed(tmp_path)
    turns = [[f"{intent}.", bash(command, intent)] for intent, command in WORK] + [["It is done."]]
    ran = claude(tmp_path, turns, GOAL)
    assert len(ran["requests"]) == len(WORK) + 1
    came = results(ran)
    assert [result["is_error"] for result in came] == [command == "cat prices.txt" for _, command in WORK]
    assert came[-1]["content"] == REPORT.strip()
    (session,) = places.sessions()
    trajectory = str(places.kept(session) / "trajectory.json")

    shown = hdsl("sessions", "show", trajectory, "--json", folder=tmp_path).json["sessions"][0]
    assert (shown["goal"], shown["agent"], len(shown["steps"])) == (GOAL, "claude-code", 1 + len(WORK))
    calls = [call for step in shown["steps"] for call in step["calls"]]
    assert [call["command"] for call in calls] == [command for _, command in WORK]
    replayed = hdsl("sessions", "replay", trajectory, "--no-sandbox", folder=tmp_path)
    assert replayed.json["exit_statuses"] == {"same": len(WORK), "differ": 0}
    assert replayed.json["same"] == len(WORK)

    imported = hdsl("sessions", "import", str(places.captures), "--out", "learned", folder=tmp_path)
    assert imported.code == 0, imported.err
    assert all(file["mapped"] == file["all"] for file in imported.json["files"])
    assert (imported.json["kept"], imported.json["avoided"]) == (len(WORK) - 1, 1)
    for number, goal in enumerate((GOAL, SAID_OTHERWISE)):
        folder = tmp_path / f"again-{number}"
        folder.mkdir()
        (folder / "README").write_text("something else that is there\n")
        done = hdsl("run", str(tmp_path / "learned" / "coder.hg"), "--task", goal, folder=folder)
        assert done.code == 0, done.err
        assert (folder / "shop" / "report.txt").read_text() == REPORT


def test_a_hook_that_is_missing_or_hangs_blocks_the_command_of_claude_code(tmp_path):
    for broken, reason in ((None, "No such file"), ("sleep 100", "the hook failed (124)")):
        root = tmp_path / ("hangs" if broken else "missing")
        _, folder = installed(root, seconds=1)
        script = folder / plugin.HOOK
        script.unlink() if broken is None else script.write_text(broken)
        ran = claude(root, [["I do it", bash("touch done")], ["So be it."]], "Make a file")
        (result,) = results(ran)
        assert result["is_error"] and reason in result["content"]
        warned = [
            event["stdout"]
            for event in ran["events"]
            if event.get("hook_event") == "SessionStart" and "stdout" in event
        ]
        assert any("COMMANDS WILL NOT BE RECORDED" in said for said in warned)
        assert not (root / "project" / "done").exists()


def test_rules_still_decide_about_the_command_that_was_asked_for(tmp_path):
    _, folder = installed(tmp_path)
    turns = [["I do it", bash(command)] for command in ("echo one", "touch two", "ls three")] + [["So be it."]]
    allowed = [*plugin.rules(folder), "Bash(echo:*)", "Bash(ls:*)"]
    ran = claude(tmp_path, turns, "Try it", "--allowedTools", *allowed, "--disallowedTools", "Bash(ls:*)")
    ok, asked, denied = results(ran)
    assert ok["content"] == "one"
    assert "needs approval" in asked["content"]
    assert "has been denied" in denied["content"]

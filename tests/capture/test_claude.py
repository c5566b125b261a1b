"""The whole path with the real Claude Code of the agent SDK: what it does is captured, becomes rows, is done again."""

import pytest

from hdsl.capture import plugin
from tests.capture.claude_code import GOAL, REPORT, SAID_OTHERWISE, WORK, bash, captured, claude, installed, why_not
from tests.commands import hdsl
from tests.servers.messages import Turn

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(bool(why_not()), reason=why_not())]


def test_what_claude_code_did_is_captured_and_a_fresh_coder_does_it_again(tmp_path):
    trajectory, came = captured(tmp_path)
    assert [is_error for _, is_error in came] == [command == "cat prices.txt" for _, command in WORK]
    assert came[-1] == (REPORT.strip(), False)

    shown = hdsl("sessions", "show", str(trajectory), "--json", folder=tmp_path).json["sessions"][0]
    assert (shown["goal"], shown["agent"], len(shown["steps"])) == (GOAL, "claude-code", 1 + len(WORK))
    calls = [call for step in shown["steps"] for call in step["calls"]]
    assert [call["command"] for call in calls] == [command for _, command in WORK]
    replayed = hdsl("sessions", "replay", str(trajectory), "--no-sandbox", folder=tmp_path)
    assert replayed.json["exit_statuses"] == {"same": len(WORK), "differ": 0}
    assert replayed.json["same"] == len(WORK)

    own = hdsl("sessions", "import", str(tmp_path / "home" / ".claude" / "projects"), "--out", "own", folder=tmp_path)
    (account,) = own.json["files"]
    assert account["all"] == account["mapped"] + sum(account["skipped"].values())
    assert (own.json["calls"], own.json["kept"]) == (len(WORK), len(WORK) - 1)

    # Claude Code's own recording, with the commands as the model gave them, does the same.
    (transcript,) = (tmp_path / "home" / ".claude" / "projects").rglob("*.jsonl")
    replayed = hdsl("sessions", "replay", str(transcript), "--no-sandbox", folder=tmp_path)
    assert replayed.json["exit_statuses"] == {"same": len(WORK), "differ": 0}

    imported = hdsl("sessions", "import", str(tmp_path / "home" / "captures"), "--out", "learned", folder=tmp_path)
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
        events, ((said, is_error),) = claude(root, [bash("touch done"), Turn("So be it.")], "Make a file")
        assert (is_error, reason in said) == (True, True)
        warned = [event["stdout"] for event in events if event.get("subtype") == "hook_response"]
        assert any("COMMANDS WILL NOT BE RECORDED" in said for said in warned)
        assert not (root / "project" / "done").exists()


def test_rules_still_decide_about_the_command_that_was_asked_for(tmp_path):
    _, folder = installed(tmp_path)
    turns = [*map(bash, ("echo one", "touch two", "ls three")), Turn("So be it.")]
    allowed = [*plugin.rules(folder), "Bash(echo:*)", "Bash(ls:*)"]
    options = ("--allowedTools", *allowed, "--disallowedTools", "Bash(ls:*)")
    _, (ok, asked, denied) = claude(tmp_path, turns, "Try it", *options)
    assert ok == ("one", False)
    assert "needs approval" in asked[0]
    assert "has been denied" in denied[0]

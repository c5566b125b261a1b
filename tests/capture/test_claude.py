"""The whole path with the real Claude Code of the agent SDK: what it does is captured, becomes rows, is done again."""

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from hdsl.capture import plugin
from hdsl.capture.places import Places
from tests.commands import hdsl
from tests.servers.messages import MessagesServer, Turn, Use, can_be_alone

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


pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(importlib.util.find_spec("claude_agent_sdk") is None, reason="needs pip install 'hdsl[agent]'"),
    pytest.mark.skipif(not can_be_alone(), reason="needs a network namespace (unshare)"),
]


def claude(root: Path, turns: list[Turn], prompt: str, *options: str) -> tuple[list[dict], list[tuple[str, bool]]]:
    """Runs Claude Code in `root/project`, its home `root/home`: its events, and what each call came to."""
    import claude_agent_sdk

    program = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
    (root / "project").mkdir(parents=True, exist_ok=True)
    words = [str(program), "-p", prompt, "--output-format", "stream-json", "--verbose"]
    with MessagesServer(turns) as server:
        ran = subprocess.run(
            server.alone([*words, *(options or ("--allowedTools", "Bash"))]),
            env={**server.environment(root / "home"), "SHELL": "/bin/bash", "TERM": "xterm"},
            cwd=root / "project",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert ran.returncode == 0, ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines()], server.results()


def installed(root: Path, seconds: int = plugin.HOOK_SECONDS) -> tuple[Places, Path]:
    places, folder = Places(root / "home" / "captures"), root / "home" / ".claude" / "skills" / plugin.NAME
    plugin.install(places, folder, seconds)
    return places, folder


def bash(command: str, description: str = "Do it") -> Turn:
    return Turn(f"{description}.", (Use("Bash", {"command": command, "description": description}),))


def test_what_claude_code_did_is_captured_and_a_fresh_coder_does_it_again(tmp_path):
    places, _ = installed(tmp_path)
    _, came = claude(tmp_path, [*(bash(command, intent) for intent, command in WORK), Turn("It is done.")], GOAL)
    assert [is_error for _, is_error in came] == [command == "cat prices.txt" for _, command in WORK]
    assert came[-1] == (REPORT.strip(), False)
    (session,) = places.sessions()
    trajectory = str(places.kept(session) / "trajectory.json")

    shown = hdsl("sessions", "show", trajectory, "--json", folder=tmp_path).json["sessions"][0]
    assert (shown["goal"], shown["agent"], len(shown["steps"])) == (GOAL, "claude-code", 1 + len(WORK))
    calls = [call for step in shown["steps"] for call in step["calls"]]
    assert [call["command"] for call in calls] == [command for _, command in WORK]
    replayed = hdsl("sessions", "replay", trajectory, "--no-sandbox", folder=tmp_path)
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

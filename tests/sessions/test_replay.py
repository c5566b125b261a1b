"""Sessions are run again in a real terminal, and what comes out is compared with what was recorded."""

import asyncio
import json
import re
import shutil

import pytest

from hdsl.sessions.model import Call, Outcome, Session, Step
from hdsl.sessions.replay import alike, moved, replay
from hdsl.terminal.terminal import Terminal
from tests.commands import REPOSITORY, hdsl
from tests.sessions.recordings import GOAL, WORK, WRITERS, claude
from tests.terminal.sandboxes import needs_sandbox


def session_of(*calls) -> Session:
    steps = tuple(
        Step("agent", calls=(Call(str(number), "Bash", {}, command, Outcome(output, status)),), line=number)
        for number, (command, output, status) in enumerate(calls, 1)
    )
    return Session("s", "atif", "s.json", (Step("user", GOAL), *steps), folder="/home/someone/project")


def replayed(session, folder, gate=None, timeout=60.0):
    async def run():
        terminal = Terminal(folder, gate=gate)
        try:
            return await replay(session, terminal, folder, timeout)
        finally:
            await terminal.close()

    return asyncio.run(run())


def test_state_persists_and_statuses_and_screens_are_compared(tmp_path):
    found = replayed(
        session_of(
            ("cd /home/someone/project && mkdir a && cd a && X=7", "", 0),
            ("echo $X; basename $PWD", "7\na", 0),
            ("(exit 3)", "", 3),
            ("echo two", "three", 0),
            ("false", "", 0),
            ("cat <<'E'\none\ntwo\nE", "one\ntwo", 0),
            ("seq 1 200", "\n".join(map(str, range(1, 201))), 0),
        ),
        tmp_path,
    )
    verdicts = [each.verdict for each in found]
    assert verdicts == ["same", "same", "same", "differs", "differs", "same", "same"], found
    assert [each.why for each in found if each.why] == [
        "the screens differ",
        "it ended with 1, and with 0 when recorded",
    ]


def test_a_command_that_waits_is_ended_and_the_next_runs(tmp_path):
    found = replayed(
        session_of(("cat", "", 0), ('echo "open', "", 2), ("echo after", "after", 0)), tmp_path, timeout=3.0
    )
    assert [each.verdict for each in found] == ["not run", "not run", "same"]


def test_after_the_shell_has_ended_the_rest_is_not_run(tmp_path):
    found = replayed(session_of(("exit 4", "", 4), ("echo after", "after", 0)), tmp_path)
    assert found[1].verdict == "not run"
    assert "the shell has ended" in found[1].why


def test_the_policy_is_asked(tmp_path):
    from hdsl.policy.decision import Rules
    from hdsl.policy.guard import Guard

    (first, second) = replayed(session_of(("rm -rf ~", "", 0), ("echo x", "x", 0)), tmp_path, Guard(Rules()))
    assert (first.verdict, second.verdict, second.screen) == ("not run", "same", "x")
    assert "recursive-delete" in first.why


@needs_sandbox
def test_replay_runs_in_a_sandbox_and_in_a_copy(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "kept.txt").write_text("kept")
    work = [
        ("Look", "cat /home/someone/project/kept.txt", "kept", 0),
        ("Change it", "rm kept.txt", "", 0),
        ("Leave something", "touch /tmp/left-by-a-replay ~/left-by-a-replay", "", 0),
        ("Go out", "exec 3<>/dev/tcp/127.0.0.1/9", "refused", 1),
    ]
    ran = hdsl("sessions", "replay", str(claude(tmp_path, work)), "--folder", "project", folder=tmp_path)
    account = ran.json
    assert account["sandbox"] is True
    assert account["exit_statuses"] == {"same": 4, "differ": 0}
    assert [step["verdict"] for step in account["steps"]] == ["same", "same", "same", "differs"]
    assert ran.code == 1
    assert (project / "kept.txt").read_text() == "kept"
    assert not list(tmp_path.glob(".hdsl-replay-*"))


def test_without_a_sandbox_nothing_runs_unless_told(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("tmux", "bash", "sh", "cat", "printf", "wc", "env", "tail"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    path = str(claude(tmp_path))
    refused = hdsl("sessions", "replay", path, folder=tmp_path)
    assert refused.code == 2
    assert refused.out == ""
    assert "--no-sandbox" in refused.err
    told = hdsl("sessions", "replay", path, "--no-sandbox", folder=tmp_path)
    assert told.out, told.err
    assert (told.code, json.loads(told.out)["exit_statuses"]) == (0, {"same": 4, "differ": 0})


@pytest.mark.parametrize(
    ("recorded", "screen", "same"),
    [
        ("a b", "a\nb", True),
        ("3 passed in 0.12s", "3 passed in 4.5s", True),
        ("at 0x7f3a", "at 0x81bc", True),
        ("3 passed", "3 failed", False),
        ("", "something", False),
    ],
)
def test_screens_are_alike_but_for_times_and_addresses(recorded, screen, same):
    assert alike(recorded, screen) is same


def test_the_recorded_folder_is_moved_and_its_namesakes_are_not(tmp_path):
    command = "cd /w && cat /w/a /work/b '/w' x/w"
    assert moved(command, "/w/", tmp_path) == f"cd {tmp_path} && cat {tmp_path}/a /work/b '{tmp_path}' x/w"


@pytest.mark.parametrize("name", ["swe-agent", "atif"])
def test_what_a_replay_measured_can_be_learned(name, tmp_path):
    work = [(said, command, output, None) for said, command, output, _ in WORK]
    path = str(WRITERS[name](tmp_path, work))
    ran = hdsl("sessions", "replay", path, "--no-sandbox", "--out", "measured.json", folder=tmp_path)
    assert ran.code == 0, ran.err
    assert ran.json["exit_statuses"] == {"same": 0, "differ": 0}
    assert hdsl("sessions", "import", path, "--out", "before", folder=tmp_path).json["rows"]["act"] == 0
    imported = hdsl("sessions", "import", "measured.json", "--out", "after", folder=tmp_path)
    assert imported.json["rows"] == {"decide": 8, "act": 5, "avoid": 1}


@needs_sandbox
def test_the_command_of_the_documentation_replays_every_exit_status(tmp_path):
    page = (REPOSITORY / "docs" / "sessions.md").read_text()
    (command,) = re.findall(r"^    hdsl (sessions replay .*)$", page, re.MULTILINE)
    shutil.copytree(REPOSITORY / "examples" / "recorded", tmp_path / "examples" / "recorded")
    (tmp_path / "project").mkdir()
    ran = hdsl(*command.split(), folder=tmp_path)
    assert (ran.code, ran.json["same"], ran.json["exit_statuses"]) == (0, 4, {"same": 4, "differ": 0})

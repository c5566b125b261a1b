"""Recorded shells without hooks: what stands for `$SHELL`, a terminal over MCP, and a person's own bash."""

import asyncio
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.capture.playing import wait_for_end
from tests.commands import hdsl

SECONDS = 60
SECRET = "abcd-efgh-1234-zz"


def environment(root: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(root), "LANG": "C.UTF-8", "HDSL_CAPTURES": str(root / "captures"), **more}


def steps_of(root: Path) -> list[dict]:
    hdsl("capture", "list", folder=root, environment={"HDSL_CAPTURES": str(root / "captures")})
    (path,) = (root / "captures").glob("*/trajectory.json")
    return json.loads(path.read_text())["steps"]


def commands_of(steps: list[dict]) -> list[tuple[str, int]]:
    return [
        (step["tool_calls"][0]["arguments"]["command"], result["extra"]["hdsl"]["exit_status"])
        for step in steps
        for result in step.get("observation", {"results": ()})["results"]
    ]


def test_a_program_that_starts_a_shell_for_each_command_gets_what_bash_would_give_it(tmp_path):
    (tmp_path / "sub").mkdir()
    more = {"HDSL_CAPTURE_SESSION": "agent-1", "HDSL_CAPTURE_GOAL": "Look around", "API_TOKEN": SECRET}
    known = environment(tmp_path, **more)
    shell = hdsl("capture", "shell", "--path", folder=tmp_path, environment=known).out.strip()

    def run(program, *words, given=None, **variables):
        ran = subprocess.run(
            [program, *words],
            cwd=tmp_path,
            env={**known, **variables},
            input=given,
            stdin=None if given else subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
        return ran.returncode, ran.stdout, ran.stderr.replace(f"{shell}: ".encode(), b"bash: ")

    try:
        for words, more in (
            (("-c", "echo out; echo err >&2; exit 3"), {}),
            (("-lc", "cd sub && pwd; export KEPT=1"), {}),
            (("-c", 'pwd; echo "[$KEPT$GIVEN]" $1 $#', "name", "one", "two words"), {"GIVEN": "yes"}),
            (("-c", "cat; echo end"), {"given": b"from\0a pipe\n" * 9000}),
            (("-c", "printf '%s' \"it's\"; false || (exit 5)"), {}),
        ):
            assert run(shell, *words, **more) == run("bash", *words, **more)
        refused = run(shell, "-c")
        assert (refused[0], b"stands a command" in refused[2]) == (125, True)
    finally:
        owner = int((tmp_path / "captures" / ".live" / "agent-1" / "owner").read_text().split()[0])
        os.kill(owner, signal.SIGTERM)
        wait_for_end(owner)
    steps = steps_of(tmp_path)
    assert steps[0]["message"] == "Look around"
    found = commands_of(steps)
    # What would leave a trace in one shell is recorded so that it leaves none.
    assert found[1] == ("(cd sub && pwd; export KEPT=1)", 0)
    assert [status for _, status in found] == [3, 0, 0, 0, 5]


def test_a_terminal_over_mcp_keeps_its_state_and_ends_what_takes_too_long(tmp_path):
    pytest.importorskip("mcp", reason="needs pip install 'hdsl[capture]'")
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "hdsl", "capture", "mcp", "--goal", "Count the fruits"],
        env=environment(tmp_path, API_TOKEN=SECRET),
        cwd=str(tmp_path),
    )

    async def talk():
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            await session.initialize()
            (tool,) = (await session.list_tools()).tools
            assert tool.name == "terminal"
            ran = []
            for command, timeout in (
                ("cd / && export A=1; false", 60),
                ("sleep 100; touch no", 0.2),
                ("pwd; echo $A", 60),
            ):
                called = await session.call_tool("terminal", {"command": command, "timeout": timeout})
                ran.append(called.structured_content)
            return ran

    first, second, third = asyncio.run(talk())
    assert first == {"output": "", "exit_status": 1, "folder": "/"}
    assert "ended after 0.2 s" in second["output"]
    assert third == {"output": "/\n1\n", "exit_status": 0, "folder": "/"}
    steps = steps_of(tmp_path)
    assert steps[0]["message"] == "Count the fruits"
    assert [status for _, status in commands_of(steps)] == [1, 137, 0]


class Person:
    """Somebody at a terminal."""

    def __init__(self, root: Path):
        process, self._terminal = pty.fork()
        if process == 0:
            os.chdir(root)
            known = environment(root, TERM="xterm", API_TOKEN=SECRET)
            os.execve(sys.executable, [sys.executable, "-m", "hdsl", "capture", "shell"], known)
        self.process = process
        self._seen = b""

    def types(self, line: str, until: str) -> None:
        self._seen = b""
        os.write(self._terminal, line.encode() + b"\r")
        self.sees(until)

    def sees(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text.encode() not in self._seen:
            assert time.monotonic() < deadline, self._seen
            if select.select([self._terminal], [], [], 1)[0]:
                self._seen += os.read(self._terminal, 65536)

    def leaves(self) -> int:
        os.write(self._terminal, b"exit\r")
        try:
            while os.read(self._terminal, 65536):
                pass
        except OSError:  # the other end is closed
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def test_what_a_person_does_in_their_own_bash_is_recorded(tmp_path):
    (tmp_path / ".bashrc").write_text("PS1='me> '\nalias lines='wc -l'\nPROMPT_COMMAND='true'\n")
    person = Person(tmp_path)
    person.sees("me> ")
    person.types("# count the fruits in the basket", "me> ")
    person.types("printf 'a\\nb\\n' > basket; echo d$((1+1))", "d2")
    person.types("lines < basket; cat missing; echo d$((1+2))", "d3")
    person.types("false; echo $API_TOKEN; cd /; echo d$((2+2)); (exit 6)", "d4")
    person.types(" echo d$((2+3))", "d5")
    assert person.leaves() == 0
    steps = steps_of(tmp_path)
    assert steps[0] | {"timestamp": 0} == {
        **{"step_id": 1, "source": "user", "message": "count the fruits in the basket", "timestamp": 0}
    }
    assert [status for _, status in commands_of(steps)] == [0, 0, 6]
    assert commands_of(steps)[1][0] == "lines < basket; cat missing; echo d$((1+2))"
    output = steps[2]["observation"]["results"][0]["content"]
    assert output.startswith("2\ncat: missing: No such file or directory\nd3")
    kept = "".join(file.read_text() for file in (tmp_path / "captures").rglob("*") if file.is_file())
    assert SECRET not in kept
    shown = hdsl("sessions", "show", str(next((tmp_path / "captures").glob("*/pane.cast"))), folder=tmp_path)
    assert "lines < basket; cat missing; echo d$((1+2)) (exit 0)" in shown.out


def test_a_persons_shell_needs_a_terminal(tmp_path):
    refused = hdsl("capture", "shell", folder=tmp_path, environment=environment(tmp_path))
    assert (refused.code, "needs a terminal" in refused.err) == (2, True)

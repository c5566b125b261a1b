"""The real Claude Code CLI of the Agent SDK, against a scripted server: it drives what hdsl serves and exports."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hdsl.kernel.agent_session import bundled_program
from tests.commands import REPOSITORY, hdsl
from tests.servers.agents import needs_agent
from tests.servers.messages import MessagesServer, Turn, can_be_alone

pytestmark = [
    pytest.mark.timeout(300),
    needs_agent,
    pytest.mark.skipif(not can_be_alone(), reason="needs a network namespace (unshare)"),
]

DEBUGGER = REPOSITORY / "examples" / "debugger" / "debugger.hg"
ROUTER = REPOSITORY / "examples" / "router" / "router.hg"


def claude(
    root: Path, turns: list[Turn], *options: str, prompt: str = "Do it"
) -> tuple[list[dict[str, Any]], MessagesServer]:
    """Runs Claude Code in `root`, its home `root/home`: what it printed, and the server that it asked."""
    words = [str(bundled_program()), "-p", prompt, "--output-format", "stream-json", "--verbose", *options]
    with MessagesServer(turns) as server:
        ran = subprocess.run(
            server.alone(words),
            env={**server.environment(root / "home"), "HDSL_RUNS": str(root / "runs")},
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert ran.returncode == 0, ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines()], server


def test_claude_code_loads_an_exported_skill_and_runs_its_script(tmp_path: Path) -> None:
    skills = tmp_path / ".claude" / "skills"
    exported = hdsl("export", str(DEBUGGER), "--as", "skill", "--out", str(skills), "--licence", "MIT", folder=tmp_path)
    assert exported.code == 0, exported.err
    for file in (DEBUGGER.parent / "project").glob("*.py"):
        shutil.copy(file, tmp_path)
    script = skills / "debugger" / "scripts" / "run.py"
    command = f"{sys.executable} {script} --failure 'add returns the difference'"
    turns = [
        Turn.use("Skill", skill="debugger"),
        Turn.use("Bash", command=command, description="Run it"),
        Turn("Done."),
    ]
    _, server = claude(tmp_path, turns, "--allowedTools", "Skill", "Bash", "Read")
    listed = json.dumps(server.requests[0])
    assert "Works in the folder of a Python project until its tests pass." in listed
    loaded = json.dumps(server.requests[1])
    assert "## Do it by hand" in loaded and "references/rows.md" in loaded
    results = server.results()
    assert not any(is_error for _, is_error in results), results
    assert "return a + b" in (tmp_path / "calculator.py").read_text()


def test_claude_code_runs_the_command_of_an_exported_plugin(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    exported = hdsl("export", str(ROUTER), "--as", "plugin", "--out", str(plugin), "--licence", "MIT", folder=tmp_path)
    assert exported.code == 0, exported.err
    script = plugin / "skills" / "router" / "scripts" / "run.py"
    turns = [
        Turn.use(
            "Bash", command=f"{sys.executable} {script} --question 'How do I get a refund?'", description="Run it"
        ),
        Turn("Done."),
    ]
    options = ("--plugin-dir", str(plugin), "--allowedTools", "Bash")
    _, server = claude(tmp_path, turns, *options, prompt="/router:router How do I get a refund?")
    asked = json.dumps(server.requests[0])
    assert "run.py" in asked and "quoted for the shell" in asked and "How do I get a refund?" in asked
    validated = subprocess.run(
        server.alone([str(bundled_program()), "plugin", "validate", str(plugin)]),
        env=server.environment(tmp_path / "home"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert validated.returncode == 0, validated.stdout
    ((said, is_error),) = server.results()
    assert not is_error and "refund" in said, said


def test_claude_code_calls_a_harness_that_is_served(tmp_path: Path) -> None:
    command = {"command": sys.executable, "args": ["-m", "hdsl", "serve", str(ROUTER)]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"desk": command}}))
    turns = [Turn.use("mcp__desk__router", question=["How do I get a refund?"]), Turn("Done.")]
    options = ("--mcp-config", "mcp.json", "--strict-mcp-config", "--allowedTools", "mcp__desk__router")
    events, server = claude(tmp_path, turns, *options)
    ((said, is_error),) = server.results()
    assert not is_error and "refund" in said, said
    assert events[-1]["type"] == "result"

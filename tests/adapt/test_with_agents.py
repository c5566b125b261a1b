"""The real Claude Code CLI of the Agent SDK, against a scripted server: it drives what hdsl serves and exports."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import REPOSITORY
from tests.servers.agents import needs_agent
from tests.servers.messages import MessagesServer, Turn, can_be_alone

pytestmark = [
    pytest.mark.timeout(300),
    needs_agent,
    pytest.mark.skipif(not can_be_alone(), reason="needs a network namespace (unshare)"),
]

ROUTER = REPOSITORY / "examples" / "router" / "router.hg"


def claude(root: Path, turns: list[Turn], *options: str) -> tuple[list[dict[str, Any]], MessagesServer]:
    """Runs Claude Code in `root`, its home `root/home`: what it printed, and the server that it asked."""
    from hdsl.kernel.agent_session import bundled_program

    words = [str(bundled_program()), "-p", "Do it", "--output-format", "stream-json", "--verbose", *options]
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


def test_claude_code_calls_a_harness_that_is_served(tmp_path: Path) -> None:
    command = {"command": sys.executable, "args": ["-m", "hdsl", "serve", str(ROUTER)]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"desk": command}}))
    turns = [Turn.use("mcp__desk__router", question=["How do I get a refund?"]), Turn("Done.")]
    options = ("--mcp-config", "mcp.json", "--strict-mcp-config", "--allowedTools", "mcp__desk__router")
    events, server = claude(tmp_path, turns, *options)
    ((said, is_error),) = server.results()
    assert not is_error and "refund" in said, said
    assert events[-1]["type"] == "result"

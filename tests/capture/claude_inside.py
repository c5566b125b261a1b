"""Runs the agent SDK's own Claude Code against a scripted model, in a network namespace that has loopback alone.

`unshare -n python -m tests.capture.claude_inside`: what to do is JSON on stdin, and what came of it JSON on stdout.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers.claude import MessagesServer, Turn, text, tool


def cli() -> Path:
    """The program that the SDK brings with it."""
    import claude_agent_sdk

    return Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"


def main() -> None:
    told = json.loads(sys.stdin.read())
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    turns = [
        Turn(tuple(text(each) if isinstance(each, str) else tool(**each) for each in blocks))
        for blocks in told["turns"]
    ]
    with MessagesServer(turns) as server:
        environment = {
            **told["environment"],
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": "dummy-key-of-nobody",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        words = [str(cli()), "-p", told["prompt"], "--output-format", "stream-json", "--verbose", *told["options"]]
        ended = subprocess.run(
            words,
            cwd=told["folder"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=told.get("timeout", 100),
        )
        events: list[dict[str, Any]] = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
        found = {"code": ended.returncode, "err": ended.stderr, "events": events, "requests": server.requests}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""The real Claude Code of the agent SDK on a scripted server, captured by the plugin; and a task of twelve commands."""

import importlib.util
import json
import subprocess
from pathlib import Path

from hdsl.capture import plugin
from hdsl.capture.places import Places
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


def why_not() -> str:
    """Why Claude Code cannot be run here; empty if it can."""
    if importlib.util.find_spec("claude_agent_sdk") is None:
        return "needs pip install 'hdsl[agent]'"
    return "" if can_be_alone() else "needs a network namespace (unshare)"


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


def captured(root: Path) -> tuple[Path, list[tuple[str, bool]]]:
    """Claude Code does the task and is captured: the steps that were kept, and what each call came to."""
    places, _ = installed(root)
    _, came = claude(root, [*(bash(command, intent) for intent, command in WORK), Turn("It is done.")], GOAL)
    (session,) = places.sessions()
    return places.kept(session) / "trajectory.json", came

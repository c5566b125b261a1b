"""What capture adds to a command, beside a plain bash in the same run: Claude Code's hooks, and a shell for agents.

Run it with the project's python: `python benchmarks/capture.py`. Each figure is the median of single calls; they take
turns, so that what else the machine does falls on all alike.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPEATS = 60
LIMIT = 20.0
"""Milliseconds that may be added to a command."""

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    from tests.capture.playing import Player, wait_for_end, words_of

    with tempfile.TemporaryDirectory() as name:
        player = Player(Path(name))
        player.start()
        announced: list[dict[str, object]] = []
        told = {"session_id": player.session, "cwd": str(player.project), "tool_name": "Bash"}

        def hook(event: str, **fields: object) -> bytes:
            """As Claude Code runs it, without waiting for anything but its end."""
            given = json.dumps({**told, "hook_event_name": event, **fields}).encode()
            words = words_of(player.hooks[event])
            ran = subprocess.run(words, input=given, env=player.environment, capture_output=True)
            return ran.stdout

        def before(number: int) -> None:
            said = hook("PreToolUse", tool_use_id=f"t{number}", tool_input={"command": "true"})
            announced.append(json.loads(said)["hookSpecificOutput"]["updatedInput"])

        def bash(command: str) -> None:
            line = f"eval '{command}' < /dev/null && pwd -P >| {name}/claude-1-cwd"
            subprocess.run(["bash", "-c", line], env=player.environment, cwd=player.project, capture_output=True)

        def routed(number: int) -> None:
            bash(str(announced[-1]["command"]).replace("'", "'\\''"))

        def after(number: int) -> None:
            hook("PostToolUse", tool_use_id=f"t{number}", tool_input=announced[-1], tool_response={"stdout": ""})

        shell = subprocess.run(
            [sys.executable, "-m", "hdsl", "capture", "shell", "--path"],
            env={**player.environment, "HDSL_CAPTURES": str(player.places.captures)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        agent = {**player.environment, "HDSL_CAPTURE_SESSION": "agent"}

        def wrapped(number: int) -> None:
            subprocess.run([shell, "-c", "true"], env=agent, stdin=subprocess.DEVNULL, capture_output=True)

        def plain(number: int) -> None:
            subprocess.run(["bash", "-c", "true"], env=agent, stdin=subprocess.DEVNULL, capture_output=True)

        wrapped(0)
        actions: dict[str, Callable[[int], None]] = {
            "hook before": before,
            "command, routed": routed,
            "hook after": after,
            "command, plain": lambda number: bash("true"),
            "bash -c": plain,
            "hdsl-shell -c": wrapped,
        }
        times: dict[str, list[float]] = {action: [] for action in actions}
        for number in range(REPEATS):
            for action, run in actions.items():
                started = time.perf_counter()
                run(number)
                times[action].append((time.perf_counter() - started) * 1000)
        player.end()
        owner = int((player.places.running("agent") / "owner").read_text())
        os.kill(owner, signal.SIGTERM)
        wait_for_end(owner)
    median = {action: statistics.median(each) for action, each in times.items()}
    plain_bash = median["bash -c"]
    print(f"{'':24}{'ms':>8}{'x bash -c':>12}")
    for action, each in median.items():
        print(f"{action:24}{each:8.1f}{each / plain_bash:12.1f}")
    hooks = median["hook before"] + median["hook after"] + median["command, routed"] - median["command, plain"]
    shell_adds = median["hdsl-shell -c"] - plain_bash
    for what, added in (("Claude Code's hooks add", hooks), ("hdsl-shell adds", shell_adds)):
        print(f"{what:24}{added:8.1f}{added / plain_bash:12.1f}   {'under' if added < LIMIT else 'over'} {LIMIT:g} ms")


if __name__ == "__main__":
    main()

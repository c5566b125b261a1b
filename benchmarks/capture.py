"""What capture adds to a command, beside hooks that do nothing and a plain bash in the same run.

Run it with the project's python: `python benchmarks/capture.py`. Each figure is the median of single calls, which take
turns, so that what else the machine does falls on all alike. `processor` is the time that the processes of a call
worked, without the recorder's: on a busy machine it says more than the clock does. The last lines are medians of whole
rounds: a command with its hooks.
"""

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPEATS = 100
COMMAND = "echo one line"
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
            said = hook("PreToolUse", tool_use_id=f"t{number}", tool_input={"command": COMMAND})
            announced.append(json.loads(said)["hookSpecificOutput"]["updatedInput"])

        def bash(command: str) -> None:
            line = f"eval '{command}' < /dev/null && pwd -P >| {name}/claude-1-cwd"
            subprocess.run(["bash", "-c", line], env=player.environment, cwd=player.project, capture_output=True)

        nothing = Path(name) / "nothing.bash"
        nothing.write_text("IFS= read -r -N 67108864 input\nexit 0\n")

        def idle(number: int) -> None:
            given = json.dumps({**told, "hook_event_name": "PreToolUse", "tool_use_id": f"t{number}"}).encode()
            subprocess.run(["bash", str(nothing)], input=given, env=player.environment, capture_output=True)

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
            subprocess.run([shell, "-c", COMMAND], env=agent, stdin=subprocess.DEVNULL, capture_output=True)

        def plain(number: int) -> None:
            subprocess.run(["bash", "-c", COMMAND], env=agent, stdin=subprocess.DEVNULL, capture_output=True)

        wrapped(0)
        actions: dict[str, Callable[[int], None]] = {
            "hook before": before,
            "command, routed": routed,
            "hook after": after,
            "hook, nothing": idle,
            "command, plain": lambda number: bash(COMMAND),
            "bash -c": plain,
            "hdsl-shell -c": wrapped,
        }
        times: dict[str, list[float]] = {action: [] for action in actions}
        worked: dict[str, list[float]] = {action: [] for action in actions}
        for number in range(REPEATS):
            for action, run in actions.items():
                started, before_it = time.perf_counter(), processor_seconds()
                run(number)
                times[action].append((time.perf_counter() - started) * 1000)
                worked[action].append((processor_seconds() - before_it) * 1000)
        player.end()
        owner = int((player.places.running("agent") / "owner").read_text().split()[0])
        os.kill(owner, signal.SIGTERM)
        wait_for_end(owner)
    clock, processor = ({action: statistics.median(each) for action, each in kind.items()} for kind in (times, worked))
    print(f"{'':24}{'ms':>8}{'x bash -c':>12}{'processor ms':>14}")

    def line(what: str, figures: tuple[float, float]) -> str:
        return f"{what:24}{figures[0]:8.1f}{figures[0] / clock['bash -c']:12.1f}{figures[1]:14.1f}"

    for action in actions:
        print(line(action, (clock[action], processor[action])))
    rounds = {
        "no hooks": ("command, plain",),
        "hooks that do nothing": ("hook, nothing", "command, plain", "hook, nothing"),
        "Claude Code's hooks": ("hook before", "command, routed", "hook after"),
        "bash -c": ("bash -c",),
        "hdsl-shell -c": ("hdsl-shell -c",),
    }
    print(f"\n{'':24}{'ms':>8}{'added':>8}{'processor ms':>14}{'added':>8}")
    none = "no hooks"
    for what, parts in rounds.items():
        none = "bash -c" if what == "bash -c" else none
        figures = ""
        for kind, width in ((times, 8), (worked, 14)):
            found, without = (
                [sum(each) for each in zip(*(kind[part] for part in taken), strict=True)]
                for taken in (parts, rounds[none])
            )
            added = statistics.median(more - less for more, less in zip(found, without, strict=True))
            figures += f"{statistics.median(found):{width}.1f}{added:8.1f}"
        print(f"{what:24}{figures}")
    print(f"asked: at most {LIMIT:g} ms added")


def processor_seconds() -> float:
    """How long the processes that have ended by now have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

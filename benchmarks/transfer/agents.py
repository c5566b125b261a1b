"""The two agents: A knows every task and is recorded; B knows three kinds of task, and what rows show it."""

import difflib
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.transfer.tasks import Task

NAME = re.compile(r'"[^"]+"|[\w-]+/(?![\w])|[\w-]+\.(?:txt|csv|sh|md)\b')
"""What a goal calls by its name: quoted words, folders, files."""

AS_ALIKE = 0.5
"""How alike what rows were made for must be to what is asked, for B to do as they say."""


def record(tasks: Sequence[Task], folder: Path) -> None:
    """Agent A does tasks in a bash, each a session in ATIF; every third begins with a command that fails."""
    folder.mkdir(parents=True)
    for number, task in enumerate(tasks):
        steps: list[dict[str, Any]] = [{"step_id": 1, "source": "user", "message": task.goal}]
        failing = (("Look around", f"ls {task.family}.missing"),) if number % 3 == 0 else ()
        with tempfile.TemporaryDirectory() as name:
            place = Path(name) / "work"
            task.prepare(place)
            for said, command in (*failing, *task.steps):
                ran = subprocess.run(["bash", "-c", command], cwd=place, capture_output=True, text=True)
                call = f"call_{len(steps)}"
                steps.append(
                    {
                        "step_id": len(steps) + 1,
                        "source": "agent",
                        "message": said,
                        "tool_calls": [
                            {"tool_call_id": call, "function_name": "Bash", "arguments": {"command": command}}
                        ],
                        "observation": {
                            "results": [
                                {
                                    "source_call_id": call,
                                    "content": ran.stdout + ran.stderr,
                                    "extra": {"exit_code": ran.returncode},
                                }
                            ]
                        },
                    }
                )
        session = {
            "schema_version": "ATIF-v1.7",
            "session_id": f"s{number:03}",
            "agent": {"name": "agent-a", "version": "1"},
            "steps": steps,
        }
        (folder / f"s{number:03}.json").write_text(json.dumps(session), encoding="utf-8")


def answer(body: Mapping[str, Any]) -> str:
    """Agent B's model: does as the most similar shown row does, with this goal's names; else what it knows itself."""
    system, *shown, asked = [message["content"] for message in body["messages"]]
    goal = _framed("goal", asked)
    came_in = asked.rpartition("<input>\n")[2].rpartition("\n</input>")[0]
    decides = "Decide what to do next" in system
    state = _commands(came_in) if decides else came_in.replace("text:", "text: ", 1)
    wanted = _plain(f"{goal} {state}" if decides else f"{state} {goal}")
    best, likeness, chosen = "", 0.0, ""
    for question, said in zip(shown[::2], shown[1::2], strict=True):
        when = _framed("when", question)
        ratio = difflib.SequenceMatcher(None, _plain(when).split(), wanted.split(), autojunk=False).ratio()
        if ratio >= likeness:
            best, likeness, chosen = when, ratio, said
    if likeness < AS_ALIKE:
        return _own(goal, came_in, decides)
    theirs, ours = (list(dict.fromkeys(NAME.findall(text))) for text in (best.partition(" $")[0], f"{came_in} {goal}"))
    if decides:
        ours = list(dict.fromkeys(NAME.findall(goal)))
    return _renamed(chosen, theirs, ours)


def _renamed(text: str, theirs: Sequence[str], ours: Sequence[str]) -> str:
    """A text with our names in the place of theirs, also without the quotation marks and endings."""
    swaps: dict[str, str] = {}
    for their, our in zip(theirs, ours, strict=False):
        swaps[their] = our
        swaps.setdefault(their.strip('"'), our.strip('"'))
    if not swaps:
        return text
    found = re.compile("|".join(re.escape(name) for name in sorted(swaps, key=len, reverse=True)))
    return found.sub(lambda match: swaps[match[0]], text)


def _plain(text: str) -> str:
    return NAME.sub("@", text)


def _framed(name: str, text: str) -> str:
    return text.partition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0]


def _commands(screen: str) -> str:
    return " ".join(line for line in screen.splitlines() if line.startswith("$"))


def _own(goal: str, came_in: str, decides: bool) -> str:
    """What B knows without rows: to rename, to sort, to allow a script to be run, in one wording each."""
    if decides:
        last = came_in.splitlines()[-1]
        if last != "$":
            return "key:run the line"
        return "text:say that it is done" if "$ " in came_in else f"text:{goal}"
    if came_in == "key:run the line":
        return "Enter"
    for pattern, command in (
        (r"Rename (\S+) to (\S+)", r"mv \1 \2"),
        (r"Sort (\S+) into (\S+)", r"sort \1 > \2"),
        (r"Make (\S+) executable", r"chmod +x \1"),
    ):
        if match := re.fullmatch(pattern, came_in.removeprefix("text:")):
            return match.expand(command)
    return ": done"

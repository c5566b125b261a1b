"""SWE-agent trajectories (`.traj`): one JSON document with the turns, the messages and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Call, Outcome, Recording, Session, SessionError, Step, Tally
from hdsl.sessions.opening import document
from hdsl.sessions.values import json_of, list_of, mapping_of, parts_text, printed, text_of, whole_number

FORMAT = "swe-agent"
EDITOR = frozenset({
    "create", "edit", "find_file", "goto", "insert", "open", "scroll_down", "scroll_up", "search_dir", "search_file",
    "str_replace_editor", "submit", "exit_cost", "exit_context", "exit_format", "exit_error", "exit_forfeit", "skip",
})  # fmt: skip
"""Commands of SWE-agent's own interface, which no shell has."""


def is_one(value: object) -> bool:
    """Whether a document is a trajectory of SWE-agent."""
    return isinstance(value, Mapping) and isinstance(value.get("trajectory"), list)


def read(path: Path) -> Recording:
    """Reads a trajectory. Its units are turns of `trajectory` and messages of `history`."""
    root = mapping_of(document(path))
    if not is_one(root):
        raise SessionError(f"{path}: not a trajectory of SWE-agent: it has no list `trajectory`")
    tally = Tally("steps")
    first = _asked(list_of(root.get("history")), tally)
    turns = []
    folder = ""
    for number, each in enumerate(list_of(root["trajectory"]), 1):
        turn = mapping_of(each)
        if not turn:
            tally.skip("not a turn")
            continue
        tally.map()
        state = mapping_of(json_of(turn["state"]) if isinstance(turn.get("state"), str) else turn.get("state"))
        folder = folder or text_of(state.get("working_dir"))
        turns.append(_turn(turn, number))
    info = mapping_of(root.get("info"))
    session = Session(
        id=path.name.removesuffix(".traj"),
        format=FORMAT,
        path=str(path),
        steps=(*first, *turns),
        agent="swe-agent",
        agent_version=text_of(info.get("swe_agent_version")),
        folder=folder,
        succeeded=_verdict(info),
        rest={"environment": root.get("environment"), "exit_status": info.get("exit_status")},
    )
    return Recording((session,), tally.account(str(path), FORMAT))


def _asked(history: list[Any], tally: Tally) -> list[Step]:
    """What stood before the agent's first message; the rest of the history says the turns again."""
    steps = []
    has_begun = False
    for number, each in enumerate(history, 1):
        message = mapping_of(each)
        role = text_of(message.get("role"))
        has_begun = has_begun or (role == "assistant" and not message.get("is_demo"))
        if has_begun:
            tally.skip("a message of the history that a turn repeats")
        elif message.get("is_demo"):
            tally.skip("a demonstration of another session")
        elif role in ("system", "user"):
            tally.map()
            source = "system" if role == "system" else "user"
            steps.append(Step(source, parts_text(message.get("content")), line=number))  # type: ignore[arg-type]
        else:
            tally.skip("a message of an unknown role")
    return steps


def _turn(turn: Mapping[str, Any], number: int) -> Step:
    action = text_of(turn.get("action")).strip()
    observation = printed(parts_text(turn.get("observation")).replace("\r\n", "\n"))
    name = action.split(maxsplit=1)[0] if action else ""
    is_shell = bool(action) and name not in EDITOR
    call = Call(
        id=f"call_{number}",
        tool="bash" if is_shell else name,
        arguments={"command": action},
        command=action if is_shell else None,
        outcome=Outcome(observation, whole_number(turn.get("exit_code"))),
    )
    thought = text_of(turn.get("thought")).strip()
    text = text_of(turn.get("response")).strip()
    return Step("agent", "" if text.startswith(thought) else text, thought, (call,) if action else (), line=number)


def _verdict(info: Mapping[str, Any]) -> bool | None:
    """What an evaluation wrote into the file; that the agent submitted something is its own opinion."""
    found = info.get("resolved")
    return found if isinstance(found, bool) else None

"""From the journal of a capture to sessions: the steps of the agent, and of each of its subagents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.capture.journal import Event
from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.sessions.model import Call, Outcome, Session, Step
from hdsl.sessions.opening import TRAJECTORY
from hdsl.sessions.values import mapping_of, text_of, whole_number
from hdsl.sessions.write_atif import as_atif

FORMAT = "hdsl-capture"
MAIN = ""
"""The shell of the agent itself; those of its subagents have their names."""


def write_steps(kept: Path, identity: str, events: Sequence[Event]) -> None:
    """Writes the steps as ATIF into the folder of a capture; nothing where there are none."""
    main, *others = sessions_of(events, identity)
    if main.steps:
        write_atomically(kept / TRAJECTORY, _document(as_atif(main, others)), mode=PRIVATE_FILE)


def _document(value: Mapping[str, Any]) -> str:
    """A value as JSON, each field and each step on a line of its own: with all of it indented, it takes ten times as
    long, in which no command is answered.
    """

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    fields = []
    for name, each in value.items():
        items = ",\n".join(map(text, each)) if isinstance(each, list) else ""
        fields.append(f"{text(name)}: " + (f"[\n{items}\n]" if items else text(each)))
    return "{\n" + ",\n".join(fields) + "\n}\n"


def sessions_of(events: Sequence[Event], identity: str) -> tuple[Session, ...]:
    """The session, and those of subagents behind it."""
    about: dict[str, Any] = {}
    for event in events:
        if event["event"] == "session":
            about |= {key: value for key, value in event.items() if value}
    names = dict.fromkeys(text_of(event.get("shell")) for event in events if event["event"] in ("begin", "call"))
    return tuple(_session(events, identity, about, name) for name in dict.fromkeys([MAIN, *names]))


def _session(events: Sequence[Event], identity: str, about: Mapping[str, Any], name: str) -> Session:
    return Session(
        id=identity if name == MAIN else f"{identity}-{name}",
        format=FORMAT,
        path="",
        steps=tuple(_steps(events, name)),
        agent=text_of(about.get("agent")),
        agent_version=text_of(about.get("version")),
        model=text_of(about.get("model")),
        folder=text_of(about.get("folder")),
        parent="" if name == MAIN else identity,
    )


def _steps(events: Sequence[Event], name: str) -> Iterator[Step]:
    ends = {event["call"]: event for event in events if event["event"] == "end"}
    said = {event["call"]: text_of(event.get("text")) for event in events if event["event"] == "said"}
    first = next((at for at, event in enumerate(events) if text_of(event.get("shell")) == name), 0)
    for at, event in enumerate(events):
        match event["event"]:
            case "prompt" if name == MAIN or at < first:
                # A subagent works for what the person asked last before it began.
                is_last = not any(other["event"] == "prompt" for other in events[at + 1 : first])
                if name == MAIN or is_last:
                    yield Step("user", text_of(event.get("text")), time=text_of(event.get("time")))
            case "begin" if text_of(event.get("shell")) == name:
                yield _command(event, ends.get(event["call"]), said.get(event["call"], ""))
            case "call" if text_of(event.get("shell")) == name:
                yield _call(event, said.get(event["call"], ""))
            case "note" if name == MAIN:
                yield Step("system", text_of(event.get("text")), time=text_of(event.get("time")), is_injected=True)


def _command(event: Event, end: Event | None, said: str) -> Step:
    arguments = mapping_of(event.get("input"))
    outcome = None
    facts = {"screen": event.get("screen"), "folder": event.get("folder")}
    if end is not None:
        status = whole_number(end.get("status"))
        outcome = Outcome(text_of(end.get("output")), status, status != 0)
        facts |= {"seconds": end.get("seconds"), "characters_left_out": end.get("left_out")}
    call = Call(event["call"], text_of(event.get("tool")), arguments, text_of(event.get("command")), outcome)
    return _step(event, said or text_of(arguments.get("description")), call, facts)


def _call(event: Event, said: str) -> Step:
    is_error = event.get("is_error") is True
    outcome = Outcome(text_of(event.get("output")), None, is_error)
    call = Call(event["call"], text_of(event.get("tool")), mapping_of(event.get("input")), None, outcome)
    return _step(event, said, call, {})


def _step(event: Event, said: str, call: Call, facts: Mapping[str, Any]) -> Step:
    known = {key: value for key, value in facts.items() if value not in (None, "", 0)}
    rest = {"extra": {"hdsl": known}} if known else {}
    return Step("agent", said, calls=(call,), time=text_of(event.get("time")), rest=rest)

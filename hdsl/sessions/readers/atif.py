"""ATIF, the Agent Trajectory Interchange Format: any 1.x is read, leniently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Call, Outcome, Recording, Session, SessionError, Source, Step, Tally
from hdsl.sessions.opening import document
from hdsl.sessions.values import arguments_of, command_of, list_of, mapping_of, parts_text, text_of, whole_number

FORMAT = "atif"
SOURCES: tuple[Source, ...] = ("user", "agent", "system")
OURS = "hdsl"
"""The key under `extra` where hdsl keeps what ATIF has no field for."""
_EXIT_KEYS = ("exit_status", "exit_code", "returncode", "return_code")
_MODELLED = {
    "step": frozenset({"step_id", "source", "timestamp", "reasoning_content", "model_name", "is_copied_context"}),
    "call": frozenset({"tool_call_id", "function_name", "arguments"}),
    "result": frozenset({"source_call_id"}),
    "root": frozenset({"schema_version", "session_id", "steps", "subagent_trajectories"}),
}


def is_one(value: object) -> bool:
    """Whether a document is ATIF."""
    return isinstance(value, Mapping) and text_of(value.get("schema_version")).startswith("ATIF-v1.")


def read(path: Path) -> Recording:
    """Reads a trajectory and the subagents' trajectories in it. Its units are steps."""
    root = document(path)
    if not is_one(root):
        raise SessionError(f"{path}: not ATIF 1.x: `schema_version` is not one of ATIF-v1.…")
    tally = Tally("steps")
    sessions = tuple(_trajectories(root, path, tally, ""))
    return Recording(sessions, tally.account(str(path), FORMAT))


def _trajectories(root: Mapping[str, Any], path: Path, tally: Tally, parent: str) -> Iterator[Session]:
    agent = mapping_of(root.get("agent"))
    ours = mapping_of(mapping_of(root.get("extra")).get(OURS))
    identity = text_of(root.get("trajectory_id")) or text_of(root.get("session_id")) or path.stem
    steps = tuple(_steps(list_of(root.get("steps")), tally))
    verdict = ours.get("succeeded")
    yield Session(
        id=identity,
        format=FORMAT,
        path=str(path),
        steps=steps,
        agent=text_of(agent.get("name")),
        agent_version=text_of(agent.get("version")),
        model=text_of(agent.get("model_name")),
        folder=text_of(ours.get("folder")),
        parent=parent or text_of(ours.get("parent")),
        succeeded=verdict if isinstance(verdict, bool) else None,
        rest={
            "root": _without(root, "root"),
            "session_id": root.get("session_id"),
            "schema_version": root.get("schema_version"),
        },
    )
    for each in list_of(root.get("subagent_trajectories")):
        yield from _trajectories(mapping_of(each), path, tally, identity)


def _steps(steps: list[Any], tally: Tally) -> Iterator[Step]:
    for number, each in enumerate(steps, 1):
        step = mapping_of(each)
        source = next((source for source in SOURCES if source == step.get("source")), None)
        if source is None:
            tally.skip("a step without a source")
            continue
        tally.map()
        results = [mapping_of(result) for result in list_of(mapping_of(step.get("observation")).get("results"))]
        by_call = {text_of(result.get("source_call_id")): result for result in results}
        calls = tuple(_call(mapping_of(call), by_call) for call in list_of(step.get("tool_calls")))
        used = {call.id for call in calls}
        seen = [
            parts_text(result.get("content")) for result in results if text_of(result.get("source_call_id")) not in used
        ]
        ours = mapping_of(mapping_of(step.get("extra")).get(OURS))
        yield Step(
            source=source,
            text=parts_text(step.get("message")),
            thought=text_of(step.get("reasoning_content")),
            calls=calls,
            observation="\n".join(seen),
            time=text_of(step.get("timestamp")),
            model=text_of(step.get("model_name")),
            line=number,
            is_copied=step.get("is_copied_context") is True,
            is_injected=ours.get("is_injected") is True,
            rest=_without(step, "step"),
        )


def _call(call: Mapping[str, Any], by_call: Mapping[str, Mapping[str, Any]]) -> Call:
    identity = text_of(call.get("tool_call_id"))
    tool = text_of(call.get("function_name"))
    arguments = arguments_of(call.get("arguments"))
    result = by_call.get(identity)
    outcome = None
    if result is not None:
        extra = mapping_of(result.get("extra"))
        ours = mapping_of(extra.get(OURS))
        status = next((whole_number(each[key]) for each in (ours, extra) for key in _EXIT_KEYS if key in each), None)
        failed = next((each["is_error"] for each in (ours, extra) if isinstance(each.get("is_error"), bool)), None)
        outcome = Outcome(parts_text(result.get("content")), status, failed, _without(result, "result"))
    command = text_of(mapping_of(mapping_of(call.get("extra")).get(OURS)).get("command"))
    return Call(identity, tool, arguments, command or command_of(tool, arguments), outcome, _without(call, "call"))


def _without(value: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key not in _MODELLED[kind]}

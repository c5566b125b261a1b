"""Writes sessions as ATIF 1.7: what the format has no field for stands under `extra.hdsl`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hdsl import __version__
from hdsl.sessions.model import Call, Session, Step
from hdsl.sessions.readers.atif import FORMAT, OURS
from hdsl.sessions.values import mapping_of, text_of

SCHEMA = "ATIF-v1.7"
_NEWER = "ATIF-v1.8"


def as_atif(session: Session, children: Sequence[Session] = ()) -> dict[str, Any]:
    """The session as an ATIF document, with `children` embedded as the trajectories of its subagents."""
    root = _rest(session, "root") if session.format == FORMAT else {}
    agent = {"name": session.agent or "unknown", "version": session.agent_version or "unknown"}
    if session.model:
        agent["model_name"] = session.model
    agent = {**mapping_of(root.pop("agent", None)), **agent}
    known = {
        key: value
        for key, value in (("folder", session.folder), ("succeeded", session.succeeded))
        if value not in ("", None)
    }
    origin = {} if session.format == FORMAT else {"format": session.format, "hdsl": __version__}
    found: dict[str, Any] = {
        "schema_version": _NEWER if _has_audio(session) else SCHEMA,
        "session_id": text_of(session.rest.get("session_id")) or session.id,
        "trajectory_id": session.id,
        **root,
        "agent": agent,
        "steps": [_step(step, number, session) for number, step in enumerate(session.steps, 1)],
    }
    _extend(found, {**known, **origin})
    if children:
        found["subagent_trajectories"] = [as_atif(child) for child in children]
    return found


def _rest(session: Session, key: str) -> dict[str, Any]:
    return dict(mapping_of(session.rest.get(key)))


def _step(step: Step, number: int, session: Session) -> dict[str, Any]:
    kept = dict(step.rest)
    is_agent = step.source == "agent"
    thought = {"reasoning_content": step.thought} if is_agent and step.thought else {}
    model = {"model_name": step.model} if is_agent and step.model else {}
    found: dict[str, Any] = {"step_id": number, "source": step.source, "message": step.text, **thought, **model}
    if step.time:
        found["timestamp"] = step.time
    if step.is_copied:
        found["is_copied_context"] = True
    if is_agent and step.calls:
        found["tool_calls"] = [_call(call) for call in step.calls]
    results = [_result(call) for call in step.calls if call.outcome is not None]
    if step.observation:
        results.append({"content": step.observation})
    if results:
        found["observation"] = {"results": results}
    if session.format == FORMAT:
        # Parts (images) and results of no call are kept as they were.
        observation = mapping_of(kept.pop("observation", None))
        kept.pop("tool_calls", None)
        found.update(kept)
        if observation:
            found["observation"] = dict(observation)
    elif is_agent:
        found.update(kept)
    if step.is_injected:
        _extend(found, {"is_injected": True})
    return found


def _call(call: Call) -> dict[str, Any]:
    found = {"tool_call_id": call.id, "function_name": call.tool, "arguments": dict(call.arguments), **call.rest}
    if call.command is not None and call.arguments.get("command") != call.command and not call.rest:
        _extend(found, {"command": call.command})
    return found


def _result(call: Call) -> dict[str, Any]:
    outcome = call.outcome
    assert outcome is not None
    found: dict[str, Any] = {"source_call_id": call.id, "content": outcome.text, **outcome.rest}
    facts = {"exit_status": outcome.exit_status, "is_error": outcome.is_error}
    _extend(found, {key: value for key, value in facts.items() if value is not None})
    return found


def _extend(found: dict[str, Any], facts: Mapping[str, Any]) -> None:
    if facts:
        extra = mapping_of(found.get("extra"))
        found["extra"] = {**extra, OURS: {**mapping_of(extra.get(OURS)), **facts}}


def _has_audio(session: Session) -> bool:
    return text_of(mapping_of(session.rest.get("root")).get("schema_version")) == _NEWER or "'audio'" in str(
        [step.rest for step in session.steps]
    )

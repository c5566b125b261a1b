"""Writes sessions as ATIF 1.7: what the format has no field for stands under `extra.hdsl`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hdsl import __version__
from hdsl.sessions.model import Call, Session, Step
from hdsl.sessions.readers.atif import FORMAT, OURS
from hdsl.sessions.values import mapping_of, text_of

SCHEMA = "ATIF-v1.7"
_NEWER = "ATIF-v1.8"


def as_atif(session: Session, others: Sequence[Session] = ()) -> dict[str, Any]:
    """The session as an ATIF document, with those of `others` embedded that it started as subagents."""
    return _document(session, others, frozenset())


def _document(session: Session, others: Sequence[Session], above: frozenset[str]) -> dict[str, Any]:
    is_atif = session.format == FORMAT
    root = _rest(session, "root") if is_atif else {}
    agent = {"name": session.agent or "unknown", "version": session.agent_version or "unknown"}
    if session.model:
        agent["model_name"] = session.model
    agent = {**mapping_of(root.pop("agent", None)), **agent}
    is_named = not is_atif or bool(above)
    found: dict[str, Any] = {
        "schema_version": _NEWER if session.rest.get("schema_version") == _NEWER else SCHEMA,
        "session_id": text_of(session.rest.get("session_id")) or session.id,
        **({"trajectory_id": session.id} if is_named else {}),
        **root,
        "agent": agent,
        "steps": [_step(step, number, session) for number, step in enumerate(session.steps, 1)],
    }
    _extend(found, _facts(session, bool(above)))
    here = above | {session.id}
    children = [each for each in others if each.parent == session.id and each.id not in here and each.steps]
    if children:
        found["subagent_trajectories"] = [_document(child, others, here) for child in children]
    return found


def _facts(session: Session, is_embedded: bool) -> dict[str, Any]:
    """What ATIF has no field for."""
    facts: dict[str, Any] = {"folder": session.folder, "parent": "" if is_embedded else session.parent}
    facts = {key: value for key, value in facts.items() if value}
    if session.succeeded is not None:
        facts["succeeded"] = session.succeeded
    return facts if session.format == FORMAT else {**facts, "format": session.format, "hdsl": __version__}


def _rest(session: Session, key: str) -> dict[str, Any]:
    return dict(mapping_of(session.rest.get(key)))


def _step(step: Step, number: int, session: Session) -> dict[str, Any]:
    kept = dict(step.rest)
    is_agent = step.source == "agent"
    thought = {"reasoning_content": step.thought} if is_agent and step.thought else {}
    model = {"model_name": step.model} if is_agent and step.model else {}
    found: dict[str, Any] = {"step_id": number, "source": step.source, "message": step.text, **thought, **model}
    if step.time and _is_time(step.time):
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


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


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

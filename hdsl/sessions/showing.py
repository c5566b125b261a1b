"""Sessions for people to read, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from hdsl.ground.display import one_line
from hdsl.sessions.model import Call, Session

_WIDTH = 110


def as_text(session: Session) -> Iterator[str]:
    """A line for each message and each call."""
    yield f"session {session.id} ({session.format}): {one_line(session.goal, _WIDTH)}"
    for number, step in enumerate(session.steps, 1):
        marks = " (copied)" if step.is_copied else " (injected)" if step.is_injected else ""
        said = one_line(step.text or step.thought, _WIDTH)
        yield f"{number:5} {step.source}{marks}: {said}".rstrip()
        for call in step.calls:
            yield f"      {call.tool}: {one_line(call.command or str(dict(call.arguments)), _WIDTH)}{_ended(call)}"


def as_json(session: Session) -> dict[str, Any]:
    """The session as plain data."""
    return {**asdict(session), "goal": session.goal}


def _ended(call: Call) -> str:
    if call.outcome is None:
        return " (no result)"
    if call.outcome.exit_status is not None:
        return f" (exit {call.outcome.exit_status})"
    return " (failed)" if call.outcome.is_error else ""

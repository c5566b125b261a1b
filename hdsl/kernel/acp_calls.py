"""What an agent tells of the tools that it runs by itself: put together from its updates, one by one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_COMMANDS = ("command", "cmd")
_STATUSES = ("exit", "exitCode", "exit_code", "exitStatus", "exit_status")
_OUTPUTS = ("output", "stdout", "aggregated_output", "formatted_output")
_ENDED = ("completed", "failed")
_MOST = 1 << 20
_NOTHING = "(no output)"
"""What OpenCode tells of a command that printed nothing."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One use of a tool that has ended. `command` is None for what is not a shell; `status` if it is not told."""

    call: str
    tool: str
    arguments: Mapping[str, Any]
    output: str
    is_error: bool
    command: str | None
    status: int | None


@dataclass(slots=True)
class _Call:
    kind: str = ""
    title: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    came: Mapping[str, Any] | str = field(default_factory=dict)
    text: str = ""
    is_ours: bool = False
    has_ended: bool = False


class ToolCalls:
    """The uses of tools of one session, by their identities."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def take(self, update: Mapping[str, Any]) -> ToolUse | None:
        """Takes an update of a use; the whole of it when it has ended. None for what runs in a terminal of ours."""
        identity = update.get("toolCallId")
        if not isinstance(identity, str):
            return None
        call = self._calls.setdefault(identity, _Call())
        call.kind = _text(update.get("kind")) or call.kind
        call.title = _text(update.get("title")) or call.title
        if isinstance(given := update.get("rawInput"), dict) and given:
            call.given = given
        if isinstance(came := update.get("rawOutput"), dict | str) and came:
            call.came = came
        content = update.get("content")
        if isinstance(content, list):
            parts = [part for part in content if isinstance(part, dict)]
            call.is_ours |= any(part.get("type") == "terminal" for part in parts)
            call.text = "\n".join(_texts(parts))[-_MOST:] or call.text
        if update.get("status") not in _ENDED or call.has_ended:
            return None
        call.has_ended = True
        if call.is_ours:
            return None
        is_failed = update.get("status") == "failed"
        command = command_of(call.given) if call.kind == "execute" else ""
        output = _output(call.came) or call.text
        output = "" if output.strip() == _NOTHING else output
        tool = call.kind or call.title or "tool"
        return ToolUse(identity, tool, call.given, output, is_failed, command or None, _status(call.came))


def command_of(given: Mapping[str, Any]) -> str:
    """The command in the arguments of a tool; empty if there is none."""
    for name in _COMMANDS:
        command = given.get(name)
        if isinstance(command, str):
            return command
        if isinstance(command, list) and all(isinstance(word, str) for word in command):
            return shlex.join(command)
    return ""


def _status(came: Mapping[str, Any] | str) -> int | None:
    places = [] if isinstance(came, str) else [came, came.get("metadata")]
    for place in places:
        if not isinstance(place, dict):
            continue
        for name in _STATUSES:
            if isinstance(found := place.get(name), int) and not isinstance(found, bool):
                return found
    return None


def _output(came: Mapping[str, Any] | str) -> str:
    if isinstance(came, str):
        return came
    return next((came[name] for name in _OUTPUTS if isinstance(came.get(name), str)), "")


def _texts(parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        inner = part.get("content")
        if isinstance(inner, dict) and isinstance(inner.get("text"), str):
            yield inner["text"]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

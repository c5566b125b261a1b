"""What stands between a coding agent and its tools: each use is judged before, and what it shows is looked at after."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.ground.files import read_regular
from hdsl.ground.secrets import HIDDEN, Redactor, known_secrets, redacted
from hdsl.policy.agent_tools import Denied, judge_use

_LEAVE_SECRETS = f"{HIDDEN} stands for a value that is hidden from you: use Edit, on other lines than those with it."

Hook = Callable[[Mapping[str, Any], str | None, Any], Awaitable[dict[str, Any]]]
"""What the SDK calls with the use of a tool."""


def guard_hook(folder: Path, tools: Sequence[str], structured: str = "") -> Hook:
    """The hook before a tool is used. `structured`: the tool by which an answer in JSON is given, if one is wanted."""
    redact = Redactor(known_secrets())

    async def guard(use: Mapping[str, Any], _id: str | None, _context: Any) -> dict[str, Any]:
        """Allows what the guard allows, with the path that it has looked at, and denies everything else."""
        tool, arguments = use["tool_name"], use["tool_input"]
        if structured and tool == structured:
            return _decided("allow")
        verdict = judge_use(tool, arguments, folder, tools)
        if isinstance(verdict, Denied):
            return _decided("deny", permissionDecisionReason=verdict.reason)
        if _loses_secret(verdict.arguments, redact):
            return _decided("deny", permissionDecisionReason=_LEAVE_SECRETS)
        return _decided("allow", updatedInput=dict(verdict.arguments))

    return guard


def hiding_hook() -> Hook:
    """The hook after a tool was used."""
    redact = Redactor(known_secrets())

    async def hide(use: Mapping[str, Any], _id: str | None, _context: Any) -> dict[str, Any]:
        """Takes the secrets of this process out of what a tool shows the model."""
        shown = use["tool_response"]
        hidden = redacted(shown, redact)
        if hidden == shown:
            return {}
        return {"hookSpecificOutput": {"hookEventName": "PostToolUse", "updatedToolOutput": hidden}}

    return hide


def _loses_secret(arguments: Mapping[str, Any], redact: Redactor) -> bool:
    """Whether a file that holds a secret would be written with what stands in its place."""
    written = f"{arguments.get('content', '')}{arguments.get('new_string', '')}"
    if not redact or HIDDEN not in written:
        return False
    try:
        text = read_regular(Path(arguments["file_path"])).decode("utf-8", "replace")
    except OSError:
        return False
    return redact(text) != text


def _decided(decision: str, **more: Any) -> dict[str, Any]:
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": decision, **more}}


async def nothing_else(tool: str, arguments: Mapping[str, Any], context: Any) -> Any:
    """What the guard has allowed is not asked about: whatever is, is denied."""
    from claude_agent_sdk import PermissionResultDeny

    return PermissionResultDeny(message=f"{tool} may not do this here.")

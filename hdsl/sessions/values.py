"""Values of recordings of unknown quality, read without surprises: every function takes anything."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SHELLS = frozenset({
    "bash", "sh", "shell", "zsh", "bash_command", "container.exec", "exec_command", "execute_bash", "execute_command",
    "local_shell", "local_shell_call", "run_command", "run_shell_command", "run_terminal_cmd", "shell_command",
    "terminal",
})  # fmt: skip
"""Names of tools that run a shell command, in lower case."""
_NO_OUTPUT = frozenset({
    "(no output)",
    "(Bash completed with no output)",
    "Your command ran successfully and did not produce any output.",
})  # fmt: skip
"""What stands for nothing in recordings of OpenCode, Claude Code and SWE-agent."""
_COMMAND_KEYS = ("command", "cmd", "script")
_RUNS = frozenset({"-c", "-lc", "-ic", "-lic"})


def text_of(value: object) -> str:
    """A text, or nothing for anything else."""
    return value if isinstance(value, str) else ""


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> list[Any]:
    """A list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def whole_number(value: object) -> int | None:
    """A whole number; None for anything else, truth values included."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def parts_text(value: object) -> str:
    """The texts of a message that is a text or a list of parts; parts that are no text are named in brackets."""
    if isinstance(value, str):
        return value
    texts = []
    for part in list_of(value):
        if isinstance(part, str):
            texts.append(part)
        elif "text" in (found := mapping_of(part)):
            texts.append(text_of(found["text"]))
        elif found:
            texts.append(f"[{text_of(found.get('type')) or 'part'}]")
    return "\n".join(texts)


def json_of(text: str) -> Any:
    """The value of a text that is JSON; None for anything else."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def arguments_of(value: object) -> Mapping[str, Any]:
    """The arguments of a call: an object, or a text that is JSON of one; any other text is kept as `input`."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        found = json_of(value)
        return found if isinstance(found, Mapping) else {"input": value}
    return {} if value is None else {"input": value}


def command_of(tool: str, arguments: Mapping[str, Any]) -> str | None:
    """The shell command of a call; None where the tool is not a shell or the arguments have none."""
    if tool.lower().rpartition("__")[2] not in SHELLS:
        return None
    found = next((arguments[key] for key in _COMMAND_KEYS if key in arguments), None)
    if isinstance(found, list):
        return words_command(found)
    return text_of(found) or None


def words_command(words: list[Any]) -> str | None:
    """The shell command of a list of words: what `bash -lc` is given, or the words quoted."""
    texts = [word for word in words if isinstance(word, str)]
    if not texts or len(texts) != len(words):
        return None
    if len(texts) == 3 and texts[1] in _RUNS:
        return texts[2]
    return shlex.join(texts)


def printed(text: str) -> str:
    """What a command printed: nothing where the recording has a sentence that says so."""
    return "" if text.strip() in _NO_OUTPUT else text


def time_of(milliseconds: object) -> str:
    """A time in milliseconds since 1970 as ISO 8601; nothing for what is none."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return ""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, OSError, ValueError):
        return ""

"""What is said to whoever tells of an event; and commands that come from a program which takes hdsl for its shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hdsl.capture.recorder import Request

TOOL = "bash"
_MOVES = re.compile(r"(?:^|[\s;&|({])(?:cd|pushd|popd)\b")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a hook says to Claude Code: its exit status and what it prints, on stderr if it is not 0."""

    status: int = 0
    text: str = ""


class ShellEvents:
    """The commands of an agent that starts a shell for each: they start in its folder, and change nothing."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def handle(self, event: Mapping[str, Any]) -> Reply:
        """It has no hooks."""
        return Reply(2, "this recorder serves a shell and no hooks")

    def taken(self, call: str) -> Request | None:
        """Nothing was announced."""

    def wrapped(self, call: str, folder: str, command: str, exports: str) -> Request:
        """The command, and how it is recorded: so that it does the same in a shell that keeps its state."""
        recorded = command if folder == self._folder else f"cd {shlex.quote(folder)} && {command}"
        if recorded != command or _MOVES.search(command):
            recorded = f"(\n{recorded}\n)" if "\n" in recorded or "#" in recorded else f"({recorded})"
        return Request(
            call=call,
            command=command,
            tool=TOOL,
            arguments={"command": recorded},
            folder=folder,
            is_apart=True,
            exports=exports,
        )

"""What is kept of one capture: its journal, its steps as ATIF and its pane as an asciicast, clean of secrets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hdsl.capture.cast import CastWriter
from hdsl.capture.journal import JOURNAL, Journal, texts_in
from hdsl.capture.leaks import values_that_leak
from hdsl.capture.steps import write_steps
from hdsl.ground.secrets import secret_values
from hdsl.sessions.opening import PANE
from hdsl.sessions.redaction import Scrubber

HEAD, TAIL = 20_000, 10_000
"""Characters that are kept of the beginning and of the end of an output."""
_SCREEN_LINES = 30
_PAUSE, _SHARE = 0.5, 20
"""The steps are written at most this often, and at most this share of the time."""


class Keeper:
    """The files of one capture, in a folder of its own. Everything is clean of secrets before it is written."""

    def __init__(
        self, identity: str, kept: Path, environment: Mapping[str, str], size: tuple[int, int], goal: str = ""
    ) -> None:
        self.identity = identity
        self._kept = kept
        self._scrub = Scrubber([goal], secret_values(environment))
        self._goal = goal
        self._journal = Journal(kept / JOURNAL, self._scrub)
        columns, rows = size
        header: dict[str, Any] = {
            "term": {"cols": columns, "rows": rows, "type": "screen-256color"},
            "timestamp": int(time.time()),
            **({"title": self._scrub(goal)} if goal else {}),
        }
        self._cast = CastWriter(kept / PANE, self._scrub, header)
        self._learned: frozenset[str] = frozenset()
        self._screen: dict[str, list[str]] = {}
        self._writing: asyncio.TimerHandle | None = None
        self._pause = _PAUSE
        self._is_closed = False

    def begin(self, folder: str, about: Mapping[str, str]) -> None:
        """The capture begins, or goes on."""
        self._journal.add("session", folder=folder, **about)
        if self._goal:
            self.prompt(self._goal)

    def prompt(self, text: str) -> None:
        """A person has asked for something."""
        self.learn(text)
        self._journal.add("prompt", text=text)
        self._write_soon()

    def note(self, text: str) -> None:
        """Something about the capture that whoever reads it should know."""
        self._journal.add("note", text=text)
        self._write_soon()

    def began(self, call: str, tool: str, arguments: Mapping[str, Any], command: str, shell: str, folder: str) -> None:
        """A command begins."""
        self.learn(dict(arguments), command)
        screen = "\n".join(self._screen.get(shell, [])[-_SCREEN_LINES:])
        facts = {"call": call, "tool": tool, "input": dict(arguments), "command": command, "shell": shell}
        self._journal.add("begin", **facts, folder=folder, screen=screen)

    def ended(
        self,
        call: str,
        command: str,
        shell: str,
        output: tuple[str, int],
        variables: Mapping[str, str],
        **facts: Any,
    ) -> None:
        """A command has ended. `output`: its text, and how many characters are left out; `variables`: the shell's."""
        text, left_out = output
        self.learn(text, environment=variables)
        self._journal.add("end", call=call, output=text, left_out=left_out, **facts)
        lines = self._screen.setdefault(shell, [])
        lines += [f"$ {command}", *(text.rstrip("\n").split("\n") if text else ())]
        del lines[:-_SCREEN_LINES]
        self._write_soon()

    def called(
        self, call: str, tool: str, arguments: Mapping[str, Any], output: str, *, is_error: bool, shell: str
    ) -> None:
        """The agent has used a tool that is not a shell."""
        self.learn(dict(arguments), output)
        shown, left_out = shortened(output)
        facts = {"call": call, "tool": tool, "input": dict(arguments), "output": shown, "shell": shell}
        self._journal.add("call", **facts, is_error=is_error, left_out=left_out)
        self._write_soon()

    def said(self, words: Mapping[str, str]) -> None:
        """The agent's words before calls, by call."""
        known = {event["call"] for event in self._journal.events if event["event"] == "said"}
        calls = {event["call"] for event in self._journal.events if event["event"] in ("begin", "call")}
        self.learn(*words.values())
        for call, text in words.items():
            if call in calls and call not in known and text.strip():
                self._journal.add("said", call=call, text=text)
        self._write_soon()

    def shown(self, data: bytes) -> None:
        """The pane was written these bytes. Where they cannot be kept, the commands are all the same."""
        if not self._is_closed:
            with contextlib.suppress(OSError):
                self._cast.wrote(data)

    def learn(self, *values: Any, environment: Mapping[str, str] | None = None) -> None:
        """Takes in what may give away secrets; what was written before it was known is written anew."""
        told = dict.fromkeys(text for value in values for text in texts_in(value))
        texts = [text for text in told if text not in self._learned]
        self._learned = frozenset(told)
        is_new = self._scrub.learn(texts)
        is_new |= self._scrub.hide(secret_values(environment or {}))
        is_new |= self._scrub.hide(values_that_leak("\n".join(texts)))
        if is_new:
            self._journal.rewrite()
            self._cast.rewrite()

    def write(self) -> None:
        """Writes the steps as they are now."""
        if not self._is_closed:
            self._write()

    def close(self) -> None:
        """Writes what is left to be written."""
        if self._is_closed:
            return
        self._is_closed = True
        self._cast.close()
        self._write()
        self._journal.close()

    def _write_soon(self) -> None:
        if self._writing is None and not self._is_closed:
            self._writing = asyncio.get_running_loop().call_later(self._pause, self._write)

    def _write(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        began = time.monotonic()
        with contextlib.suppress(OSError):
            write_steps(self._kept, self.identity, self._journal.events)
        self._pause = max(_PAUSE, _SHARE * (time.monotonic() - began))


def shortened(text: str) -> tuple[str, int]:
    """A text with its middle left out if it is long, and how many characters of it are."""
    left_out = max(0, len(text) - HEAD - TAIL)
    return (joined(text[:HEAD], text[-TAIL:], left_out), left_out) if left_out else (text, 0)


def joined(head: str, tail: str, left_out: int) -> str:
    """The two ends of a text, and between them how much is left out."""
    return f"{head}\n[{left_out:,} characters are left out here]\n{tail}"

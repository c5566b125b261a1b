"""Who is asked before a line is handed to whoever reads it, and what stands on that line."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from time import monotonic_ns
from typing import Protocol

from hdsl.terminal import foreground
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import Phase, Sent, ShellState, Write

_REPORT = 1.0
"""Seconds that our shell has to report its line, each time it is asked."""
_TRIES = 3
_SETTLING = 1.0
_QUIET_NS = 60_000_000
_TICK = 0.01
_REMEMBERED = 100
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh", "ash", "busybox"})
_EXPANDS = re.compile(r"\bset\s+-\w*H|histexpand")
_ERASES = frozenset({"bspace", "c-h", "^h", "c-?"})
_CLEARS = frozenset({"c-u", "^u", "c-c", "^c"})
_SIMPLE = frozenset({*_ERASES, *_CLEARS, "c-w", "^w", "c-d", "^d", "c-z", "^z", "c-g", "^g"})
_UNKNOWABLE = (
    "a line was not handed in: keys that edit it were sent while a command runs, so it cannot be known before it is read; "
    "wait for the prompt first"
)
_PROMPT = re.compile(r"^.*?[$#%>❯λ:*)]\s(?=\S)")
_QUOTED_INSERT = frozenset({"c-v", "^v", "c-q", "^q"})


class Gate(Protocol):
    """Who decides whether a line may be handed in."""

    async def refusal(self, text: str, program: str, earlier: tuple[str, ...], expands_history: bool) -> str | None:
        """Why the text must not reach the program that reads it (empty: our shell), in one sentence; None if it may.

        `earlier`: the lines it read before. `expands_history`: whether it puts in `!!` and the like.
        """
        ...


class Submission:
    """The line that the next line end would hand in: exact from our own shell, else from the screen and what was sent.

    It also remembers the lines that were handed in before, for what they define.
    """

    def __init__(self, state: ShellState, pane: Pane, reports: Path, gate: Gate) -> None:
        self._state = state
        self._pane = pane
        self._reports = reports
        self._gate = gate
        self._entered: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._open: list[str] = []
        """Lines that were handed in at the prompt and to which more belongs."""
        self._expands = False

    async def refusal(self, text: str) -> str | None:
        """Why the line must not be handed in, with `text` sent right before its end; None where it may be."""
        settled = await self._settle()
        if self._state.phase is Phase.PROMPT and self._state.integrated:
            program, candidates = "", await self._at_prompt(text)
        else:
            program, candidates = await self._in_program(text, settled)
            if _keys_ahead(self._state.writes) and not foreground.edits_lines_itself(self._pane.terminal):
                return _UNKNOWABLE
        earlier = tuple(line for of, line in self._entered if of == program)
        for candidate in candidates:
            found = await self._gate.refusal(candidate, program, earlier, self._expands or program in _SHELLS)
            if found is not None:
                self._open.clear()
                return found
        for candidate in candidates[:1]:
            self._remember(program, candidate)
        return None

    def _remember(self, program: str, line: str) -> None:
        self._entered.append((program, line))
        if _EXPANDS.search(line):
            self._expands = True
        if not program:
            self._open = [line]

    async def _at_prompt(self, text: str) -> list[str]:
        line = await self._reported()
        if line is None:
            candidates = [
                text + each if text else each for each in (*await self._screen(), _edited(self._state.writes))
            ]
        elif text:
            candidates = [line + text, text]
        else:
            candidates = [line]
        if not self._state.continued:
            self._open.clear()
        if self._open:
            candidates = ["\n".join([*self._open, each]) for each in candidates]
        return candidates

    async def _in_program(self, text: str, settled: bool) -> tuple[str, list[str]]:
        reply = await self._pane.ask("#{alternate_on} #{pane_current_command}")
        alternate, _, program = reply.partition(" ")
        sent = _edited(self._state.writes) + text
        candidates = [sent, *(each + text for each in await self._screen())]
        if alternate == "1" and settled:
            return program, candidates
        # What this program does not read is read by our shell when it ends.
        for candidate in dict.fromkeys([sent, *sent.split("\n")]):
            found = await self._gate.refusal(
                candidate, "", tuple(line for of, line in self._entered if not of), self._expands
            )
            if found is not None:
                return "", [candidate]
        return program, candidates

    async def _settle(self) -> bool:
        """Waits until our shell is at its prompt, or a program has read what was sent, edits lines itself and is quiet;
        False if nothing of this comes to be."""
        state, deadline = self._state, monotonic_ns() + int(_SETTLING * 1e9)
        while monotonic_ns() < deadline and not (state.at_prompt and state.integrated):
            last = max(state.last_output_ns, state.writes[-1].sent_ns if state.writes else 0)
            terminal = self._pane.terminal
            if monotonic_ns() - last > _QUIET_NS and not foreground.unread_input(terminal):
                if foreground.edits_lines_itself(terminal):
                    return True
                if not _keys_ahead(state.writes):
                    return False
            await asyncio.sleep(_TICK)
        return False

    async def _reported(self) -> str | None:
        """The exact line of our shell's editor; None where it does not say."""
        state = self._state
        if _quotes_next(state.writes):
            return None
        for _ in range(_TRIES):
            before, bells = state.lines_reported, state.bells
            self._pane.client.send(self._pane.bytes(b"\x1e"))
            deadline = monotonic_ns() + int(_REPORT * 1e9)
            while state.lines_reported == before and state.bells == bells and not state.ended:
                left = (deadline - monotonic_ns()) / 1e9
                if left <= 0 or not await state.changed(left):
                    break
            if state.lines_reported != before:
                return await asyncio.to_thread(self._read_report)
            if state.phase is not Phase.PROMPT or state.ended:
                return None
        return None

    def _read_report(self) -> str | None:
        try:
            data = (self._reports / f"{self._pane.shell}.line").read_bytes()
        except OSError:
            return None
        return data.decode("utf-8", "replace").removesuffix("\0")

    async def _screen(self) -> list[str]:
        """The line that the cursor is in, wrapped lines joined, with and without what looks like a prompt."""
        row = await self._pane.ask("#{cursor_y}")
        above = await self._pane.client.run(f"capture-pane -p -J -t {self._pane.id} -S 0 -E {row}")
        whole = await self._pane.client.run(f"capture-pane -p -J -t {self._pane.id} -S 0")
        lines = whole.split("\n")
        at = min(len(above.split("\n")), len(lines)) - 1
        line = lines[at].rstrip()
        return list(dict.fromkeys(each for each in (line, _PROMPT.sub("", line)) if each))


def _quotes_next(writes: Iterable[Write]) -> bool:
    """Whether the next key is only inserted: an odd number of quoting keys was pressed last."""
    count = 0
    for write in reversed(list(writes)):
        if write.kind is Sent.KEY and write.content.lower() in _QUOTED_INSERT:
            count += 1
        else:
            break
    return count % 2 == 1


def _keys_ahead(writes: Iterable[Write]) -> bool:
    """Whether keys that only a line editor understands were sent since the last line end."""
    for write in reversed(list(writes)):
        if write.kind is Sent.LINE_END:
            return False
        if write.kind is Sent.KEY and write.content.lower() not in _SIMPLE:
            return True
    return False


def _edited(writes: Iterable[Write]) -> str:
    """What was sent since the last line end, as the simplest editing keys have changed it."""
    since: list[Write] = []
    for write in reversed(list(writes)):
        if write.kind is Sent.LINE_END:
            rest = write.content.rpartition("\n")[2] if "\n" in write.content else ""
            if rest:
                since.append(Write(write.sent_ns, rest, Sent.TEXT))
            break
        since.append(write)
    line, killed = "", ""
    for write in reversed(since):
        name = write.content.lower()
        if write.kind is Sent.TEXT:
            line += " " if name == "space" else write.content
        elif name in _ERASES:
            line = line[:-1]
        elif name in ("c-w", "^w"):
            kept = re.sub(r"\S+\s*$", "", line)
            line, killed = kept, line[len(kept) :]
        elif name in _CLEARS:
            line, killed = "", line or killed
        elif name in ("c-y", "^y"):
            line += killed
    return line

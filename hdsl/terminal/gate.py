"""Who is asked before a line is handed to whoever reads it, and what stands on that line."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple, Protocol

from hdsl.terminal import foreground
from hdsl.terminal.integration import reported_line
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import Sent, ShellState, Write

_REPORT = 1.0
"""Seconds that our shell has to report its line, each time it is asked."""
_TRIES = 3
_SETTLING = 1.0
_QUIET_NS = 60_000_000
_TICK = 0.01
_EDITED_AT_MOST = 200
"""How many lines of the screen may belong to a line that is edited."""
_REMEMBERED = 100
_ASK_LINE = b"\x1e"
"""C-^, which our shells' start file binds to a report of the line."""
_EXPANDS = re.compile(r"\bset\s+-\w*H|histexpand")
_ERASES = frozenset({"bspace", "c-h", "^h", "c-?"})
_CLEARS = frozenset({"c-u", "^u", "c-c", "^c"})
_SIMPLE = frozenset({*_ERASES, *_CLEARS, "c-w", "^w", "c-d", "^d", "c-z", "^z", "c-g", "^g"})
_UNKNOWABLE = (
    "a line was not handed in: keys that edit it were sent while a command runs, so it cannot be known before it is "
    "read; "
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


class _Reader(NamedTuple):
    """Who reads what is sent: our own shell's line editor, or programs by their names.

    `settled`: it has read all that was sent, and edits lines itself or has taken over the screen.
    """

    is_own_editor: bool
    programs: tuple[str, ...]
    settled: bool


class Submission:
    """The line that the next line end would hand in: exact from our own shell, else from the screen and what was sent.

    It also remembers the lines that were handed in before, for what they define.
    """

    def __init__(self, state: ShellState, pane: Pane, files: Path, gate: Gate) -> None:
        self._state = state
        self._pane = pane
        self._files = files
        self._gate = gate
        self._entered: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._open: list[str] = []
        """Lines that were handed in at the prompt and to which more belongs."""
        self._expands = False

    async def refusal(self, text: str) -> str | None:
        """Why the line must not be handed in, with `text` sent right before its end; None where it may be."""
        reader = await self._reader()
        if reader.is_own_editor:
            return await self._judged("", await self._at_prompt(text))
        if _keys_ahead(self._state.writes) and not reader.settled:
            return _UNKNOWABLE
        sent = _edited(self._state.writes) + text
        candidates = [sent, *(each + text for each in await self._screen())]
        full_screen = reader.settled and await self._pane.ask("#{alternate_on}") == "1"
        if not full_screen:
            # What this program does not read is read by our shell when it ends.
            for line in dict.fromkeys([sent, *sent.split("\n")]):
                refused = await self._asked("", line)
                if refused is not None:
                    return refused
        for program in reader.programs:
            refused = await self._judged(program, candidates)
            if refused is not None:
                return refused
        return None

    async def settle(self) -> None:
        """Waits until whoever reads has read what was sent, for a second at most."""
        await self._reader()

    async def _judged(self, program: str, candidates: list[str]) -> str | None:
        """Asks about each form that the line may have; the first is remembered where none is refused."""
        for candidate in candidates:
            refused = await self._asked(program, candidate)
            if refused is not None:
                self._open.clear()
                return refused
        for line in candidates[:1]:
            self._entered.append((program, line))
            self._expands = self._expands or _EXPANDS.search(line) is not None
            if not program:
                self._open = [line]
        return None

    async def _asked(self, program: str, line: str) -> str | None:
        earlier = tuple(entered for of, entered in self._entered if of == program)
        expands = self._expands or program in foreground.SHELLS
        return await self._gate.refusal(line, program, earlier, expands)

    async def _at_prompt(self, text: str) -> list[str]:
        line = await self._reported()
        if line is None:
            shown = [*await self._screen(), _edited(self._state.writes)]
            candidates = [each + text for each in shown]
        else:
            candidates = [line + text, text] if text else [line]
        if not self._state.continued:
            self._open.clear()
        if self._open:
            candidates = ["\n".join([*self._open, each]) for each in candidates]
        return candidates

    async def _reader(self) -> _Reader:
        """Waits until our shell is at its prompt, or a program has read what was sent and is quiet, for a second at
        most. Who reads without editing has the kernel do it: it is not waited for, but where keys were sent that only
        an editor understands."""
        state, deadline = self._state, monotonic_ns() + int(_SETTLING * 1e9)
        while True:
            found = await asyncio.to_thread(foreground.look, self._pane.shell, self._pane.terminal)
            quiet = monotonic_ns() - max(state.last_output_ns, state.last_write_ns) > _QUIET_NS
            if found is None:
                program = await self._pane.ask("#{pane_current_command}")
                if quiet or monotonic_ns() > deadline:
                    return _Reader(False, (program,), False)
            elif found.is_own and found.is_edited and found.waits and state.has_marks:
                return _Reader(True, (), True)
            elif found.waits and quiet and (found.is_edited or not _keys_ahead(state.writes)):
                # A shell of ours without its editor is between two lines, or runs something of its own like `read`.
                if not found.is_own or not state.announced or monotonic_ns() > deadline:
                    return _Reader(False, found.names, found.is_edited)
            elif monotonic_ns() > deadline:
                return _Reader(False, found.names, False)
            await asyncio.sleep(_TICK)

    async def _reported(self) -> str | None:
        """The exact line of our shell's editor; None where it does not say."""
        state = self._state
        if _quotes_next(state.writes):
            return None
        for _ in range(_TRIES):
            before = state.reports
            self._pane.client.send(self._pane.bytes(_ASK_LINE))
            deadline = monotonic_ns() + int(_REPORT * 1e9)
            while state.reports == before and not state.ended:
                left = (deadline - monotonic_ns()) / 1e9
                if left <= 0 or not await state.changed(left):
                    break
            if state.ended:
                return None
            if state.reports != before:
                return await asyncio.to_thread(reported_line, self._files)
        return None

    async def _screen(self) -> list[str]:
        """The line that the cursor is in, wrapped lines joined, with and without what looks like a prompt."""
        cursor = await self._pane.cursor()
        above = await self._pane.lines(-_EDITED_AT_MOST, cursor.row)
        line = (await self._pane.lines(-_EDITED_AT_MOST))[len(above) - 1]
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

"""A person's own bash, recorded: it runs in a pane of tmux that their terminal is attached to.

The start file adds marks to the prompt (OSC 133), which say in the pane's output where what a command prints begins and
ends, and a function that tells a pipe what was run and how it ended. A line that begins with `#` says what the work is
for.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from hdsl.capture.cast import plain_text
from hdsl.capture.fifos import Inflow, make_fifo, open_both
from hdsl.capture.keeper import Keeper, shortened
from hdsl.capture.panes import Panes, Window
from hdsl.capture.places import CaptureError
from hdsl.capture.shell import variables_of
from hdsl.capture.steps import MAIN

TOOL = "bash"
_LONGEST = 1 << 20
"""Characters of an output that are taken."""
_MARK = re.compile(r"\x1b\]133;(?:(A)|(B)|(C)|D;(\d{1,3});(\d{1,9}))\x07")
_HISTORY = re.compile(r"\s*(\d+)\*? {1,2}(.*)", re.DOTALL)
_START = r"""
[[ -r /etc/bash.bashrc ]] && . /etc/bash.bashrc
[[ -r ~/.bashrc ]] && . ~/.bashrc
unset TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION
__hdsl_count=0
__hdsl_ended() {
  local status=$? HISTTIMEFORMAT=
  {
    builtin printf '%s\0' "$__hdsl_count" "$status" "$PWD" "$(builtin history 1)"
    builtin export -p
    builtin printf '\0\036'
  } >> @EVENTS@ 2> /dev/null
  builtin printf '\e]133;D;%s;%s\a' "$status" "$__hdsl_count"
  ((++__hdsl_count))
  return "$status"
}
__hdsl_prompted() {
  local status=$?
  [[ $PS1 == *'133;B'* ]] || PS1='\[\e]133;A\a\]'$PS1'\[\e]133;B\a\]'
  [[ $PS0 == *'133;C'* ]] || PS0='\e]133;C\a'$PS0
  return "$status"
}
PROMPT_COMMAND=(__hdsl_ended "${PROMPT_COMMAND[@]}" __hdsl_prompted)
"""


class PersonShell:
    """One shell of a person, from its start to its end."""

    def __init__(self, keeper: Keeper, files: Path, environment: Mapping[str, str], size: tuple[int, int]) -> None:
        self._keeper = keeper
        self._files = files
        self._panes = Panes(environment, self._wrote, self._end, *size, closed=self._closed)
        self._window: Window | None = None
        self._over = asyncio.Event()
        self._parser = _Parser()
        self._told: dict[int, tuple[int, str, str, dict[str, str]]] = {}
        self._rest = b""
        self._last = ""
        self._folder = ""
        self._next = 0

    async def run(self, folder: Path, about: Mapping[str, str]) -> None:
        """Opens the shell, attaches the terminal to it, and is done when the shell has ended."""
        bash = shutil.which("bash")
        if bash is None:
            raise CaptureError("capture needs bash, and there is none on PATH")
        await self._panes.start()
        try:
            self._keeper.begin(str(folder), about)
            self._folder = str(folder)
            events = make_fifo(self._files / "events")
            inflow = Inflow(open_both(events), self._tell)
            start = self._files / "start.bash"
            start.write_text(_START.replace("@EVENTS@", shlex.quote(str(events))))
            for option in (
                "set-option -g prefix None",
                "set-option -g prefix2 None",
                "set-option -g window-size latest",
            ):
                await self._panes.run(option)
            await self._panes.run("refresh-client -f ignore-size")
            await self._panes.run("set-option -ga terminal-overrides ',*:smcup@:rmcup@'")
            command = f"exec {shlex.quote(bash)} --rcfile {shlex.quote(str(start))} -i"
            self._window = await self._panes.open(command, folder)
            await self._attach()
            inflow.drain()
            inflow.close()
        finally:
            await self._panes.close()
            self._keeper.close()

    async def _attach(self) -> None:
        """The person's terminal shows the pane, until the shell ends or the terminal is gone."""
        assert self._window is not None
        words = [*self._panes.client_command(), "attach-session", "-t", f"hdsl:{self._window.id}"]
        environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
        client = await asyncio.create_subprocess_exec(*words, env=environment)
        waits = [asyncio.ensure_future(client.wait()), asyncio.ensure_future(self._over.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if client.returncode is None:
            await self._panes.detach()
            await client.wait()
        for wait in waits:
            wait.cancel()

    def _wrote(self, pane: str, data: bytes) -> None:
        if self._window is None or pane == self._window.pane:
            self._keeper.shown(data)
            self._parser.feed(data.decode("utf-8", "replace"))
            self._record()

    def _closed(self, window: str) -> None:
        if self._window is not None and window == self._window.id:
            self._end()

    def _end(self) -> None:
        self._over.set()

    def _tell(self, data: bytes) -> None:
        *records, self._rest = (self._rest + data).split(b"\x1e")
        for record in records:
            fields = record.decode("utf-8", "surrogateescape").split("\0")
            if len(fields) >= 5 and fields[0].isdecimal() and fields[1].isdecimal():
                variables = variables_of(fields[4])
                self._told[int(fields[0])] = (int(fields[1]), fields[2], fields[3], variables)
        self._record()

    def _record(self) -> None:
        """Records the commands of which both are known: what was run, and what the pane showed."""
        while self._next in self._told and self._next in self._parser.found:
            status, folder, history, variables = self._told.pop(self._next)
            shown = self._parser.found.pop(self._next)
            self._next += 1
            self._keeper.learn(environment=variables)
            line = _HISTORY.fullmatch(history)
            is_new = history != self._last
            self._last = history
            typed = line[2] if line is not None and is_new else shown.typed.strip()
            if typed.startswith("#") and not shown.ran:
                if goal := typed.lstrip("# ").strip():
                    self._keeper.prompt(goal)
            elif shown.ran and typed and not shown.typed.startswith(" "):
                self._keep(typed, status, folder, shown, variables)
            self._folder = folder

    def _keep(self, command: str, status: int, folder: str, shown: _Shown, variables: Mapping[str, str]) -> None:
        call = f"call_{time.time_ns()}"
        self._keeper.began(call, TOOL, {"command": command}, command, MAIN, self._folder)
        output = shortened(plain_text(shown.output))
        facts = {"status": status, "seconds": round(shown.seconds, 3), "folder": folder}
        self._keeper.ended(call, command, MAIN, output, variables, **facts)


class _Shown:
    """What the pane showed of one prompt: what was typed, whether something ran, and what that printed."""

    def __init__(self) -> None:
        self.typed = self.output = ""
        self.ran = False
        self.seconds = 0.0


class _Parser:
    """Finds in a pane's output what belongs to which prompt."""

    def __init__(self) -> None:
        self.found: dict[int, _Shown] = {}
        self._shown = _Shown()
        self._into = ""
        self._text = ""
        self._began = 0.0

    def feed(self, text: str) -> None:
        """Takes in what the pane was written."""
        self._text += text
        end = 0
        for mark in _MARK.finditer(self._text):
            self._take(self._text[end : mark.start()])
            end = mark.end()
            prompt, typed, ran, status, count = mark.groups()
            if typed:
                self._into, self._shown.typed = "typed", ""
            elif ran:
                self._shown.typed = plain_text(self._shown.typed.rstrip("\r\n"))
                self._into, self._shown.ran, self._began = "output", True, time.monotonic()
            elif status:
                self._shown.seconds = time.monotonic() - self._began if self._shown.ran else 0.0
                self.found[int(count)] = self._shown
                self._shown, self._into = _Shown(), ""
            elif prompt:
                self._into = ""
        rest = self._text[end:]
        cut = rest.rfind("\x1b")
        if cut < 0 or len(rest) - cut > 40:
            cut = len(rest)
        self._take(rest[:cut])
        self._text = rest[cut:]

    def _take(self, text: str) -> None:
        if self._into == "typed":
            self._shown.typed = (self._shown.typed + text)[:_LONGEST]
        elif self._into == "output":
            self._shown.output = (self._shown.output + text)[:_LONGEST]

"""Waiting until a shell has read all that was sent and no command runs: by its marks, looking only where they end."""

import asyncio
import re
from time import monotonic_ns

from hdsl.terminal import foreground
from hdsl.terminal.errors import SessionGone
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import Phase, Sent, ShellState

_TICK = 0.1
"""Seconds of silence after which we look instead of waiting for a mark."""
_BELL_WAIT = 0.5
_SAMPLES = 3
_SAMPLE_GAP = 0.003
_QUIET_NS = 150_000_000
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh", "ash", "busybox"})
_PROMPT = re.compile(r"(?:^|.*?\S)[$#%>❯λ](?: |$)")
_EMPTY_PROMPT = re.compile(r"(?:^|.*\S)[$#%>❯λ]\s*$")


class IdleWatch:
    """Tells when one shell is idle. `pane` is what it looks at where the shell says nothing."""

    def __init__(self, state: ShellState, pane: Pane) -> None:
        self._state = state
        self._pane = pane

    async def until_idle(self) -> None:
        """Returns when the shell is idle; a typed line is idle. Raises SessionGone when it ends."""
        state = self._state
        while True:
            self.check_alive()
            if state.at_prompt:
                if state.unread is Sent.NOTHING or await self._read_all():
                    return
            elif await state.changed(_TICK):
                continue
            elif state.phase is Phase.PROMPT:
                # A line was ended and nothing followed: the key meant something else there (after C-v, for one).
                if await self._settled():
                    state.all_read()
            elif await self.foreign_prompt():
                return

    def check_alive(self) -> None:
        """Raises SessionGone where the session is gone."""
        if self._state.ended:
            raise SessionGone(self._state.ended)

    async def foreign_prompt(self, empty: bool = False) -> bool:
        """Whether a shell that marks nothing (another one, or one inside ours) shows a prompt, by the look of it."""
        state = self._state
        last_event = max(state.last_output_ns, state.writes[-1].sent_ns if state.writes else 0)
        if monotonic_ns() - last_event < _QUIET_NS or foreground.unread_input(self._pane.terminal):
            return False
        if not await self._foreign_shell():
            return False
        line = await self._pane.cursor_line()
        return (_EMPTY_PROMPT if empty else _PROMPT).match(line) is not None

    async def _foreign_shell(self) -> bool:
        command = await self._pane.ask("#{pane_current_command}")
        if command not in _SHELLS:
            return False
        if not self._state.integrated:
            return True
        inner = foreground.process(self._pane.shell)
        if inner is not None and inner.group == inner.foreground and inner.name == "bash":
            return False
        return foreground.lone_shell(self._pane.shell, _SHELLS)

    async def _read_all(self) -> bool:
        """Finds out whether all that was sent has been read; False if something happened meanwhile."""
        state = self._state
        marks, last = state.marks, state.writes[-1]
        read = (state.unread is Sent.TEXT and await self._bell()) or await self._settled()
        if not read or state.marks != marks or state.writes[-1] is not last:
            return False
        state.all_read()
        return True

    async def _bell(self) -> bool:
        """Has the line editor ring: C-g does nothing else to a line, and is read after all that was typed before."""
        state, bells = self._state, self._state.bells
        self._pane.client.send(self._pane.keys("C-g"))
        deadline = monotonic_ns() + int(_BELL_WAIT * 1e9)
        while state.bells == bells and not state.ended and state.at_prompt:
            if not await state.changed(max(0.0, (deadline - monotonic_ns()) / 1e9)):
                return False
        return state.bells != bells

    async def _settled(self) -> bool:
        """Whether the shell sleeps at its prompt with nothing left to read, looked at several times."""
        state, marks = self._state, self._state.marks
        for _ in range(_SAMPLES):
            # The server has passed on what it was given before, once it answers this.
            await self._pane.client.run("display-message -p settled")
            if state.marks != marks or not self._asleep():
                await asyncio.sleep(_SAMPLE_GAP)
                return False
            await asyncio.sleep(_SAMPLE_GAP)
        return state.marks == marks

    def _asleep(self) -> bool:
        if foreground.known():
            return foreground.waits_for_input(self._pane.shell, self._pane.terminal)
        return monotonic_ns() - self._state.last_output_ns > _QUIET_NS

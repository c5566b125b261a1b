"""Waiting until a shell has read all that was sent and waits for its next line.

The kernel decides: who is in the foreground, whether it sleeps, what it has not read yet, and whether a line editor
has taken over the keys. What the kernel cannot tell (a prompt, or a command that asks for something?) the prompt
decides: by the mark of our shells at once, by its look after some quiet, and behind a shell's line editor after more.
"""

import asyncio
import re
from time import monotonic_ns

from hdsl.terminal import foreground
from hdsl.terminal.errors import SessionGone
from hdsl.terminal.foreground import Foreground
from hdsl.terminal.pane import Pane
from hdsl.terminal.shell_state import Sent, ShellState

_NS = 1_000_000_000
_TICK = 0.1
"""Seconds after which we look again at something that does not wait for input."""
_SOON = 0.002
_QUIET = 0.15
"""Seconds of silence after which what is on the screen is taken for all that there will be."""
_DOUBT = 1.0
"""Where a shell of ours has read a line, and its line editor shows another prompt than ours."""
_STRONG_DOUBT = 2.0
"""Where the line editor of a shell shows something that does not look like a prompt."""
_LOOKS = 3
_LOOK_GAP = 0.004
_MARKS = "$#%>❯λ➜»›▶→\ue0b0"
_PROMPT = re.compile(rf"(?:.*?\S)?[{_MARKS}](?:\s|$)")
_EMPTY_PROMPT = re.compile(rf"(?:.*\S)?[{_MARKS}]\s*")
# Programs that read lines without a line editor, where nothing else tells them from a command that asks something.
_PROMPT_OF_A_PROGRAM = re.compile(r"(?:>>>|\.\.\.|In \[\d+\]:|\((?:Pdb|gdb|lldb)\)|[\w-]+>)(?: .*)?")
_PROMPT_FOR_MORE = re.compile(r"(?:(?:[a-z]+ )*[a-z]*>|\s*\.\.\.:?)")


class IdleWatch:
    """Tells when one shell is idle."""

    def __init__(self, state: ShellState, pane: Pane) -> None:
        self._state = state
        self._pane = pane
        self._waiting_since_ns = 0

    async def until_idle(self) -> None:
        """Returns when the shell is idle; a typed line is idle. Raises SessionGone when it ends."""
        while True:
            delay = await self._step()
            if delay is None:
                return
            await self._state.changed(delay)

    async def is_idle(self) -> bool:
        """Whether the shell is idle. Waits as long as it waits for input, and cannot be told from an idle one yet."""
        while True:
            delay = await self._step()
            if delay is None:
                return True
            if not self._waiting_since_ns:
                return False
            await self._state.changed(delay)

    async def has_reacted(self) -> bool:
        """Whether the line editor has reacted to the end of a line; waits for a tick if it has not."""
        state = self._state
        if await state.changed(_TICK) and not state.submitted:
            return True
        found = self._look()
        if found is None or not found.is_edited:
            state.submitted = False
            return True
        if found.waits and self._is_quiet(2 * _QUIET) and await self._settled():
            state.line_was_not_taken()
            return True
        return False

    def check_alive(self) -> None:
        """Raises SessionGone where the session is gone."""
        if self._state.ended:
            raise SessionGone(self._state.ended)

    async def looks_empty(self) -> bool:
        """Whether the line of the cursor looks like a prompt with nothing behind it."""
        line, column = await self._pane.cursor_line()
        return _EMPTY_PROMPT.fullmatch(line.rstrip()) is not None and column >= len(line.rstrip())

    async def _step(self) -> float | None:
        """None if the shell is idle; else the seconds after which to look again, if nothing happens before."""
        self.check_alive()
        state = self._state
        if state.submitted:
            self._waiting_since_ns = monotonic_ns()
            return 0.0 if await self.has_reacted() else _SOON
        found = self._look()
        if found is not None and not found.waits:
            self._waiting_since_ns = 0
            return _SOON if state.announced and found.is_own else _TICK
        self._waiting_since_ns = self._waiting_since_ns or monotonic_ns()
        quiet = await self._quiet_needed(found)
        if quiet is None:
            self._waiting_since_ns = 0
            return _TICK
        if not self._is_quiet(quiet):
            return max(_SOON, min(quiet, _TICK))
        sure = state.announced and not state.typed_ahead and state.unread in (Sent.NOTHING, Sent.LINE_END)
        writes, awaiting = len(state.writes), state.awaiting
        if not sure and not await self._settled():
            return _SOON
        if len(state.writes) != writes or state.awaiting != awaiting:
            return 0.0
        if found is not None:
            if await self._clear_answers(found):
                return _SOON
            await self._look_for_more(found)
        state.reads_next_line(found is not None and found.is_edited)
        return None

    def _look(self) -> Foreground | None:
        return foreground.look(self._pane.shell, self._pane.terminal)

    def _is_quiet(self, seconds: float) -> bool:
        """Whether nothing was written or sent for that long; a background job that writes on and on does not count."""
        now = monotonic_ns()
        quiet = now - max(self._state.last_output_ns, self._state.last_write_ns)
        waiting = now - self._waiting_since_ns if self._waiting_since_ns else 0
        return max(quiet, waiting - _NS) >= seconds * _NS

    async def _quiet_needed(self, found: Foreground | None) -> float | None:
        """Seconds of silence that make sure that the shell is idle; None if it is not."""
        state = self._state
        if found is None:
            line, _ = await self._pane.cursor_line()
            return _QUIET if _PROMPT.match(line) else None
        if not state.awaiting and (found.is_edited or (found.is_own and not state.edits_lines)):
            return self._echo_needed()
        if found.is_own and state.announced and (found.is_edited or not state.edits_lines):
            return 0.0
        if found.is_own and found.is_edited and not foreground.writes_errors_to(self._pane.shell, self._pane.terminal):
            # Its prompt is not on the screen.
            return 2 * _QUIET
        line, _ = await self._pane.cursor_line()
        shows_prompt = _PROMPT.match(line) is not None
        if not found.is_own:
            return await self._quiet_needed_inside(found, line)
        if found.is_edited:
            doubt = _DOUBT if shows_prompt else _STRONG_DOUBT
            return doubt if state.has_marks and line not in state.seen_prompts else _QUIET
        if not shows_prompt:
            return None
        if state.announced:
            return _QUIET
        # A shell that edits its lines waits without the editor: most often a command that reads an answer.
        return _DOUBT + _STRONG_DOUBT if state.edits_lines and state.has_marks else _QUIET

    def _echo_needed(self) -> float:
        """What was typed on a line that is edited shows on the screen, but for a terminal that shows nothing."""
        state = self._state
        return 0.0 if state.unread is Sent.NOTHING or state.last_output_ns > state.last_write_ns else _QUIET

    async def _quiet_needed_inside(self, found: Foreground, line: str) -> float | None:
        """The same of another shell, or another program that reads lines, that was started in ours."""
        if found.is_shell:
            return _QUIET if _PROMPT.match(line) else _STRONG_DOUBT if found.is_edited else None
        if _PROMPT_OF_A_PROGRAM.fullmatch(line):
            return _QUIET
        # An editor for the full screen looks like a line editor; what it shows is no prompt.
        is_prompt = found.is_edited and _PROMPT.match(line) and await self._pane.ask("#{alternate_on}") != "1"
        return _QUIET if is_prompt else None

    async def _settled(self) -> bool:
        """Whether the foreground waits with nothing left to read, looked at several times."""
        for _ in range(_LOOKS):
            # The server has passed on what it was given before, once it answers this.
            await self._pane.client.run("display-message -p settled")
            await asyncio.sleep(_LOOK_GAP)
            found = self._look()
            if found is not None and not found.waits:
                return False
        return True

    async def _clear_answers(self, found: Foreground) -> bool:
        """Clears what tmux typed in answer to a question that nobody has read; whether there was something to do."""
        state = self._state
        if not state.questions:
            return False
        if not await self._settled():
            return True
        state.questions = 0
        if state.typed or not state.only_text or not (found.is_edited or found.is_shell):
            return False
        # An answer may have started a search, which C-g ends; C-u clears the line, also where the kernel edits it.
        for key in ("C-g", "C-u") if found.is_own and found.is_edited else ("C-u",):
            await self._pane.client.run(self._pane.keys(key))
        return not await self._settled()

    async def _look_for_more(self, found: Foreground) -> None:
        """Notices that a shell which marks nothing asks for more of the same line."""
        state = self._state
        if state.announced or not state.awaiting:
            return
        line, _ = await self._pane.cursor_line()
        if state.readers != found.names or not state.usual_prompt:
            state.readers, state.usual_prompt = found.names, line
        if found.is_own and found.is_edited:
            state.seen_prompts.add(line)
        state.continued = line != state.usual_prompt and _PROMPT_FOR_MORE.fullmatch(line) is not None

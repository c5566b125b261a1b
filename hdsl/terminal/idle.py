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
from hdsl.terminal.screen import first_columns
from hdsl.terminal.shell_state import Sent, ShellState

_NS = 1_000_000_000
_TICK = 0.1
"""Seconds after which we look again at something that does not wait for input."""
_SOON = 0.002
_QUIET = 0.05
"""Seconds of silence after which what is on the screen is taken for all that there will be."""
_UNSEEN = 0.3
"""The same where nothing shows that what was sent has arrived."""
_DOUBT = 1.0
"""Where a shell of ours has read a line, and its line editor shows another prompt than ours."""
_STRONG_DOUBT = 2.0
"""Where the line editor of a shell shows something that does not look like a prompt."""
_FRESH = 0.05
_ANSWERED = 0.1
# C-g ends the search that an answer may have started. C-u clears the line, also where the kernel edits it. In the keys
# of vi, an answer ends the mode that types.
_CLEAR = {"emacs": ("C-g", "C-u"), "vi": ("C-g", "Escape", "d", "d", "i"), "": ("C-u",)}
# Where the kernel edits the line, clearing it takes back as many columns as it had, and the prompt with them if that
# was written in between. The shell writes another one for an empty line.
_CLEAR_UNEDITED = ("C-u", "Enter")
_LOOKS = 3
_LOOK_GAP = 0.004
_MARKS = "$#%>❯λ➜»›▶→\ue0b0"
_PROMPT = re.compile(rf"(?:.*?\S)?[{_MARKS}](?:\s|$)")
_EMPTY_PROMPT = re.compile(rf"(?:.*\S)?[{_MARKS}]\s*")
# Programs that read lines without a line editor, where nothing else tells them from a command that asks something.
_PROMPT_OF_A_PROGRAM = re.compile(r"(?:>>>|\.\.\.|In \[\d+\]:|\((?:Pdb|gdb|lldb)\)| *DB<+\d+>+|[\w-]+>)(?: .*)?")
_PROMPT_FOR_MORE = re.compile(r"(?:(?:[a-z]+ )*[a-z]*>|\s*\.\.\.:?)")


class IdleWatch:
    """Tells when one shell is idle."""

    def __init__(self, state: ShellState, pane: Pane) -> None:
        self._state = state
        self._pane = pane
        self._waiting_since_ns = 0
        self._command_line = b""

    async def until_idle(self) -> None:
        """Returns when the shell is idle; a typed line is idle. Raises SessionGone when it ends."""
        while True:
            news = self._state.news
            delay = await self._step()
            if delay is None:
                return
            await self._state.changed(delay, news)

    async def is_idle(self) -> bool:
        """Whether the shell is idle. Waits as long as it waits for input, and cannot be told from an idle one yet."""
        while True:
            news = self._state.news
            delay = await self._step()
            if delay is None:
                return True
            if not self._waiting_since_ns:
                return False
            await self._state.changed(delay, news)

    async def has_reacted(self) -> bool:
        """Whether the line editor has reacted to the end of a line; waits for a tick if it has not."""
        state = self._state
        if await state.changed(_TICK) and not state.submitted:
            return True
        found = self._look()
        if found is None or not found.is_edited:
            state.submitted = False
            return True
        if found.waits and self._silence_missing(_UNSEEN) <= 0 and await self._settled():
            state.line_was_not_taken()
            return True
        return False

    async def until_prompt_or_program(self) -> None:
        """Waits a moment for the prompt behind a line that was taken: what is typed at a prompt meets no surprises. As
        long as the shell itself works on the line, the moment is longer."""
        state, began = self._state, monotonic_ns()
        while not state.announced and not state.ended:
            found = self._look()
            moment = _UNSEEN if found is not None and found.is_own and not found.waits else _QUIET
            if await state.changed(_SOON) or monotonic_ns() - began > moment * _NS:
                return

    async def until_answers_are_cleared(self) -> None:
        """Waits until what tmux has typed is cleared, if a shell of ours is about to read it. A program that runs has
        most likely asked for it."""
        asked_ns = self._state.question_ns
        while self._state.questions and monotonic_ns() - asked_ns < _STRONG_DOUBT * _NS:
            try:
                async with asyncio.timeout(_UNSEEN):
                    await self.until_idle()
            except TimeoutError:
                found = self._look()
                if found is None or not found.is_own:
                    return

    def is_own_shell(self) -> bool:
        """Whether the shell that the pane began with is in the foreground, as far as the system tells."""
        found = self._look()
        return self._state.announced if found is None else found.is_own

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
        missing = self._silence_missing(quiet)
        if missing > 0:
            return min(missing + _SOON, _TICK)
        sure = self._is_fresh() and not state.typed_ahead and state.unread in (Sent.NOTHING, Sent.LINE_END)
        writes, awaiting = len(state.writes), state.awaiting
        if sure:
            # What the shell has written before it fell asleep is with us, once the server answers.
            await self._pane.client.run("display-message -p settled")
        elif not await self._settled():
            return _SOON
        if len(state.writes) != writes or state.awaiting != awaiting:
            return 0.0
        if found is not None:
            if await self._clear_answers(found):
                return _SOON
            await self._look_for_more(found)
        self._command_line = self._command_line or foreground.command_line(self._pane.shell)
        state.reads_next_line(found is not None and found.is_edited)
        return None

    def _look(self) -> Foreground | None:
        return foreground.look(self._pane.shell, self._pane.terminal)

    def _is_fresh(self) -> bool:
        """Whether the shell has just shown its prompt. An older mark may be a command's, and the shell's to come."""
        return self._state.announced and monotonic_ns() - self._state.announced_ns < _FRESH * _NS

    def _silence_missing(self, seconds: float) -> float:
        """How much of so many seconds is missing in which nothing is written or sent. A background job that writes on
        and on does not count."""
        now = monotonic_ns()
        quiet = now - max(self._state.last_output_ns, self._state.last_write_ns)
        waiting = now - self._waiting_since_ns if self._waiting_since_ns else 0
        return seconds - max(quiet, waiting - _NS) / _NS

    async def _quiet_needed(self, found: Foreground | None) -> float | None:
        """Seconds of silence that make sure that the shell is idle; None if it is not."""
        state = self._state
        if found is None:
            return _UNSEEN if _PROMPT.match(await self._line()) else None
        if not state.awaiting and (found.is_edited or (found.is_own and not state.edits_lines)):
            return self._echo_needed()
        if found.is_own and state.announced and (found.is_edited or not state.editor):
            return 0.0
        if found.is_own and found.is_edited and not foreground.writes_errors_to(self._pane.shell, self._pane.terminal):
            # Its prompt is not on the screen.
            return _UNSEEN
        line = await self._line()
        shows_prompt = _PROMPT.match(line) is not None
        if not found.is_own:
            return await self._quiet_needed_inside(found, line)
        if found.is_edited:
            doubt = _DOUBT if shows_prompt else _STRONG_DOUBT
            return doubt if state.has_marks and line not in state.seen_prompts else _QUIET
        without_look = _QUIET if shows_prompt else _STRONG_DOUBT + _DOUBT
        if foreground.command_line(self._pane.shell) != self._command_line:
            return without_look
        # Our shell waits without its editor and has not shown its prompt: a command of its own reads an answer.
        return None if state.was_announced or state.announced else without_look

    def _echo_needed(self) -> float:
        """What was typed on a line that is edited shows on the screen, but for a terminal that shows nothing."""
        state = self._state
        return 0.0 if state.unread is Sent.NOTHING or state.last_output_ns > state.last_write_ns else _UNSEEN

    async def _line(self) -> str:
        """The line of the cursor; where nothing was sent behind the end of a line, no further than the cursor."""
        line, column = await self._pane.cursor_line()
        return first_columns(line, column).rstrip() if self._state.ends_with_line else line

    async def _quiet_needed_inside(self, found: Foreground, line: str) -> float | None:
        """The same of another shell, or another program that reads lines, that was started in ours."""
        if found.is_shell:
            if _PROMPT.match(line):
                # The prompt may be the one before what was sent: behind a terminal of its own (`script`, `ssh`), the
                # shell has not got it yet. It answers the end of a line with a prompt, if with nothing else.
                return _STRONG_DOUBT if self._echo_needed() else _QUIET
            # A line of a background job may stand where the prompt was.
            return _STRONG_DOUBT if found.is_edited else _STRONG_DOUBT + _DOUBT
        if len(found.names) == 1 and _PROMPT_OF_A_PROGRAM.fullmatch(line):
            return _QUIET
        # It may pass on what is typed, to another machine, and show the line that was typed for a while. And an editor
        # for the full screen looks like a line editor; what it shows is not a prompt.
        prompt = _EMPTY_PROMPT.fullmatch if self._state.ends_with_line else _PROMPT.match
        shows_prompt = found.is_edited and prompt(line)
        return _UNSEEN if shows_prompt and await self._pane.ask("#{alternate_on}") != "1" else None

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
        if monotonic_ns() - state.question_ns < _ANSWERED * _NS or not await self._settled():
            return True
        state.questions = 0
        if state.typed or not state.only_text or not (found.is_edited or found.is_shell):
            return False
        editor = state.editor if found.is_own else ""
        for key in _CLEAR[editor] if found.is_edited else _CLEAR_UNEDITED:
            await self._pane.client.run(self._pane.keys(key))
        return not await self._settled()

    async def _look_for_more(self, found: Foreground) -> None:
        """Notices that a shell which marks nothing asks for more of the same line."""
        state = self._state
        if state.announced or not state.awaiting:
            return
        line = await self._line()
        if state.readers != found.names or not state.usual_prompt:
            state.readers, state.usual_prompt = found.names, line
        if found.is_own and found.is_edited:
            state.seen_prompts.add(line)
        # The usual prompt may stand behind output that did not end its line.
        state.continued = not line.endswith(state.usual_prompt) and _PROMPT_FOR_MORE.fullmatch(line) is not None

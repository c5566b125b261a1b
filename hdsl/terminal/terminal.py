"""A terminal: the sessions of one run, on a tmux server of its own."""

import asyncio
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from hdsl.ground.display import one_line
from hdsl.terminal.control import ControlClient
from hdsl.terminal.errors import SessionGone, TerminalError, TerminalMissing
from hdsl.terminal.integration import clean_environment, shell_command, write_start_file
from hdsl.terminal.pane import Pane
from hdsl.terminal.server import (
    OLDEST,
    PrivateFolder,
    find_tmux,
    make_private_folder,
    new_window,
    server_command,
    server_options,
)
from hdsl.terminal.session import Session
from hdsl.terminal.shell_state import ShellState

_FIRST_REPLY = 30.0
_FIRST_PROMPT = 60.0
_OPENED_AT_ONCE = 8
_OPENED = re.compile(r"(%\d+) (@\d+) (\d+) (/\S+)")


class Terminal:
    """Sessions, made with `open` and found by their handles. It belongs to the event loop that first used it.

    `folder` is where the shells start (default: the current one); `environment` is added to the clean one they get;
    `width` and `height` are in characters. Nothing is started before the first session is opened.
    """

    def __init__(
        self,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        width: int = 200,
        height: int = 50,
    ) -> None:
        self._folder = folder
        self._environment = clean_environment()
        self._added = dict(environment or {})
        self._width = width
        self._height = height
        self._nonce = secrets.token_hex(8)
        self._private: PrivateFolder | None = None
        self._client = ControlClient(self)
        self._states: dict[str, ShellState] = {}
        self._panes: dict[str, str] = {}
        self._closed_windows: set[str] = set()
        self._sessions: dict[str, Session] = {}
        self._starting = asyncio.Lock()
        self._opening = asyncio.Semaphore(_OPENED_AT_ONCE)
        self._ended = ""

    async def open(self, name: str = "") -> Session:
        """A fresh, isolated shell at its first prompt. TerminalMissing where this machine has no tmux that serves."""
        async with self._opening:
            private = await self._start()
            pane = await self._make_window(private)
            state = self._state_of(pane.id)
            self._panes[pane.window] = pane.id
            if pane.window in self._closed_windows:
                self.window_closed(pane.window)
            handle = f"{name.strip() or 'shell'}-{pane.id[1:]}-{self._nonce[:6]}"
            session = Session(handle, pane, state, {**self._environment, **self._added})
            self._sessions[handle] = self._sessions[name.strip()] = session
            if not await session.wait_idle(_FIRST_PROMPT):
                raise TerminalError(f"the shell of a new session showed no prompt within {_FIRST_PROMPT:g} s")
            return session

    def session(self, handle: str) -> Session:
        """The session of that handle, or the latest that was opened with that name; SessionGone where there is none."""
        session = self._sessions.get(handle.strip())
        if session is None:
            raise SessionGone(f"there is no terminal session {handle!r}")
        return session

    async def close(self) -> None:
        """Ends all sessions and the server, and removes its files."""
        self._ended = self._ended or "the terminal is closed"
        self._client.close()
        private, self._private = self._private, None
        if private is not None:
            await asyncio.to_thread(private.remove)

    def pane_wrote(self, pane: str, data: bytes) -> None:
        """Told by the control client."""
        self._state_of(pane).wrote(data)

    def window_closed(self, window: str) -> None:
        """Told by the control client."""
        self._closed_windows.add(window)
        pane = self._panes.get(window)
        if pane is not None:
            self._state_of(pane).end("the shell of this terminal session has ended")

    def server_lost(self) -> None:
        """Told by the control client."""
        self._ended = self._ended or "the tmux server of this terminal session has ended"
        for state in self._states.values():
            state.end(self._ended)

    def _state_of(self, pane: str) -> ShellState:
        # A shell may write before we have learnt of its pane.
        state = self._states.get(pane)
        if state is None:
            state = self._states[pane] = ShellState(self._nonce)
        return state

    async def _start(self) -> PrivateFolder:
        async with self._starting:
            if self._ended:
                raise SessionGone(self._ended)
            if self._private is None:
                tmux = await asyncio.to_thread(find_tmux, self._environment)
                self._private = make_private_folder(tmux, self._environment)
                write_start_file(self._private.path, self._nonce)
                command = server_command(tmux, self._private.socket, self._width, self._height)
                self._private.watch_client(self._client.start(command, self._environment))
                await self._set_up(tmux)
            return self._private

    def _start_folder(self) -> Path:
        try:
            folder = (self._folder or Path.cwd()).absolute()
        except OSError:
            raise TerminalError("a session cannot start in the current folder: it is gone") from None
        if not folder.is_dir():
            raise TerminalError(f"a session cannot start in {one_line(str(folder))!r}: there is no such folder")
        return folder

    async def _set_up(self, tmux: str) -> None:
        try:
            async with asyncio.timeout(_FIRST_REPLY):
                for option in server_options(self._width, self._height):
                    await self._client.run(option)
        except (TerminalError, TimeoutError) as error:
            self._client.close()
            said = str(error) or f"it did not answer within {_FIRST_REPLY:g} s"
            raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and {tmux} does not serve: {said}") from None

    async def _make_window(self, private: PrivateFolder) -> Pane:
        command = shell_command(
            private.path, shutil.which("bash", path=self._added.get("PATH", self._environment["PATH"]))
        )
        opened = await self._client.run(new_window(command, self._start_folder(), self._added))
        matched = _OPENED.fullmatch(opened)
        if matched is None:
            raise TerminalError(f"tmux could not open a session: it said {one_line(opened)!r}")
        pane, window, process, terminal = matched.groups()
        return Pane(pane, window, int(process), terminal, self._client)

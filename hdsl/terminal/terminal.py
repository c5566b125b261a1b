"""A terminal: the sessions of one run, on a tmux server of its own."""

import asyncio
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from hdsl.terminal.control import ControlClient
from hdsl.terminal.errors import SessionGone, TerminalError
from hdsl.terminal.gate import Gate
from hdsl.terminal.integration import CommandReports, clean_environment, shell_command, write_start_file
from hdsl.terminal.pane import Pane
from hdsl.terminal.server import PrivateFolder, find_tmux, make_private_folder, server_command, server_options
from hdsl.terminal.session import Session
from hdsl.terminal.shell_state import ShellState

_FIRST_PROMPT = 20.0
_OPENED_AT_ONCE = 8


class Terminal:
    """Sessions, made with `open` and found by their handles. It belongs to the event loop that first used it.

    `folder` is where the shells start (default: the current one); `environment` is added to the clean one they get;
    `width` and `height` are in characters; `gate` is asked before a line is handed to a shell. Nothing is started before the first session is opened.
    """

    def __init__(
        self,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        width: int = 200,
        height: int = 50,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
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
            pane = await asyncio.to_thread(self._make_window, private)
            state = self._state_of(pane.id)
            self._panes[pane.window] = pane.id
            if pane.window in self._closed_windows:
                self.window_closed(pane.window)
            handle = f"{name.strip() or 'shell'}-{pane.id[1:]}-{self._nonce[:6]}"
            session = Session(handle, pane, state, private.path, {**self._environment, **self._added}, self._gate)
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
            folder = self._private.path if self._private is not None else Path()
            state = self._states[pane] = ShellState(self._nonce, CommandReports(folder))
        return state

    async def _start(self) -> PrivateFolder:
        async with self._starting:
            if self._ended:
                raise SessionGone(self._ended)
            if self._private is None:
                tmux = await asyncio.to_thread(find_tmux)
                self._private = make_private_folder(tmux, self._environment)
                write_start_file(self._private.path, self._nonce)
                command = server_command(tmux, self._private.socket, self._width, self._height)
                self._private.watch_client(self._client.start(command, self._environment))
                for option in server_options(self._width, self._height):
                    await self._client.run(option)
            return self._private

    def _make_window(self, private: PrivateFolder) -> Pane:
        import libtmux

        command = shell_command(
            private.path, shutil.which("bash", path=self._added.get("PATH", self._environment["PATH"]))
        )
        server = libtmux.Server(socket_path=private.socket)
        session = libtmux.Session(server=server, session_id="$0")
        folder = str(self._folder or Path.cwd())
        try:
            window = session.new_window(start_directory=folder, window_shell=command, environment=self._added)
        except libtmux.exc.LibTmuxException as error:
            raise TerminalError(f"tmux could not open a session: {error}") from error
        pane = window.active_pane
        assert pane is not None and pane.pane_id and window.window_id and pane.pane_pid and pane.pane_tty
        return Pane(pane.pane_id, window.window_id, int(pane.pane_pid), pane.pane_tty, self._client)

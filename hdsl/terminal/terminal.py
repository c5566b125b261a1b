"""A terminal: the sessions of one run, on a tmux server of its own."""

import asyncio
import os
import secrets
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hdsl.ground.display import one_line
from hdsl.ground.files import PRIVATE_FOLDER
from hdsl.ground.process import hide_environment
from hdsl.terminal.beside import CommandRunner, Ran
from hdsl.terminal.control import ControlClient
from hdsl.terminal.errors import SessionGone, TerminalError, TerminalMissing
from hdsl.terminal.gate import Gate
from hdsl.terminal.integration import clean_environment, shell_command, write_start_file
from hdsl.terminal.pane import Pane
from hdsl.terminal.sandbox import Sandbox, find_sandbox, shell_inside
from hdsl.terminal.server import (
    PrivateFolder,
    Server,
    find_tmux,
    make_private_folder,
    new_window,
    opened_window,
    server_command,
    set_up,
)
from hdsl.terminal.session import Session
from hdsl.terminal.shell_state import ShellState

_FIRST_PROMPT = 60.0
_OPENED_AT_ONCE = 8


class Terminal:
    """Sessions, made with `open` and found by their handles. It belongs to the event loop that first used it.

    `folder` is where the shells start (default: the current one); `environment` is added to the clean one they get;
    `width` and `height` are in characters. With `sandbox`, sessions and checks see the file system read-only, with
    `folder` writable and the user's home hidden, no network and no other process (see docs/security.md). `gate`
    is asked before a line is handed in or a command is run. Nothing is started before the first session is opened.
    """

    def __init__(
        self,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        width: int = 200,
        height: int = 50,
        sandbox: bool = False,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._folder = folder.absolute() if folder is not None else _current_folder()
        self._environment = clean_environment()
        self._added = dict(environment or {})
        self._wants_sandbox = sandbox
        self._sandbox: Sandbox | None = None
        self._is_prepared = False
        self._preparing = asyncio.Lock()
        self._width = width
        self._height = height
        self._nonce = secrets.token_hex(8)
        self._private: PrivateFolder | None = None
        self._server: Server | None = None
        self._client = ControlClient(self)
        self._states: dict[str, ShellState] = {}
        self._panes: dict[str, str] = {}
        self._closed_windows: set[str] = set()
        self._sessions: dict[str, Session] = {}
        self._starting = asyncio.Lock()
        self._opened = 0
        self._opening = asyncio.Semaphore(_OPENED_AT_ONCE)
        self._ended = ""

    async def open(self, name: str = "") -> Session:
        """A fresh, isolated shell at its first prompt. TerminalMissing where this machine has no tmux that serves."""
        async with self._opening:
            private = await self._start()
            self._opened += 1
            files = private.shell(self._opened)
            pane = await self._make_window(private, files)
            state = self._state_of(pane.id)
            self._panes[pane.window] = pane.id
            if pane.window in self._closed_windows:
                self.window_closed(pane.window)
            handle = f"{name.strip() or 'shell'}-{pane.id[1:]}-{self._nonce[:6]}"
            if self._sandbox is not None:
                shell = await shell_inside(pane.shell, lambda: bool(state.ended))
                pane = replace(pane, shell=shell)
            session = Session(handle, pane, state, self._runner(private), files, self._gate)
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

    @property
    def is_started(self) -> bool:
        """Whether there is anything to close: a session was asked for."""
        return self._private is not None

    async def close(self) -> None:
        """Ends all sessions, the server and all that was started in them, and removes its files."""
        self._ended = self._ended or "the terminal is closed"
        self._client.close()
        server, self._server, self._private = self._server, None, None
        if server is not None:
            await asyncio.to_thread(server.end)

    async def run_beside(
        self,
        command: str,
        timeout: float,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        readable: Path | None = None,
    ) -> Ran:
        """Runs a command as `Session.run_beside` does, beside all sessions and without opening one.

        By default in the folder where sessions start. `environment` is added to its own; `readable` is a file that it
        sees in the sandbox, too.
        """
        await self._prepare()
        where = str(folder or self._folder)
        return await self._runner(None).run(command, where, timeout, environment, readable)

    def abandon(self) -> None:
        """Ends all sessions and the server without the event loop, which something blocks."""
        self._ended = self._ended or "the terminal is closed"
        server, self._server, self._private = self._server, None, None
        if server is not None:
            server.end()

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

    def _runner(self, private: PrivateFolder | None) -> CommandRunner:
        return CommandRunner(self._shell_environment(), self._sandbox, private, self._gate)

    def _shell_environment(self) -> dict[str, str]:
        if self._sandbox is None:
            return {**self._environment, **self._added}
        return self._sandbox.environment(self._environment, self._added)

    async def _prepare(self) -> None:
        """What comes before anything is started: our environment is hidden, and the sandbox has been tried."""
        async with self._preparing:
            if not self._is_prepared:
                hide_environment()
                if self._wants_sandbox:
                    self._sandbox = await asyncio.to_thread(find_sandbox, self._folder, self._environment)
                self._is_prepared = True

    async def _start(self) -> PrivateFolder:
        await self._prepare()
        async with self._starting:
            if self._ended:
                raise SessionGone(self._ended)
            if self._private is None:
                tmux = await asyncio.to_thread(find_tmux, self._environment)
                private = self._private = make_private_folder()
                command = server_command(tmux, private.socket, self._width, self._height)
                self._server = Server(command, private, self._environment)
                self._client.start(self._server.process)
                await self._set_up(tmux)
                # tmux lets the user's group in, where the umask does.
                private.socket.chmod(PRIVATE_FOLDER)
            return self._private

    def _start_folder(self) -> Path:
        shown = one_line(str(self._folder))
        if not self._folder.is_dir():
            raise TerminalError(f"a session cannot start in {shown!r}: there is no such folder")
        if any("\udc80" <= letter <= "\udcff" for letter in str(self._folder)):
            raise TerminalError(f"a session cannot start in {shown!r}: tmux takes names in UTF-8 alone; rename it")
        return self._folder

    async def _set_up(self, tmux: str) -> None:
        try:
            await set_up(self._client, tmux, self._width, self._height, "terminals need")
        except TerminalMissing:
            self._client.close()
            raise

    async def _make_window(self, private: PrivateFolder, files: Path) -> Pane:
        files.mkdir(PRIVATE_FOLDER)
        write_start_file(files, self._nonce)
        environment = self._shell_environment()
        command = shell_command(files, shutil.which("bash", path=environment["PATH"]))
        if self._sandbox is not None:
            inside = self._sandbox.command(["/bin/sh", "-c", command], str(self._folder), private=private, shell=files)
            # The environment of bwrap itself can be read in the sandbox, so nothing is left of ours before it starts.
            variables = shlex.join(f"{name}={value}" for name, value in environment.items())
            command = f'exec env -i TERM="$TERM" {variables} {shlex.join(inside)}'
        opened = await self._client.run(new_window(command, self._start_folder(), self._added))
        return Pane(*opened_window(opened), self._client)


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:
        # It is gone. What it was called is for the message of who cannot start there.
        return Path(os.environ.get("PWD", "/nowhere"))

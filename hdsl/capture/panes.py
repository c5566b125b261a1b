"""The tmux server of a recorder: a window for each shell, and what the windows show, as it is shown."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hdsl.capture.fifos import Outflow
from hdsl.ground.files import PRIVATE_FOLDER
from hdsl.terminal.control import ControlClient, quote
from hdsl.terminal.errors import TerminalError, TerminalMissing
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

COLUMNS, ROWS = 120, 40
SESSION = "hdsl"
_OCTAL = re.compile(rb"\\(\d{3})")
_NOT_OURS = ("TMUX", "TMUX_PANE")


@dataclass(frozen=True, slots=True)
class Window:
    """A window by the ids of itself and its pane. What is written to `screen` is shown, and typed to nobody."""

    id: str
    pane: str
    screen: Outflow


class Panes:
    """A server of its own. It ends with this process, whatever becomes of that, and with it all that runs in windows.

    `wrote` is told the pane and the bytes that were written to it, in order; `lost` that the server is gone; `closed`
    the window that is. Shells get `environment`.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        wrote: Callable[[str, bytes], None],
        lost: Callable[[], None],
        columns: int = COLUMNS,
        rows: int = ROWS,
        closed: Callable[[str], None] | None = None,
    ) -> None:
        self._environment = {name: value for name, value in environment.items() if name not in _NOT_OURS}
        self._wrote, self._lost, self._closed = wrote, lost, closed
        self.columns, self.rows = columns, rows
        self._client = ControlClient(self)
        self._server: Server | None = None
        self._private: PrivateFolder | None = None
        self._screens: list[Outflow] = []
        self._tmux = ""

    async def start(self) -> None:
        """Starts the server. TerminalMissing where there is no tmux that serves."""
        tmux = self._tmux = await asyncio.to_thread(find_tmux, self._environment)
        private = self._private = make_private_folder()
        command = server_command(tmux, private.socket, self.columns, self.rows)
        self._server = Server(command, private, {"PATH": os.defpath, **self._environment})
        self._client.start(self._server.process)
        try:
            await set_up(self._client, tmux, self.columns, self.rows, "capture needs")
        except TerminalMissing:
            await self.close()
            raise
        private.socket.chmod(PRIVATE_FOLDER)

    @property
    def socket(self) -> Path:
        """Where a person can attach: `tmux -S SOCKET attach`."""
        assert self._private is not None
        return self._private.socket

    async def open(self, command: str, folder: Path) -> Window:
        """A new window in which `sh` runs a command."""
        pane, window, _, terminal = opened_window(await self._client.run(new_window(command, folder, {})))
        screen = Outflow(os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC))
        self._screens.append(screen)
        return Window(window, pane, screen)

    async def run(self, command: str) -> str:
        """The server's answer to a tmux command."""
        return await self._client.run(command)

    def client_command(self) -> list[str]:
        """The command of a client of this server, without what it is to do."""
        return [self._tmux, "-u", "-S", str(self.socket)]

    async def detach(self) -> None:
        """Sends away who is attached to look on."""
        listed = await self._client.run("list-clients -F '#{client_control_mode} #{client_name}'")
        for line in listed.splitlines():
            is_control, _, name = line.partition(" ")
            if is_control == "0":
                await self._client.run(f"detach-client -t {quote(name)}")

    async def end(self, window: Window) -> None:
        """Ends a window and what runs in it."""
        window.screen.abandon()
        try:
            await self._client.run(f"kill-window -t {window.id}")
        except TerminalError:
            return

    async def close(self) -> None:
        """Ends the server and all that runs in it."""
        for screen in self._screens:
            screen.abandon()
        self._client.close()
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.end)

    def pane_wrote(self, pane: str, data: bytes) -> None:
        """Told by the control client."""
        self._wrote(pane, _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), data))

    def window_closed(self, window: str) -> None:
        """Told by the control client."""
        if self._closed is not None:
            self._closed(window)

    def server_lost(self) -> None:
        """Told by the control client."""
        self._lost()

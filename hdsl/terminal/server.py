"""A tmux server of our own: found, started in a private folder, and ended with it whatever becomes of this process."""

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hdsl.ground.display import one_line
from hdsl.ground.files import PRIVATE_FOLDER
from hdsl.terminal.control import ControlClient, quote
from hdsl.terminal.errors import TerminalError, TerminalMissing
from hdsl.terminal.process_tree import LONGEST_END, Lifeline, reaped
from hdsl.terminal.screen import HISTORY_LIMIT

OLDEST = "3.2"
_LONGEST_SOCKET_PATH = 100
_VERSION = re.compile(r"tmux (?:(?:next-|openbsd-)?(\d{1,4})\.(\d{1,4})\S*|master)")
_VERSION_SECONDS = 20.0
_SOCKET = "tmux"
_FIRST_REPLY = 30.0
_OPENED = re.compile(r"(%\d+) (@\d+) (\d+) (/\S+)")


def find_tmux(environment: Mapping[str, str]) -> str:
    """The path of tmux; TerminalMissing where there is none or it is too old. Blocks: it asks tmux for its version."""
    path = shutil.which("tmux")
    if path is None:
        raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and there is no tmux on PATH")
    try:
        asked = subprocess.run([path, "-V"], env=dict(environment), capture_output=True, timeout=_VERSION_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and {path} does not run: {error}") from None
    said = asked.stdout.decode("utf-8", "replace").strip()
    version = _VERSION.fullmatch(said)
    if version is None:
        raise TerminalMissing(
            f"terminals need tmux {OLDEST} or newer, and {path} is none: its version is {one_line(said, 40)!r}"
        )
    if version[1] and (int(version[1]), int(version[2])) < tuple(map(int, OLDEST.split("."))):
        raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and {path} is older")
    return path


@dataclass(frozen=True)
class PrivateFolder:
    """A folder of ours, that only its owner can enter."""

    root: Path

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self.root / _SOCKET

    @property
    def home(self) -> Path:
        """The home of the commands in a sandbox."""
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        """The `/tmp` of the commands in a sandbox."""
        return self.root / "tmp"

    def shell(self, number: int) -> Path:
        """The files of one shell: all of the folder that it sees in a sandbox."""
        return self.root / f"shell-{number}"


def make_private_folder() -> PrivateFolder:
    """Makes the folder. The server that is started for it removes it."""
    root = Path(tempfile.mkdtemp(prefix="hdsl-"))
    if len(os.fsencode(root / _SOCKET)) > _LONGEST_SOCKET_PATH:
        root.rmdir()
        root = Path(tempfile.mkdtemp(prefix="hdsl-", dir="/tmp"))
    private = PrivateFolder(root)
    for path in (private.home, private.tmp):
        path.mkdir(PRIVATE_FOLDER)
    return private


class Server:
    """The process tree of a tmux server: its control client, the server, and all that its shells start.

    It ends when it is closed, when the client or the server ends, or when this process is gone, and the private folder
    with it.
    """

    def __init__(self, command: Sequence[str], private: PrivateFolder, environment: Mapping[str, str]) -> None:
        self._private = private
        self._lifeline = Lifeline()
        self.process = subprocess.Popen(
            reaped(command, self._lifeline, private.root),
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._lifeline.reader],
            # A session of its own: Ctrl-C in our terminal is ours and must not end it.
            start_new_session=True,
        )
        self._lifeline.handed_over()

    def end(self) -> None:
        """Ends all of it and removes the folder. Blocks for some milliseconds, seconds where something is stuck."""
        self._lifeline.close()
        # What runs in a session may have stopped the reaper, or killed it.
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.wait(LONGEST_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self._private.root, ignore_errors=True)


def server_command(tmux: str, socket: Path, width: int, height: int) -> list[str]:
    """The command that starts the server and the control client of its only session. A window that nobody uses keeps
    that session, whatever becomes of the shells in the others; a lost client ends it, and so the server."""
    session = ["new-session", "-s", "hdsl", "-x", str(width), "-y", str(height), "tail", "-f", "/dev/null"]
    lost = ["set-option", "-g", "destroy-unattached", "on"]
    return [tmux, "-u", "-S", str(socket), "-f", "/dev/null", "-C", *session, ";", *lost]


def server_options(width: int, height: int) -> list[str]:
    """Commands for the fresh server."""
    return [
        f"refresh-client -C {width}x{height}",
        "set-option -g status off",
        "set-option -s exit-empty on",
        "set-option -s escape-time 0",
        "set-option -s set-clipboard off",
        "set-option -g default-terminal screen-256color",
        "set-option -g default-shell /bin/sh",
        f"set-option -g history-limit {HISTORY_LIMIT}",
        "set-option -g bell-action none",
        "set-option -g remain-on-exit off",
        "set-option -g automatic-rename off",
        "set-option -g allow-rename off",
    ]


async def set_up(client: ControlClient, tmux: str, width: int, height: int, who: str) -> None:
    """Sets the options of the fresh server. TerminalMissing where it does not serve; `who` needs it."""
    try:
        async with asyncio.timeout(_FIRST_REPLY):
            for option in server_options(width, height):
                await client.run(option)
    except (TerminalError, TimeoutError) as error:
        said = str(error) or f"it did not answer within {_FIRST_REPLY:g} s"
        raise TerminalMissing(f"{who} tmux {OLDEST} or newer, and {tmux} does not serve: {said}") from None


class OpenedWindow(NamedTuple):
    """A window that the server has opened."""

    pane: str
    window: str
    process: int
    terminal: str


def opened_window(reply: str) -> OpenedWindow:
    """What the server says that it has opened. TerminalError where that is something else."""
    found = _OPENED.fullmatch(reply)
    if found is None:
        raise TerminalError(f"tmux could not open a window: it said {one_line(reply)!r}")
    return OpenedWindow(found[1], found[2], int(found[3]), found[4])


def new_window(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The command that opens a window in which `sh` reads `command`.

    Its reply names the pane, the window, the process and the terminal device.
    """
    # tmux expands formats in a folder that it is told, and runs the commands in them. No way of writing `#` is safe
    # from that in all versions, so the shell goes there itself.
    command = f"cd -- {shlex.quote(str(folder))} || exit; unset OLDPWD; {command}"
    words = ["-c", "/"]
    for name, value in environment.items():
        words += ["-e", f"{name}={value}"]
    shown = "#{pane_id} #{window_id} #{pane_pid} #{pane_tty}"
    return f"new-window -d -P -F {quote(shown)} {' '.join(map(quote, words))} -- {quote(command)}"

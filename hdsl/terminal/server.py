"""A tmux server of our own: found, started in a private folder, and ended with it whatever becomes of this process."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hdsl.ground.display import one_line
from hdsl.terminal.control import quote
from hdsl.terminal.errors import TerminalMissing
from hdsl.terminal.screen import HISTORY_LIMIT

OLDEST = "3.2"
_LONGEST_SOCKET_PATH = 100
_VERSION = re.compile(r"tmux (?:(?:next-|openbsd-)?(\d{1,4})\.(\d{1,4})\S*|master)")
_VERSION_SECONDS = 20.0
_SOCKET = "tmux"
# Reads until the other end of its input is closed, by us or by our death, and then leaves nothing behind. A shell that
# is just ending may still write into the folder: then it is removed once more. The first line read is the process of
# the control client: a server waits for ever for one whose output nobody reads. A second line says that it has ended.
_WATCH = """
read -r client
read -r ended
test -z "$client" || test -n "$ended" || kill -9 "$client" 2> /dev/null
"$1" -S "$2" kill-server 2> /dev/null
for try in 1 2 3 4 5; do rm -rf -- "$3" 2> /dev/null && exit; sleep 0.2; done
"""


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
    """A folder for the server's socket and the shells' files, that a watcher removes when we close it or are gone."""

    path: Path
    watcher: "subprocess.Popen[bytes]"

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self.path / _SOCKET

    def watch_client(self, process: int) -> None:
        """The control client's process, which the watcher ends where we cannot."""
        self._tell(str(process))

    def remove(self) -> None:
        """Ends the server and removes the folder; the control client has ended. Blocks for some milliseconds."""
        self._tell("ended")
        assert self.watcher.stdin is not None
        self.watcher.stdin.close()
        self.watcher.wait()

    def _tell(self, line: str) -> None:
        assert self.watcher.stdin is not None
        # The watcher may have been ended with everything else of ours.
        with contextlib.suppress(BrokenPipeError):
            self.watcher.stdin.write(f"{line}\n".encode())
            self.watcher.stdin.flush()


def make_private_folder(tmux: str, environment: Mapping[str, str]) -> PrivateFolder:
    """Makes the folder and starts its watcher."""
    path = Path(tempfile.mkdtemp(prefix="hdsl-"))
    if len(os.fsencode(path / _SOCKET)) > _LONGEST_SOCKET_PATH:
        path.rmdir()
        path = Path(tempfile.mkdtemp(prefix="hdsl-", dir="/tmp"))
    arguments = ["sh", "-c", _WATCH, "hdsl-watch", tmux, str(path / _SOCKET), str(path)]
    # A session of its own: Ctrl-C must not end the watcher before its work.
    watcher = subprocess.Popen(arguments, env=dict(environment), stdin=subprocess.PIPE, start_new_session=True)
    return PrivateFolder(path, watcher)


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


def new_window(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The command that opens a window in which `sh` reads `command`.

    Its reply names the pane, the window, the process and the terminal device.
    """
    # tmux expands formats in a folder that it is told, and runs the commands in them. No way of writing `#` is safe from
    # that in all versions, so the shell goes there itself.
    command = f"cd -- {shlex.quote(str(folder))} && unset OLDPWD; {command}"
    words = ["-c", "/"]
    for name, value in environment.items():
        words += ["-e", f"{name}={value}"]
    shown = "#{pane_id} #{window_id} #{pane_pid} #{pane_tty}"
    return f"new-window -d -P -F {quote(shown)} {' '.join(map(quote, words))} -- {quote(command)}"

"""A tmux server of our own: found, started in a private folder, and ended with it whatever becomes of this process."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hdsl.terminal.errors import TerminalMissing

OLDEST = "3.2"
_LONGEST_SOCKET_PATH = 100
_SOCKET = "tmux"
_LONGEST_END = 3.0
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


def find_tmux() -> str:
    """The path of tmux; TerminalMissing where there is none or it is too old. Blocks: it asks tmux for its version."""
    from libtmux import exc
    from libtmux.common import has_gte_version

    path = shutil.which("tmux")
    if path is None:
        raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and there is no tmux on PATH")
    try:
        if has_gte_version(OLDEST):
            return path
    except exc.LibTmuxException:
        pass
    raise TerminalMissing(f"terminals need tmux {OLDEST} or newer, and {path} is older")


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

    def abandon(self) -> None:
        """Has the watcher end the control client too; waits for it, unless a signal comes."""
        assert self.watcher.stdin is not None
        self.watcher.stdin.close()
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            self.watcher.wait(_LONGEST_END)

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
        "set-option -g history-limit 20000",
        "set-option -g bell-action none",
        "set-option -g remain-on-exit off",
        "set-option -g automatic-rename off",
        "set-option -g allow-rename off",
    ]

"""What the process in the foreground of a pane is doing, as far as the operating system tells."""

import array
import fcntl
import os
import termios
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat: the state letter, its process group and that in the foreground of its terminal."""

    name: str
    state: str
    group: int
    foreground: int


def process(pid: int) -> Process | None:
    """The process, or None where there is none or the system has no /proc."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    state, _parent, group, _session, _terminal, foreground = rest.split()[:6]
    return Process(name, state, int(group), int(foreground))


def known() -> bool:
    """Whether this system tells."""
    return (_PROC / "self" / "stat").exists()


def unread_input(terminal: str) -> int:
    """How many bytes that were typed into the terminal device nobody has read yet; 0 if that cannot be known."""
    count = array.array("i", [0])
    try:
        # Opened for a moment only: the pane would not be seen to end while somebody else holds its terminal.
        device = os.open(terminal, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        fcntl.ioctl(device, termios.FIONREAD, count)
    except OSError:
        return 0
    finally:
        os.close(device)
    return count[0]


def edits_lines_itself(terminal: str) -> bool:
    """Whether whoever reads from the terminal device has it give every key at once, as line editors do."""
    try:
        device = os.open(terminal, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not termios.tcgetattr(device)[3] & termios.ICANON
    except termios.error:
        return False
    finally:
        os.close(device)


def waits_for_input(shell: int, terminal: str) -> bool:
    """Whether the shell itself is in the foreground, asleep, and has read all that was typed."""
    it = process(shell)
    return it is not None and it.state == "S" and it.group == it.foreground and unread_input(terminal) == 0


def lone_shell(shell: int, names: frozenset[str]) -> bool:
    """Whether in the foreground there is one process, asleep, of one of these names, that is not the shell itself."""
    outer = process(shell)
    if outer is None:
        return False
    members = [it for it in map(process, _processes()) if it is not None and it.group == outer.foreground]
    return len(members) == 1 and members[0].name in names and members[0].state == "S"


def _processes() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]

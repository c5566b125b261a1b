"""Who reads what is typed into a terminal, and whether it waits for more: as the kernel tells, who cannot be lied to.

Nothing here asks or tells the programs that are looked at.
"""

import array
import fcntl
import os
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SHELLS = frozenset({"sh", "bash", "rbash", "dash", "zsh", "fish", "ksh", "mksh", "ash", "busybox", "tcsh", "csh"})

_PROC = Path("/proc")
# Where a process sleeps that does not wait for its terminal. Kernels that do not tell show 0.
_WAITS_FOR_OTHERS = (
    *("do_wait", "kernel_wait", "hrtimer_nanosleep", "do_nanosleep", "pipe_", "anon_pipe_", "sigsuspend"),
    *("do_sigtimedwait", "unix_stream_", "inet_csk_", "sk_wait_", "__x64_sys_pause", "__arm64_sys_pause"),
)
_FIRST_PTS_MAJOR = 136
_NESTED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat: `foreground` is the process group in the foreground of its terminal `device`."""

    pid: int
    name: str
    state: str
    parent: int
    group: int
    device: int
    foreground: int

    @property
    def is_asleep(self) -> bool:
        """Whether it waits for something."""
        return self.state in "SI"


class Device(NamedTuple):
    """A terminal device: whether a line editor (or a program for the full screen) has taken over the keys, how many
    bytes nobody has read yet, and whether it shows what is typed."""

    is_edited: bool
    unread: int
    echoes: bool = True


@dataclass(frozen=True, slots=True)
class Foreground:
    """What is in the foreground of a pane.

    `names` are the programs at the end of the chain of processes there. `is_own` says that it is the shell that the
    pane began with, or what has taken its place. `waits`: it sleeps, and has read everything that was typed.
    """

    names: tuple[str, ...]
    is_own: bool
    is_edited: bool
    waits: bool

    @property
    def is_shell(self) -> bool:
        """Whether a shell and nothing else is at the end of the chain."""
        return len(self.names) == 1 and self.names[0] in SHELLS


def process(pid: int) -> Process | None:
    """The process, or None where there is none or the system has no /proc."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    state, parent, group, _session, device, foreground = rest.split()[:6]
    return Process(pid, name.removeprefix("-"), state, int(parent), int(group), int(device), int(foreground))


def is_known() -> bool:
    """Whether this system tells."""
    return (_PROC / "self" / "stat").exists()


def look(shell: int, terminal: str) -> Foreground | None:
    """What is in the foreground of the terminal that the process `shell` leads; None if the system does not tell."""
    outer = process(shell)
    if outer is None:
        return None
    device = read_device(terminal)
    if outer.group == outer.foreground:
        waits = outer.is_asleep and device.unread == 0 and not _waits_for_others(outer)
        return Foreground((outer.name,), True, device.is_edited, waits)
    return _look_inside(outer, device)


def read_device(path: str) -> Device:
    """The state of a terminal device."""
    count = array.array("i", [0])
    try:
        # Opened for a moment only: the pane would not be seen to end while somebody else holds its terminal.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return Device(False, 0)
    try:
        input_flags, _, _, local_flags, *_ = termios.tcgetattr(descriptor)
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    except (OSError, termios.error):
        return Device(False, 0)
    finally:
        os.close(descriptor)
    # `read -n 1` leaves these two to the terminal; all line editors do the echo themselves and see Enter as it is.
    is_edited = not local_flags & (termios.ICANON | termios.ECHO) and not input_flags & termios.ICRNL
    return Device(is_edited, count[0], bool(local_flags & termios.ECHO))


def command_line(pid: int) -> bytes:
    """How a process was started; it is another one once another program has taken its place."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def writes_errors_to(pid: int, terminal: str) -> bool:
    """Whether the standard error of a process, which is where shells show prompts, is that terminal."""
    try:
        return (_PROC / str(pid) / "fd/2").stat().st_rdev == Path(terminal).stat().st_rdev
    except OSError:
        return True


def _look_inside(outer: Process, device: Device) -> Foreground:
    children = _Children()
    below = _below(outer, children)
    # What has lost its parent is not below the shell any more.
    found = [it for it in below if it.group == outer.foreground] or children.with_group(outer.foreground)
    members = [it for it in found if it.device == outer.device]
    for _ in range(_NESTED_AT_MOST):
        inner = _inner_terminal(members, children)
        if inner is None:
            break
        # A program such as `script` that holds another terminal, and passes on what is typed.
        leader, device = inner
        members = [it for it in [leader, *_below(leader, children)] if it.group == leader.foreground]
    ends = _ends(members, children)
    waits = bool(ends) and device.unread == 0 and all(it.is_asleep for it in [*members, *ends])
    if len(ends) == 1:
        waits = waits and not _waits_for_others(ends[0])
    return Foreground(tuple(sorted(it.name for it in ends)), False, device.is_edited, waits)


class _Children:
    """The children of processes, read once."""

    def __init__(self) -> None:
        self._all: dict[int, list[Process]] | None = None

    def of(self, pid: int) -> list[Process]:
        try:
            listed = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
        except OSError:
            # Some kernels are built without these lists.
            return self._scan().get(pid, [])
        return [it for it in map(process, map(int, listed)) if it is not None and it.state != "Z"]

    def with_group(self, group: int) -> list[Process]:
        return [it for each in self._scan().values() for it in each if it.group == group]

    def _scan(self) -> dict[int, list[Process]]:
        if self._all is None:
            self._all = {}
            for entry in _PROC.iterdir():
                it = process(int(entry.name)) if entry.name.isdigit() else None
                if it is not None and it.state != "Z":
                    self._all.setdefault(it.parent, []).append(it)
        return self._all


def _below(top: Process, children: _Children) -> list[Process]:
    found, waiting = [], [top.pid]
    while waiting:
        for child in children.of(waiting.pop()):
            found.append(child)
            waiting.append(child.pid)
    return found


def _inner_terminal(members: list[Process], children: _Children) -> tuple[Process, Device] | None:
    for member in members:
        for child in children.of(member.pid):
            if child.device not in (0, member.device) and child.foreground > 0:
                return child, read_device(_device_path(child))
    return None


def _device_path(of: Process) -> str:
    # By the process itself where that is allowed: in a sandbox the same number may be another device.
    own = _PROC / str(of.pid) / "fd/0"
    try:
        if own.stat().st_rdev == _device_number(of.device):
            return str(own)
    except OSError:
        pass
    number = _device_number(of.device)
    return f"/dev/pts/{(os.major(number) - _FIRST_PTS_MAJOR) * 256 + os.minor(number)}"


def _device_number(in_stat: int) -> int:
    return os.makedev((in_stat >> 8) & 0xFFF, (in_stat & 0xFF) | ((in_stat >> 12) & 0xFFF00))


def _ends(members: list[Process], children: _Children) -> list[Process]:
    """The members, and what runs below them without any terminal (`su -c` does that), that have no such children."""
    groups = {member.group for member in members}
    ends, waiting, seen = [], list(members), {member.pid for member in members}
    while waiting:
        it = waiting.pop()
        below = [child for child in children.of(it.pid) if child.group in groups or child.device == 0]
        if not below:
            ends.append(it)
        for child in below:
            if child.pid not in seen:
                seen.add(child.pid)
                waiting.append(child)
    return ends


def _waits_for_others(it: Process) -> bool:
    try:
        return (_PROC / str(it.pid) / "wchan").read_text().startswith(_WAITS_FOR_OTHERS)
    except OSError:
        return False

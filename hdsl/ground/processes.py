"""Processes that must not outlive the one that started them: on Linux in full, elsewhere as far as it goes."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LONGEST_CLEANING, _PAUSE = 3.0, 0.01
_STARTED = 19


def end_with(parent: int) -> None:
    """Ends this process as soon as its parent is gone, however that went."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def adopt_orphans() -> None:
    """From now on what descends from this process is a child of it once its own parent is gone."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_descendants(but: str = "") -> None:
    """Kills all that descends from this process; those whose command line names `but` have some seconds to end."""
    deadline = time.monotonic() + _LONGEST_CLEANING
    while found := list(descendants(os.getpid())):
        is_late = time.monotonic() > deadline
        for process in found:
            if is_late or not but or but not in _command_line(process):
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
        _reap()
        if time.monotonic() > deadline + _LONGEST_CLEANING:
            return
        time.sleep(_PAUSE)


def is_alive(process: int) -> bool:
    """Whether a process runs: one that has ended and that nobody has waited for does not."""
    try:
        os.kill(process, 0)
    except (OSError, OverflowError):
        return False
    fields = _stat(process)
    return not fields or fields[0] not in ("Z", "X")


def start_of(process: int) -> str:
    """When a process started, in ticks of the system: with its number, no other process has it. Empty if unknown."""
    fields = _stat(process)
    return fields[_STARTED] if len(fields) > _STARTED else ""


def waits_for_processor(process: int) -> dict[str, float]:
    """For each thread of a process the seconds in which it could have run, and others did; empty if unknown."""
    found = {}
    for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found[thread.parent.name] = int(thread.read_text().split()[1]) / 1e9
    return found


def _stat(process: int) -> list[str]:
    """What the system says of a process, from its state on; nothing where it does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def name_of(process: int) -> str:
    """What the program of a process is called; empty where the system does not say."""
    try:
        return Path(f"/proc/{process}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def descendants(process: int) -> Iterator[int]:
    """The processes below a process, parents first; none where the system does not list them."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from descendants(child)


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue

"""What other processes of the same user can read of this one: its environment and its memory."""

import contextlib
import os

_PROCESS = "/proc/self"
_ENV_START = 47
"""The index of `env_start` in /proc/self/stat, behind the process's name."""
_PR_SET_DUMPABLE = 4


def hide_environment() -> bool:
    """Blanks what `/proc/PID/environ` and `ps e` show of this process; `os.environ` and `getenv` are left as they are.

    The kernel shows the memory in which the environment was handed over, so taking a variable out of `os.environ` does
    not hide it. Every value is first set again, which copies it elsewhere. True if nothing is shown any more; False on
    a system without /proc, or one that does not let a process write there.
    """
    for name, value in os.environb.items():
        os.environb[name] = value
    try:
        with open(f"{_PROCESS}/stat", "rb") as file:  # noqa: PTH123 - before anything is imported
            fields = file.read().rpartition(b")")[2].split()
        start, end = int(fields[_ENV_START]), int(fields[_ENV_START + 1])
        memory = os.open(f"{_PROCESS}/mem", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(memory, bytes(end - start), start)
        finally:
            os.close(memory)
        with open(f"{_PROCESS}/environ", "rb") as file:  # noqa: PTH123
            return not file.read().strip(b"\0")
    except (OSError, ValueError, IndexError):
        return False


def refuse_inspection() -> None:
    """Keeps other processes of the same user (not root's) from reading this one's memory or attaching a debugger.

    No core dump is written either. A program that is started from here is not affected.
    """
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

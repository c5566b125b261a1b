"""Commands that end with all that they started: each is run by a reaper (`reaper.py`), whose end of a pipe we hold."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

LONGEST_END = 30.0
"""Seconds after which a reaper that was told to end is killed."""

_REAPER = Path(__file__).with_name("reaper.py")


class Lifeline:
    """A pipe that holds a process tree: it ends when this is closed, or when this process is gone, however it ended."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def handed_over(self) -> None:
        """The reaper has inherited the reader, which this process needs no more."""
        self.reader = _closed(self.reader)

    def close(self) -> None:
        """Ends the tree, if it has not ended yet; the reaper is a child to be waited for."""
        self.reader = _closed(self.reader)
        self._writer = _closed(self._writer)


def reaped(command: Sequence[str], lifeline: Lifeline, folder: Path | None = None) -> list[str]:
    """The command that runs `command` with a reaper; its process must inherit `lifeline.reader`.

    It ends as the command does, once all processes of the tree have ended. `folder` is removed then.
    """
    reaper = [sys.executable, "-I", "-S", str(_REAPER)]
    return [*reaper, str(os.getpid()), str(lifeline.reader), str(folder or ""), *command]


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1

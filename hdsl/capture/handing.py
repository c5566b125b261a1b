"""Hands to whoever waits for a command what it prints, and how it ended."""

from __future__ import annotations

import asyncio
import re

from hdsl.capture.fifos import Outflow

_MOST = 4096
_WITHIN = 0.05
"""Seconds for which the beginning of an output is held back."""
_PLAIN = re.compile(rb"[\t\n\r\x1b\x20-\x7e\x80-\xff]*")
"""What bash reads as it stands: it drops NULs, and has uses of its own for some other control characters."""


class Handing:
    """Says on `ending`, in a line, the exit status and how many bytes wait in `output`: a short one is handed over
    whole. Where there is more, or it takes longer, the line is `more`, the output follows as it comes, up to its end,
    and then there is a line with the exit status.
    """

    def __init__(self, output: Outflow, ending: Outflow) -> None:
        self._output, self._ending = output, ending
        self._held = b""
        self._is_more = False
        self._timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """What was printed next."""
        if self._is_more:
            self._output.write(data)
            return
        self._held += data
        if len(self._held) > _MOST or _PLAIN.fullmatch(data) is None:
            self._go_on()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_WITHIN, self._go_on)

    def end(self, status: int) -> None:
        """The command has ended."""
        self._stop()
        self._ending.write(f"{status} {len(self._held)}\n".encode())
        self._ending.close()
        self._output.write(self._held)
        self._output.close()

    def _go_on(self) -> None:
        self._stop()
        self._is_more = True
        self._ending.write(b"more\n")
        held, self._held = self._held, b""
        self._output.write(held)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

"""Budgets of seconds as they pass: each begins with the first node of its call, and is over while none is evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from hdsl.future.stopping import stopping
from hdsl.run.meter import Limit


@dataclass(slots=True)
class _Timed:
    """One budget of seconds. `evaluating`: how many nodes of its call are being evaluated just now."""

    prefix: str
    seconds: float
    started: float = 0.0
    evaluating: int = 0


class Clock:
    """Tells which budget of seconds of a call inside the program is spent, whatever its functions do.

    Nodes are told on the event loop; any thread may ask. The earliest end is also told to who supervises this process.
    """

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._timed = [
            _Timed(f"{limit.path}.", limit.seconds) for limit in limits if limit.path and limit.seconds is not None
        ]
        self._told: float | None = None

    def __bool__(self) -> bool:
        """Whether there is such a budget at all."""
        return bool(self._timed)

    def began(self, name: str) -> None:
        """A node is being evaluated."""
        for timed in self._timed:
            if name.startswith(timed.prefix):
                timed.started = timed.started or monotonic()
                timed.evaluating += 1
        self._tell()

    def ended(self, name: str) -> None:
        """A node is not being evaluated any more."""
        for timed in self._timed:
            if name.startswith(timed.prefix):
                timed.evaluating -= 1
        self._tell()

    def spent(self) -> str:
        """Which budget is spent, in one sentence; empty if none is."""
        now = monotonic()
        for timed in self._timed:
            if timed.evaluating and now - timed.started > timed.seconds:
                return f"the budget of `{timed.prefix[:-1]}` is spent: {timed.seconds:g} s"
        return ""

    def _tell(self) -> None:
        running = [timed for timed in self._timed if timed.evaluating]
        earliest = min(running, key=lambda timed: timed.started + timed.seconds, default=None)
        end = None if earliest is None else earliest.started + earliest.seconds
        if end != self._told:
            self._told = end
            stopping().note_limit(None if end is None else max(0.01, end - monotonic()))

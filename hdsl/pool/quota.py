"""How much each writer may add to a served pool in some time."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from hdsl.ground.errors import LIMIT
from hdsl.pool.faults import PoolError, PoolRefused


@dataclass(frozen=True, slots=True)
class Quota:
    """What one writer may add within `seconds`."""

    rows: int = 20_000
    bytes: int = 32 << 20
    seconds: float = 3600.0


class OverQuota(PoolError):  # noqa: N818 - a state
    """A writer has added as much as one may for now. `wait`: seconds until this much may be added."""

    exit_code = LIMIT

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Added:
    moment: float
    rows: int
    bytes: int


class Ledger:
    """What writers have added since the server began, as far back as the quota looks."""

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        self._added: dict[str, deque[_Added]] = defaultdict(deque)

    def check(self, writer: str, rows: int, size: int) -> None:
        """OverQuota where a writer would have added more than one may, PoolRefused where this will always be so."""
        quota, now, added = self._quota, self._clock(), self._added[writer]
        while added and added[0].moment <= now - quota.seconds:
            added.popleft()
        for what, new, limit, counts in (
            ("rows", rows, quota.rows, [each.rows for each in added]),
            ("bytes", size, quota.bytes, [each.bytes for each in added]),
        ):
            if new > limit:
                raise PoolRefused(f"{new:,} {what} at once are more than the quota of {limit:,}: send fewer")
            excess = sum(counts) + new - limit
            if excess > 0:
                wait = _until_gone(excess, list(zip(added, counts, strict=True))) + quota.seconds - now
                raise OverQuota(
                    f"key {writer[:12]} has added {sum(counts):,} {what}, and may add {limit:,} in {quota.seconds:g} s",
                    max(wait, 1.0),
                )

    def note(self, writer: str, rows: int, size: int) -> None:
        """Counts what a writer has added."""
        self._added[writer].append(_Added(self._clock(), rows, size))


def _until_gone(excess: int, added: list[tuple[_Added, int]]) -> float:
    """The moment of the addition with which, from the oldest on, an excess is gone."""
    for each, count in added:
        excess -= count
        if excess <= 0:
            return each.moment
    return added[-1][0].moment

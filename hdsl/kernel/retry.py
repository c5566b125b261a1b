"""The one retry policy: what is worth asking again is asked again, after a wait that grows and is spread at random."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


class TransientFailure(Exception):  # noqa: N818 - says what happened
    """What may go well another time. `retry_after`: the seconds the other side asked us to wait.

    `loading`: the other side is still starting, and is waited for. `answered`: it answered, and what came is of no use;
    it is not a sign that it cannot be reached.
    """

    def __init__(
        self, reason: str, retry_after: float | None = None, *, loading: bool = False, answered: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.loading = loading
        self.answered = answered


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and after which waits (seconds). `randomness` and `sleep` are given by tests."""

    retries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_asked_wait: float = 120.0
    longest_loading: float = 600.0
    """How long, in all, a server that says it is loading is waited for; these attempts are not retries."""
    loading_wait: float = 5.0
    randomness: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def wait(self, attempt: int, asked: float | None) -> float:
        """The seconds to wait after failed attempt `attempt` (from 0): at least what was asked, never in step."""
        grown: float = min(self.longest_wait, self.first_wait * 2.0**attempt)
        if asked is not None:
            return asked + self.randomness.uniform(0.0, min(self.first_wait, grown))
        return self.randomness.uniform(grown / 2, grown)


@dataclass(frozen=True, slots=True)
class Retried(Generic[T]):
    """A value, and how many attempts failed before it."""

    value: T
    retries: int


async def with_retries(attempt: Callable[[], Awaitable[T]], policy: RetryPolicy) -> Retried[T]:
    """Awaits attempts until one does not raise TransientFailure; raises the last one when they are used up.

    It is raised at once where the wait that was asked for is longer than the policy allows.
    """
    failed = loading = 0
    waited = 0.0
    while True:
        try:
            return Retried(await attempt(), failed)
        except TransientFailure as failure:
            asked = failure.retry_after
            if asked is not None and asked > policy.longest_asked_wait:
                raise
            if failure.loading:
                wait = min(policy.wait(loading, None), policy.loading_wait)
                loading, waited = loading + 1, waited + wait
                if waited > policy.longest_loading:
                    raise
            else:
                if failed == policy.retries:
                    raise
                wait = policy.wait(failed, asked)
                failed += 1
        await policy.sleep(wait)

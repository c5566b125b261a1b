"""The retry policy: how often, after which waits, and when not at all."""

import asyncio
import random

import pytest

from hdsl.kernel.retry import RetryPolicy, TransientFailure, with_retries


class Attempts:
    """Fails with each of the given failures in turn, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def policy(waits: list[float], retries: int = 3, seed: int = 0) -> RetryPolicy:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return RetryPolicy(retries, randomness=random.Random(seed), sleep=sleep)


def test_waits_grow_are_spread_and_follow_the_seed() -> None:
    runs: list[list[float]] = []
    for seed in (1, 1, 2):
        waits: list[float] = []
        failures = [TransientFailure("x") for _ in range(8)]
        result = asyncio.run(with_retries(Attempts(*failures), policy(waits, retries=8, seed=seed)))
        assert (result.value, result.retries) == ("answer", 8)
        runs.append(waits)
    assert runs[0] == runs[1] != runs[2]
    for number, wait in enumerate(runs[0]):
        grown = min(30.0, 0.5 * 2**number)
        assert grown / 2 <= wait <= grown


def test_the_wait_that_is_asked_for_is_kept() -> None:
    waits: list[float] = []
    asyncio.run(with_retries(Attempts(TransientFailure("x", 7.0)), policy(waits)))
    assert 7.0 <= waits[0] <= 7.5


def test_a_wait_that_is_too_long_ends_it_at_once() -> None:
    attempts = Attempts(TransientFailure("busy", 3600.0))
    with pytest.raises(TransientFailure, match="busy"):
        asyncio.run(with_retries(attempts, policy([])))
    assert attempts.made == 1


def test_the_last_failure_is_raised_when_all_are_used_up() -> None:
    attempts = Attempts(*(TransientFailure(str(number)) for number in range(9)))
    with pytest.raises(TransientFailure, match="3"):
        asyncio.run(with_retries(attempts, policy([], retries=3)))
    assert attempts.made == 4


def test_anything_else_is_not_tried_again() -> None:
    attempts = Attempts(ValueError("x"))
    with pytest.raises(ValueError, match="x"):
        asyncio.run(with_retries(attempts, policy([])))
    assert attempts.made == 1

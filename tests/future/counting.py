"""A generator whose evaluations can be counted."""

import asyncio

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory

SURE = Status.confidence(1.0)


class Counting:
    """A generator that says how often it was asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.seconds = seconds
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, given: list[int], trajectory: Trajectory) -> Element:
        coordinates = tuple(given)
        self.asked.append(coordinates)
        number = len(self.asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        return f"{coordinates} {number}", SURE

"""What is owed: work that is done once something else has begun, even where the run is ended meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.future.stopping import Debt, stopping
from hdsl.ground.json_lines import read_json_lines

OWED = "owed.jsonl"
"""Of a record: a line when something came to be owed, and one when it was done."""

Place = tuple[str, tuple[int, ...]]
"""A node, by its name, at coordinates."""

BEGUN, DONE, NOT_DONE = "begun", "done", "not done"


class Owed:
    """The debts of one run. All of it but `not_done` runs on hdsl's event loop.

    `log` is told of each change, so that a killed process leaves a note of what it did not do.
    """

    def __init__(self, log: Callable[[Mapping[str, Any]], None] | None = None) -> None:
        self._log = log
        self._states: dict[Place, str] = {}

    @property
    def not_done(self) -> list[Place]:
        """What was owed and is not done, in the order in which it came to be owed."""
        return [place for place, state in list(self._states.items()) if state != DONE]

    def begin(self, place: Place) -> Debt:
        """From now on something is owed."""
        self._note(place, BEGUN)
        return stopping().owe()

    async def pay(
        self, debt: Debt, place: Place, work: Coroutine[Any, Any, Element], seconds: float, *, is_ending: bool
    ) -> Element:
        """Does what is owed, and goes on with it when its waiter is cancelled, who is so once it has ended.

        It has these seconds from when the run is ended: now, if it `is_ending`, else by that cancellation. What is not
        done by then, or given up, is cancelled, and fails.
        """
        task = asyncio.create_task(work)
        loop = asyncio.get_running_loop()

        def give_up() -> None:
            loop.call_soon_threadsafe(task.cancel)

        debt.give_up = give_up
        cancelled: asyncio.CancelledError | None = None
        try:
            if is_ending:
                debt.within(seconds)
            while not task.done():
                left = None if debt.ends is None else debt.ends - monotonic()
                if left is not None and left <= 0:
                    task.cancel()
                    left = None
                try:
                    await asyncio.wait((task,), timeout=left)
                except asyncio.CancelledError as error:
                    cancelled = error
                    if debt.ends is None:
                        debt.within(seconds)
        finally:
            debt.close()
            self._note(place, DONE if task.done() and not task.cancelled() and task.exception() is None else NOT_DONE)
        if cancelled is not None:
            raise cancelled
        return ("", Status.failed_because("it was not done in time")) if task.cancelled() else task.result()

    def _note(self, place: Place, state: str) -> None:
        self._states[place] = state
        if self._log is not None:
            name, coordinates = place
            self._log({"node": name, "coordinates": list(coordinates), "state": state})


def not_done(folder: Path) -> list[Place]:
    """What was owed in a recorded run that was killed, and is not done, as far as its record can be read."""
    states: dict[Place, str] = {}
    for line in read_json_lines(folder / OWED):
        match line.value:
            case {"node": str(node), "coordinates": list(coordinates), "state": str(state)}:
                states[node, tuple(coordinates)] = state
    return [place for place, state in states.items() if state != DONE]


def places_as_json(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Places as records say them."""
    return [{"node": node, "coordinates": list(coordinates)} for node, coordinates in places]


def owed_sentence(node: str, coordinates: Sequence[int]) -> str:
    """What is said of an element whose end was owed and did not come."""
    return f"not done, though it had begun what `{node}` {list(coordinates)} is to do always"

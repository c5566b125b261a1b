"""An evaluation that is under way: shared by all who wait for it, cancelled when nobody waits any more."""

import asyncio
import types
from collections.abc import Coroutine, Generator, Sequence
from typing import Any

from hdsl.future.status import Status

Element = tuple[str, Status]
"""What a pull gives: the text and how sure it is, or why it failed."""

Evaluation = Coroutine[Any, Any, Element]


def is_pair(value: object) -> bool:
    """Whether a value has the form of an element."""
    return isinstance(value, tuple | list) and len(value) == 2


def kind_of(value: object) -> str:
    """What a value is that is no element."""
    return "None" if value is None else f"a value of type {type(value).__name__}"


class InFlight:
    """One evaluation in a task of its own. Who is handed it waits for it or releases it."""

    __slots__ = ("interested", "task")

    def __init__(self, task: "asyncio.Task[Element]") -> None:
        self.task = task
        self.interested = 1
        task.add_done_callback(_retrieve)

    async def wait(self) -> Element:
        """The element. A waiter that is cancelled leaves the evaluation to the others; the last one ends it first."""
        try:
            # Not `asyncio.shield`: whose exception nobody takes when the waiter is cancelled, and asyncio reports it.
            await asyncio.wait((self.task,))
            return self.task.result()
        finally:
            await release_all([self])

    def release(self) -> None:
        """Gives up one interest; with the last, the evaluation is cancelled."""
        self.interested -= 1
        if self.interested == 0 and not self.task.done():
            self.task.cancel()


async def settle(pulls: Sequence[Element | InFlight]) -> list[Element]:
    """All elements, each evaluated to its end; what ends the whole run ends the others at once."""
    flights = [pull for pull in pulls if isinstance(pull, InFlight)]
    try:
        await land(flights)
        return [pull.task.result() if isinstance(pull, InFlight) else pull for pull in pulls]
    finally:
        await release_all(flights)


async def land(flights: Sequence[InFlight]) -> None:
    """Waits until all have ended, or one by what ends the whole run, which it raises."""
    if flights:
        done, _ = await asyncio.wait({flight.task for flight in flights}, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()


async def release_all(flights: Sequence[InFlight]) -> None:
    """Gives up an interest in each, and waits for those that nobody else wants to have cleaned up."""
    for flight in flights:
        flight.release()
    ending = {flight.task for flight in flights if flight.interested == 0 and not flight.task.done()}
    if ending:
        await asyncio.wait(ending)


def adopt(evaluation: Evaluation, awaited: object) -> Evaluation:
    """The rest of an evaluation that somebody else began and that now waits for `awaited`, for a task to go on with.

    It has begun, so that also a task that is cancelled before it runs cancels the evaluation, and does not drop it.
    """
    rest = _rest(evaluation, awaited)
    rest.send(None)
    return rest


async def _rest(evaluation: Evaluation, awaited: object) -> Element:
    return await _resumed(evaluation, awaited)


@types.coroutine
def _resumed(evaluation: Evaluation, awaited: object) -> Generator[Any, Any, Element]:
    try:
        try:
            yield  # as far as `adopt` goes
        except BaseException as error:
            awaited = evaluation.throw(error)
        while True:
            try:
                sent = yield awaited
            except BaseException as error:
                awaited = evaluation.throw(error)
            else:
                awaited = evaluation.send(sent)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]


def _retrieve(task: "asyncio.Task[Element]") -> None:
    """Marks an exception as seen: it reaches all who still wait, and there may be none."""
    if not task.cancelled():
        task.exception()

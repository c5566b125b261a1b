"""A node of the graph: evaluates each of its elements at most once, when it is first pulled, and stores it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from time import monotonic_ns
from typing import Any, cast

import torch

from hdsl.future.context import NotStored, PullRecord, RunContext, RunEnded
from hdsl.future.flight import Element, InFlight, adopt, is_pair, kind_of, release_all, settle
from hdsl.future.status import SMALLEST_CONFIDENCE, Status
from hdsl.future.trajectory import NO_TRAJECTORY, Trajectory
from hdsl.ground.secrets import Redactor
from hdsl.kernel.request import KernelNotConfigured, KernelUnreachable, Usage
from hdsl.storage.layout import encode, flat_index
from hdsl.storage.store import Entry, Shape
from hdsl.tensor.text_tensor import bfloat16_bits, coefficient_bits, store_of

NESTING_LIMIT = 48
"""Evaluations on one stack; the next goes to a task of its own, so that deep graphs do not overflow it."""


NO_USAGE = Usage()


class Unfinished(Exception):  # noqa: N818 - no error: a state
    """Raised by a generator that has an element to show but will go on with it at the next pull: nothing is stored."""

    def __init__(self, element: Element) -> None:
        super().__init__()
        self.element = element


class Spending:
    """What the kernel calls made inside one evaluation cost so far."""

    __slots__ = ("usage",)

    def __init__(self) -> None:
        self.usage = NO_USAGE

    def add(self, usage: Usage) -> None:
        """Counts one answer."""
        self.usage = self.usage + usage


Coordinates = tuple[int, ...]
Generate = Callable[[Coordinates, Trajectory, Spending], Coroutine[Any, Any, Element]]
Sources = Callable[[Coordinates], Iterable[tuple["Node", Coordinates]]]


class Node:
    """The evaluation behind a FutureTensor. All of it but the constructor runs on hdsl's event loop.

    `inline`: the generator awaits nothing but pulls, and so needs no task where it does not have to wait.
    `live`: looks again at each pull. `shared`: somebody else may write into `static`, so that what is stored there
    counts and not what was stored last. `closed`: what is not stored is absent, and the generator is not asked;
    `absent` are elements for which this holds. `sources`: which elements of which nodes an element asks. `given`: the
    elements whose texts are right whatever comes of them, as those that somebody demonstrated. `step`: the place in the
    file of a node that is shown to later turns of its loop; None for one that is not. `takes_turns`: it is a loop.
    `is_caught`: a kernel that it cannot reach fails its element, and does not end the run.
    """

    __slots__ = ("_bits", "_done", "_flights", "_store", "absent", "closed", "context", "generate", "given", "inline",
                 "is_caught", "live", "name", "shape", "shared", "sources", "static", "step",
                 "takes_turns")  # fmt: skip

    def __init__(
        self,
        generate: Generate,
        static: torch.Tensor,
        context: RunContext,
        *,
        name: str = "",
        sources: Sources | None = None,
        inline: bool = False,
        live: bool = False,
    ) -> None:
        self.generate = generate
        self.context = context
        self.name = name
        self.sources: Sources = sources or _no_sources
        self.inline = inline
        self.live = live
        self.shared = False
        self.closed = False
        self.step: int | None = None
        self.takes_turns = False
        self.is_caught = False
        self.absent: frozenset[Coordinates] = frozenset()
        self.given: frozenset[Coordinates] = frozenset()
        self.reshape(static)
        self._done: dict[Coordinates, Element] = {}
        self._flights: dict[int, InFlight] = {}

    def reshape(self, static: torch.Tensor) -> None:
        """Makes a text tensor the place of the results; only before anything is evaluated."""
        self.static = static
        self._store = store_of(static)
        self.shape: Shape = self._store.shape
        self._bits = coefficient_bits(static)

    @property
    def started(self) -> bool:
        """Whether anything was evaluated, or is being."""
        return bool(self._flights) or bool(torch.count_nonzero(self.static))

    @property
    def complete(self) -> bool:
        """Whether every element was evaluated, failed ones too."""
        return self.closed or int(torch.count_nonzero(self.static)) == prod(self.shape) - len(self.absent)

    def is_done(self, flat: int) -> bool:
        """Whether the element at a flat index was evaluated."""
        return self._bits[flat] != 0

    async def get(self, coordinates: Coordinates, trajectory: Trajectory = NO_TRAJECTORY) -> Element:
        """The element at coordinates, evaluated now if it was not yet."""
        pull = self.begin(coordinates, trajectory)
        return await pull.wait() if isinstance(pull, InFlight) else pull

    def begin(self, coordinates: Coordinates, trajectory: Trajectory) -> Element | InFlight:
        """The element if it is there without waiting, else its evaluation, in which the caller then has an interest."""
        if self.live and not self.closed:
            return self._start(coordinates, trajectory)
        done = None if self.shared else self._done.get(coordinates)
        if done is not None:
            return done
        flat = flat_index(coordinates, self.shape)
        if self._bits[flat]:
            return self._recall(flat, coordinates)
        if self.closed or coordinates in self.absent:
            return "", Status.absent
        flight = self._flights.get(flat)
        if flight is not None and flight.interested and not flight.task.done():
            flight.interested += 1
            return flight
        started = self._start(coordinates, trajectory)
        if isinstance(started, InFlight):
            self._flights[flat] = started
            started.task.add_done_callback(partial(self._landed, flat))
        return started

    def stored(self, coordinates: Coordinates) -> Element | None:
        """The element if it was evaluated; nothing is asked."""
        flat = flat_index(coordinates, self.shape)
        return self._recall(flat, coordinates) if self._bits[flat] else None

    def store_element(self, coordinates: Coordinates, element: Element) -> None:
        """Stores an element as evaluated, whoever evaluated it."""
        text, status = element
        flat = flat_index(coordinates, self.shape)
        # A confidence of 0 would read as "not computed".
        coefficient = status.coefficient or SMALLEST_CONFIDENCE
        self._store.write(flat, Entry(text, coefficient, status.cause))
        self._bits[flat] = bfloat16_bits(coefficient)
        self._done[coordinates] = element

    def leave_absent(self, coordinates: Coordinates) -> None:
        """Makes an element one that is not evaluated: a whole pass leaves it out, and a pull of it finds it absent."""
        self.absent = self.absent | {coordinates}

    def forget(self, coordinates: Coordinates) -> None:
        """Makes an element not computed; the next pull evaluates it again."""
        flat = flat_index(coordinates, self.shape)
        self._bits[flat] = 0
        self._done.pop(coordinates, None)
        self._store.remove(flat)

    def _landed(self, flat: int, task: "asyncio.Task[Element]") -> None:
        flight = self._flights.get(flat)
        if flight is not None and flight.task is task:
            del self._flights[flat]

    def _start(self, coordinates: Coordinates, trajectory: Trajectory) -> Element | InFlight:
        context = self.context
        evaluate = self._evaluate if context.clock is None else self._evaluate_timed
        evaluation = evaluate(coordinates, trajectory)
        if not self.inline or context.nesting >= NESTING_LIMIT:
            return InFlight(asyncio.get_running_loop().create_task(evaluation))
        context.nesting += 1
        try:
            awaited = evaluation.send(None)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        finally:
            context.nesting -= 1
        return InFlight(asyncio.get_running_loop().create_task(adopt(evaluation, awaited)))

    async def _evaluate_timed(self, coordinates: Coordinates, trajectory: Trajectory) -> Element:
        clock = self.context.clock
        assert clock is not None
        clock.began(self.name)
        try:
            return await self._evaluate(coordinates, trajectory)
        finally:
            clock.ended(self.name)

    async def _evaluate(self, coordinates: Coordinates, trajectory: Trajectory) -> Element:
        spending = Spending()
        started = monotonic_ns()
        finished = True
        try:
            element = _checked(await self.generate(coordinates, trajectory, spending))
        except RunEnded:
            raise
        except KernelUnreachable as error:
            _end_if_cancelled(error)
            if not self.is_caught or isinstance(error, KernelNotConfigured):
                raise
            element = "", Status.failed_because(str(error))
        except Unfinished as unfinished:
            element, finished = unfinished.element, False
        except (asyncio.CancelledError, Exception) as error:
            _end_if_cancelled(error)
            element = _failed_by(error)
        if self.context.redactor:
            element = _redacted(element, self.context.redactor)
        if self._is_superseded(coordinates):
            raise asyncio.CancelledError
        if finished:
            try:
                self.store_element(coordinates, element)
            except OSError as error:
                raise NotStored(error) from error
        recorder = self.context.recorder
        if recorder is not None:
            duration = monotonic_ns() - started
            recorder.on_pull(PullRecord(self.name, coordinates, started, duration, *element, spending.usage))
        return element

    def _is_superseded(self, coordinates: Coordinates) -> bool:
        """Whether this evaluation was cancelled, and in the time that it took to end another one has begun."""
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            return False
        flat = flat_index(coordinates, self.shape)
        flight = self._flights.get(flat)
        return self.is_done(flat) or (flight is not None and flight.task is not task)

    def _recall(self, flat: int, coordinates: Coordinates) -> Element:
        """An element that an earlier process, or the user, stored."""
        entry = self._store.entry(flat)
        if entry is None:
            element = "", Status.failed_because("the stored text of this element is gone")
        else:
            element = entry.text, Status(self._coefficient(flat, entry), entry.cause)
        self._done[coordinates] = element
        return element

    def _coefficient(self, flat: int, entry: Entry) -> float:
        """The coefficient as it was stored; where somebody else has set it in memory alone, that one."""
        if not self.shared or bfloat16_bits(entry.coefficient) == self._bits[flat]:
            return entry.coefficient
        return float(self.static.view(-1)[flat])


async def pull_all(pulls: Iterable[tuple[Node, Coordinates]], trajectory: Trajectory) -> list[Element]:
    """Pulls elements concurrently, each to its end, and is all of them in order."""
    begun: list[Element | InFlight] = []
    waiting = False
    try:
        for node, coordinates in pulls:
            pull = node.begin(coordinates, trajectory)
            waiting = waiting or isinstance(pull, InFlight)
            begun.append(pull)
    except BaseException:
        await release_all([pull for pull in begun if isinstance(pull, InFlight)])
        raise
    return await settle(begun) if waiting else cast(list[Element], begun)


def _no_sources(coordinates: Coordinates) -> Sequence[tuple[Node, Coordinates]]:
    return ()


def _checked(element: Element) -> Element:
    if not is_pair(element):
        raise TypeError(f"an element is a text and its Status, not {kind_of(element)}")
    text, status = element
    if not isinstance(text, str) or not isinstance(status, Status):
        raise TypeError(f"an element is (text, Status), not ({type(text).__name__}, {type(status).__name__})")
    if status.is_absent:
        return "", Status.absent
    if not text.isascii():
        encode(text)  # a text that cannot be stored fails its element, not the run
    return element


def _redacted(element: Element, redact: Redactor) -> Element:
    text, status = element
    return redact(text), replace(status, cause=redact(status.cause)) if status.cause else status


def _end_if_cancelled(error: BaseException) -> None:
    """An evaluation that was cancelled has no result, whatever it makes of that: CancelledError. One that only says it
    was cancelled has failed."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError from error


def _failed_by(error: BaseException) -> Element:
    return "", Status.failed_because(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

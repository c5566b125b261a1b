"""Rollouts by the workers of an executor. The kernel stays here: what workers ask passes its budgets and records.

Only `nearest`, which computes and asks nobody, may run with the workers.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType
from typing import Any, get_type_hints

from hdsl.executors.job import Ask, AskFailed, ElementRaised, Executor, Job
from hdsl.experience.row_changes import Rows
from hdsl.experience.training_data import Example
from hdsl.future.context import BudgetSpent, NoTerminal, RunEnded
from hdsl.future.loop import background_loop
from hdsl.graph.program import Program
from hdsl.ground.errors import HdslError
from hdsl.ground.plain import NotPlain, from_plain, to_plain
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer, Kernel, KernelNotConfigured, KernelUnreachable, LimitReached, Request
from hdsl.learn.binding import BindingError
from hdsl.learn.losses import Loss, LossFailed
from hdsl.learn.module import HarnessModule
from hdsl.learn.rollouts import HERE, Backward, Rollout
from hdsl.ops.lessons import Lesson, lesson_registry
from hdsl.policy.decision import Rules
from hdsl.run.answers import request_key
from hdsl.run.asked import models_of
from hdsl.run.entries import EntryError
from hdsl.run.lower import LoweringError
from hdsl.tensor.gradients import gradient_registry
from hdsl.tensor.text_tensor import store_of
from hdsl.tensor.three_way import Refused, TextGradient

FUNCTION = "hdsl.learn.distributed:start"

AT_ONCE = 32
"""Examples that a worker runs concurrently, at most."""


class WorkerFailed(HdslError):  # noqa: N818 - says what happened
    """A worker said something that is not a rollout."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to run examples: all of a HarnessModule but what answers."""

    program: Program
    loss: Loss
    tables: dict[str, Rows]
    sandbox: bool
    rules: Rules
    folder: str
    scope: str
    backward: Backward | None
    kernel: str
    nearest: float | None
    """The least similarity of the nearest kernel, where it is the one that answers and may do so with the worker."""


@dataclass(frozen=True, slots=True)
class HandedTable:
    """What the backward of an example hands to one table: gradients by flat index, and lessons."""

    key: str
    gradients: tuple[tuple[int, tuple[TextGradient, ...]], ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class HandedRefusal:
    """What a backward could not pass on; `key`: of the table that it was meant for, empty for a text on the way."""

    key: str
    index: int
    refused: Refused


@dataclass(frozen=True, slots=True)
class Returned:
    """What a worker returns of an example."""

    rollout: Rollout
    tables: tuple[HandedTable, ...]
    refused: tuple[HandedRefusal, ...]


class Distributed:
    """Runs examples by an executor. `nearest`: see Setup."""

    shares_memory = False

    def __init__(self, executor: Executor, nearest: float | None = None) -> None:
        self._executor = executor
        self._nearest = nearest

    def run(
        self,
        module: HarnessModule,
        examples: Sequence[Example],
        loss: Loss,
        scope: str,
        backward: Backward | None = None,
        at_once: int | None = None,
    ) -> Iterator[Rollout]:
        """The rollouts, in the order of the examples; see Rollouts."""
        setup = Setup(
            module.program, loss, module.rows(), module.sandbox, module.rules, str(Path.cwd()), scope, backward,
            module.kernel.name, None if models_of(module.program, {}) else self._nearest,
        )  # fmt: skip
        answers = _Answers(module.kernel)
        try:
            returned = self._executor.map(
                Job(FUNCTION, setup, min(at_once or AT_ONCE, AT_ONCE)), examples, answer=answers
            )
        except ElementRaised as raised:
            raise answers.error(raised) or _rebuilt(raised.kind, str(raised), raised.exit_code) from None
        finally:
            answers.cancel()
        for value in returned:
            try:
                found = from_plain(Returned, value)
                made = None if backward is None else from_plain(_returned_by(backward), found.rollout.found)
            except (NotPlain, TypeError) as error:
                raise WorkerFailed(
                    f"a worker of {self._executor.name} returned something other than a rollout: {error}"
                ) from None
            _hand_out(module, found)
            yield replace(found.rollout, found=made)


def _returned_by(backward: Backward) -> Any:
    """What a backward is annotated to return."""
    function = backward if isinstance(backward, FunctionType) else type(backward).__call__
    return get_type_hints(function)["return"]


class _Answers:
    """Answers what workers ask by the kernel that is here.

    An element that is done again asks the same again: it is given the answers that it was given before, which are not
    asked for, counted or recorded twice.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._given: dict[tuple[str, str], list[Future[Answer]]] = {}
        self._asked: dict[tuple[int, str, str], int] = {}

    def __call__(self, worker: int, question: Any) -> "Future[Any]":
        try:
            request = from_plain(Request, question)
        except (NotPlain, TypeError) as error:
            refused: Future[Any] = Future()
            refused.set_exception(WorkerFailed(f"a worker sent something other than a request: {error}"))
            return refused
        key = (request.place, request_key(request, str))
        number = self._asked.get((worker, *key), 0)
        self._asked[worker, *key] = number + 1
        given = self._given.setdefault(key, [])
        if number >= len(given):
            given.append(asyncio.run_coroutine_threadsafe(self._kernel.answer(request), background_loop()))
        return given[min(number, len(given) - 1)]

    def error(self, raised: ElementRaised) -> BaseException | None:
        """The exception of the kernel that an element raised on."""
        for futures in self._given.values():
            for future in futures:
                error = future.exception() if future.done() and not future.cancelled() else None
                if error is not None and type(error).__name__ == raised.kind and str(error) == str(raised):
                    return error
        return None

    def cancel(self) -> None:
        """Gives up what is asked and not answered."""
        for futures in self._given.values():
            for future in futures:
                future.cancel()


_KNOWN: tuple[type[HdslError], ...] = (
    BudgetSpent, NoTerminal, RunEnded, KernelUnreachable, KernelNotConfigured, LimitReached, LossFailed, LoweringError,
    BindingError, EntryError,
)  # fmt: skip


def _rebuilt(kind: str, message: str, exit_code: int) -> HdslError:
    """An exception of the other side, as what it was there."""
    known = next((each for each in _KNOWN if each.__name__ == kind), None)
    if known is not None:
        return known(message)
    ended = RunEnded(message)
    ended.exit_code = exit_code
    return ended


def _hand_out(module: HarnessModule, returned: Returned) -> None:
    """What an example taught elsewhere waits for the tables here."""
    uids = {key: store_of(table).uid for key, table in module.tables.items()}
    for each in returned.tables:
        if each.key in uids:
            gradient_registry().add(uids[each.key], dict(each.gradients))
            lesson_registry().add(uids[each.key], each.lessons)
    for refusal in returned.refused:
        gradient_registry().refuse(uids.get(refusal.key, ""), refusal.index, [refusal.refused])


# With the workers


def start(setup: Setup, ask: Ask) -> "_Runs":
    """The function of the job: runs examples with a module of its own."""
    with suppress(OSError):  # on another machine the files of a project may be elsewhere, or not be needed
        os.chdir(setup.folder)
    return _Runs(setup, ask)


class _Runs:
    def __init__(self, setup: Setup, ask: Ask) -> None:
        self._setup = setup
        kernel: Kernel = _Asking(setup.kernel, ask) if setup.nearest is None else NearestKernel(setup.nearest)
        self._module = HarnessModule(setup.program, kernel, setup.tables, sandbox=setup.sandbox, rules=setup.rules)
        self._keys = {store_of(table).uid: key for key, table in self._module.tables.items()}

    def __call__(self, examples: Sequence[Example]) -> Iterator[tuple[int, Any]]:
        setup = self._setup
        runs = HERE.run(self._module, examples, setup.loss, setup.scope, setup.backward)
        for position, rollout in enumerate(runs):
            refused = tuple(
                HandedRefusal(self._keys.get(each.uid, ""), each.index, each.refused)
                for each in gradient_registry().take_refused()
            )
            yield position, to_plain(Returned(rollout, tuple(self._handed()), refused))

    def close(self) -> None:
        """Closes the module."""
        self._module.close()

    def _handed(self) -> Iterator[HandedTable]:
        for uid, key in self._keys.items():
            gradients = gradient_registry().take(uid)
            lessons = lesson_registry().take(uid)
            if gradients or lessons:
                yield HandedTable(key, tuple((at, tuple(each)) for at, each in gradients.items()), tuple(lessons))


class _Asking:
    """The kernel of a worker: asks the one that is there where the job was started."""

    def __init__(self, name: str, ask: Ask) -> None:
        self.name = name
        self._ask = ask

    async def answer(self, request: Request) -> Answer:
        """The answer of the other kernel; raises as it does."""
        try:
            answer: Answer = await asyncio.wrap_future(self._ask(to_plain(request)))
        except AskFailed as failed:
            raise _rebuilt(failed.kind, str(failed), failed.exit_code) from None
        return answer

    async def close(self) -> None:
        """Whoever owns the kernel closes it."""

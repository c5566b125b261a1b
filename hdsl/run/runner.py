"""Runs a program: a context with kernel, terminal, budget and record; the result is pulled; everything is closed."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

from hdsl.configuration.settings import Settings
from hdsl.future.context import NotStored, Recorder, RowFinder, RunContext, RunEnded, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import CLOSING, TimeSpent, run_sync
from hdsl.future.owed import Owed, Place, places_as_json
from hdsl.future.status import Status
from hdsl.future.stopping import exit_code, stopping
from hdsl.graph.program import Program
from hdsl.ground.errors import ELEMENT_FAILED, FINE, INTERRUPTED, LIMIT, UNREACHABLE, WRONG_USAGE
from hdsl.ground.secrets import Redactor
from hdsl.kernel.prompt import VERSION
from hdsl.kernel.request import Kernel, KernelUnreachable, Usage
from hdsl.policy.guard import Ask, Guard
from hdsl.run.answers import ANSWERS, AnswerLog, take_over
from hdsl.run.asked import Asking, RunObserver, finder_for, kernel_for
from hdsl.run.clock import Clock
from hdsl.run.meter import BudgetMeter, limits
from hdsl.run.observed import ObservedKernel
from hdsl.run.record import GRAPH, RUN, RunRecord, new_run_folder, redactor_of, usage_as_json, write_json
from hdsl.run.runnable import Given as Given
from hdsl.run.runnable import Runnable, runnable_of
from hdsl.storage.pack import Pack
from hdsl.terminal import Terminal
from hdsl.tools.servers import ToolServers

EndedBy = Callable[[], str]
"""Says in one sentence why a run is to end; empty as long as it may go on."""


@dataclass(frozen=True, slots=True)
class ElementResult:
    """One element of a result."""

    node: str
    coordinates: tuple[int, ...]
    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its exit code, its elements, and in one sentence why it was stopped, if it was."""

    code: int
    elements: tuple[ElementResult, ...]
    usage: Usage
    reason: str
    seconds: float
    folder: Path
    not_done: tuple[Place, ...] = ()
    """What was owed when the run ended, and was not done."""
    stubs_asked: tuple[str, ...] = ()
    """The stubs, as they are written, of which an element was asked for."""


def run_program(
    program: Program,
    given: Given,
    settings: Settings,
    *,
    targets: Sequence[str] = (),
    watcher: Recorder | None = None,
    resume: Path | None = None,
    ask: Ask | None = None,
    asking: Asking | None = None,
    ended_by: EndedBy | None = None,
) -> Outcome:
    """Runs a program to its end and records it. `targets`: the nodes to pull; by default its result. `ask`: puts a
    question of the policy to a person. `asking`: what holds for the questions to kernels. `ended_by`: asked all the
    time, from the calling thread, whether the run is to end.

    Raises, before anything ran, what makes a run impossible: LoweringError, EntryError, ExperienceError, OSError,
    JsonLinesError (of the answers to go on from), SettingsError, KernelNotConfigured.
    """
    shared = (asking or Asking()).for_run()
    kernel = kernel_for(program, given.options, settings, shared)
    return run_runnable(
        runnable_of(program),
        given,
        settings,
        kernel,
        targets=targets,
        watcher=watcher,
        resume=resume,
        ask=ask,
        asking=shared,
        ended_by=ended_by,
    )


def run_runnable(
    runnable: Runnable,
    given: Given,
    settings: Settings,
    kernel: Kernel,
    *,
    targets: Sequence[str] = (),
    watcher: Recorder | None = None,
    resume: Path | None = None,
    ask: Ask | None = None,
    asking: Asking | None = None,
    ended_by: EndedBy | None = None,
) -> Outcome:
    """`run_program` of a harness that need not be a checked program, with the kernel that answers it."""
    redact = redactor_of(settings)
    shared = asking or Asking()
    finder = finder_for(settings, shared)
    folder = new_run_folder(settings.runs)
    if resume is not None:
        take_over(resume / ANSWERS, folder / ANSWERS)
    run = _Run(
        runnable,
        given,
        settings,
        targets or [runnable.result],
        folder,
        kernel,
        finder,
        watcher,
        resume,
        redact,
        ask,
        None if shared.observer is None else shared.observer.for_run(),
        ended_by,
    )
    return run.run()


class _Run:
    def __init__(
        self,
        runnable: Runnable,
        given: Given,
        settings: Settings,
        targets: Sequence[str],
        folder: Path,
        kernel: Kernel,
        finder: RowFinder | None,
        watcher: Recorder | None,
        resume: Path | None,
        redact: Redactor,
        ask: Ask | None,
        observer: RunObserver | None,
        ended_by: EndedBy | None,
    ) -> None:
        self.runnable = runnable
        self.ended_by = ended_by
        self.given = given
        self.settings = settings
        self.targets = targets
        self.folder = folder
        self.redact = redact
        self.kernel = AnswerLog(kernel, folder / ANSWERS, redact)
        self.finder = finder
        self.record = RunRecord(folder, watcher, redact, observer=observer, form=settings.prompt)
        self.observer = observer
        budgets = limits(runnable.budgets, given.dimensions)
        asks_as_bound = list(targets) == [runnable.result]
        self.meter = BudgetMeter(budgets, runnable.bound_within(given.dimensions) if asks_as_bound else None)
        self.clock = Clock(budgets)
        self.home = Pack(folder / "pack.sqlite", redact)
        self.terminal = Terminal(sandbox=settings.sandbox, gate=Guard(settings.policy, ask))
        self.tools = ToolServers(settings.policy, ask, sandbox=settings.sandbox)
        self.owed = Owed(self.record.on_owed)
        self.context = RunContext(
            ObservedKernel(self.kernel, self.record.on_asked),
            self.terminal,
            self.record,
            self.meter,
            self.home,
            clock=self.clock or None,
            redactor=redact,
            owed=self.owed,
            finder=finder,
            tools=self.tools,
        )
        self.resumed = resume
        self.stubs: list[tuple[str, FutureTensor]] = []
        """The nodes that a test gives, with their stubs as they are written."""
        self.started = datetime.now(UTC)
        self.began = monotonic()
        self.is_loop_lost = False
        """Whether something blocks the event loop, so that nothing can be closed by it."""

    def run(self) -> Outcome:
        """The outcome, when everything is closed and the record is complete. A signal that comes first ends the run."""
        try:
            stopping().note_record(self.folder)
            self._write_record("running", None)
            if self.runnable.graph is not None:
                write_json(self.folder / GRAPH, self.runnable.graph, self.redact)
            outcome = self._attempt()
            with stopping().held():
                return self._completed(outcome)
        except KeyboardInterrupt as interrupt:
            code = exit_code(interrupt)
            reason = "interrupted" if code == INTERRUPTED else "terminated"
            return self._completed(self._outcome(code, [], reason))
        except BaseException:
            self._close()
            with contextlib.suppress(OSError):
                self._write_record("failed to start", None)
            raise

    def _attempt(self) -> Outcome:
        """Pulls the targets. Raises KeyboardInterrupt, and what makes the run impossible before anything ran."""
        with use_context(self.context):
            lowered = self.runnable.tensors(self.given, self.settings.project, self.home, self.targets)
        self.stubs += [(shown, lowered[path]) for path, shown in self.runnable.stubs.items() if path in lowered]
        elements: list[ElementResult] = []
        code, reason = FINE, ""
        try:
            pulling = self._pull([lowered[path] for path in self.targets])
            spent = self._spent if self.clock or self.ended_by else None
            elements = run_sync(pulling, self.meter.seconds, spent=spent)
            failed = [element for element in elements if element.status.failed]
            if failed:
                code, reason = ELEMENT_FAILED, failed[0].status.cause
        except TimeSpent as error:
            self.is_loop_lost = error.abandoned
            code, reason = INTERRUPTED if self._end_asked() else LIMIT, str(error)
        except (RunEnded, KernelUnreachable) as error:
            code, reason = error.exit_code, str(error)
        return self._outcome(code, elements, reason)

    def _spent(self) -> str:
        """Why the run is to end now; empty where it may go on."""
        return self._end_asked() or (self.clock.spent() if self.clock else "")

    def _end_asked(self) -> str:
        return "" if self.ended_by is None else self.ended_by()

    def _outcome(self, code: int, elements: Sequence[ElementResult], reason: str) -> Outcome:
        asked = tuple(shown for shown, tensor in self.stubs if tensor.ft_node.started)
        seconds = monotonic() - self.began
        return Outcome(code, tuple(elements), self.meter.usage, reason, seconds, self.folder, stubs_asked=asked)

    async def _pull(self, tensors: Sequence[FutureTensor]) -> list[ElementResult]:
        """All elements of the targets, in order; the targets one after the other."""
        found: list[ElementResult] = []
        for path, tensor in zip(self.targets, tensors, strict=True):
            await tensor.ft_pull_all()
            for coordinates in product(*map(range, tensor.ft_capacity_shape)):
                text, status = await tensor.ft_async_get(coordinates)
                found.append(ElementResult(path, coordinates, text, status))
        return found

    def _completed(self, outcome: Outcome) -> Outcome:
        """Closes everything and completes the record; where that cannot be written, the outcome says so."""
        outcome = replace(outcome, not_done=tuple(self.owed.not_done))
        if self.observer is not None:
            self.observer.on_end(self.folder.name, outcome.code, outcome.reason)
        trouble = self._close()
        with stopping().held():
            try:
                self._write_record(_STATES[outcome.code], outcome)
            except OSError as error:
                trouble = trouble or error
        if trouble is None or outcome.code not in (FINE, ELEMENT_FAILED):
            return outcome
        return replace(outcome, code=WRONG_USAGE, reason=str(NotStored(trouble)))

    def _close(self) -> OSError | None:
        """Closes kernel, sessions and pack, in a bounded time; not at all in good order if a signal comes meanwhile."""
        try:
            if self.is_loop_lost:
                raise TimeSpent("the event loop is lost")
            run_sync(self._close_all(), CLOSING)
        except (TimeSpent, KeyboardInterrupt):
            self.terminal.abandon()
            self.tools.abandon()
        with stopping().held():
            self.record.close()
            self.kernel.close_file()
            try:
                self.home.close()
            except OSError as error:
                return error
        return None

    async def _close_all(self) -> None:
        closing = [self.terminal.close(), self.tools.close(), self.kernel.close()]
        if self.finder is not None:
            closing.append(self.finder.close())
        await asyncio.gather(*closing, return_exceptions=True)

    def _write_record(self, state: str, outcome: Outcome | None) -> None:
        runnable, given = self.runnable, self.given
        bound = runnable.shown_bounds(given.dimensions)
        record: dict[str, Any] = {
            "version": 1,
            "id": self.folder.name,
            "state": state,
            "file": runnable.file,
            "hash": runnable.hash,
            "harness": runnable.name,
            "inputs": {name: list(texts) for name, texts in given.inputs.items()},
            "options": dict(given.options),
            "dims": dict(given.dimensions),
            "kernel": self.kernel.name,
            "similarity": self.settings.similarity,
            "prompt": {"form": self.settings.prompt, "version": VERSION},
            "sandbox": self.settings.sandbox,
            "stubs": sorted(set(runnable.stubs.values())),
            "started": self.started.isoformat(),
            "resumed": None if self.resumed is None else self.resumed.name,
            "usage": usage_as_json(self.meter.usage),
            "usage_by_node": {path: usage_as_json(usage) for path, usage in self.meter.usage_by_node.items()},
            "bounds": {
                "llm_calls": {"bound": bound.llm_calls, "actual": self.meter.usage.calls},
                "by_node": {path: {"bound": each, "actual": self._calls(path)} for path, each in bound.by_node.items()},
            },
        }
        if outcome is not None:
            record["seconds"] = round(outcome.seconds, 3)
            record["exit"] = outcome.code
            record["reason"] = outcome.reason
            record["not_done"] = places_as_json(outcome.not_done)
            record["result"] = [
                {
                    "node": each.node,
                    "coordinates": list(each.coordinates),
                    "text": None if each.status.is_absent else each.text,
                    "status": each.status.coefficient,
                    "cause": each.status.cause,
                }
                for each in outcome.elements
            ]
        write_json(self.folder / RUN, record, self.redact)

    def _calls(self, path: str) -> int:
        usage = self.meter.usage_by_node.get(path)
        return usage.calls if usage is not None else 0


_STATES = {
    FINE: "finished",
    ELEMENT_FAILED: "failed",
    LIMIT: "stopped by a budget",
    UNREACHABLE: "kernel unreachable",
    INTERRUPTED: "interrupted",
    128 + signal.SIGTERM: "terminated",
    128 + signal.SIGHUP: "terminated",
    WRONG_USAGE: "could not run",
}

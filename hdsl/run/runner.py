"""Runs a program: a context with kernel, terminal, budget and record; the result is pulled; everything is closed."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

from hdsl.future.context import BudgetSpent, Recorder, RunContext, RunEnded, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.graph.cost import bounds
from hdsl.graph.program import Program
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel, KernelUnreachable, Usage
from hdsl.policy.guard import Ask, Guard
from hdsl.run.answers import AnswerLog
from hdsl.run.lower import Binding, lower
from hdsl.run.meter import BudgetMeter, limits
from hdsl.run.record import RunRecord, new_run_folder, write_json
from hdsl.run.tables import load_tables
from hdsl.settings import Settings
from hdsl.tensor.pack import Pack
from hdsl.terminal import Terminal, TerminalMissing

FINE, WRONG_USAGE, ELEMENT_FAILED, LIMIT, UNREACHABLE, INTERRUPTED = 0, 2, 3, 4, 5, 130


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller of a run gives: sizes, texts, options."""

    dimensions: Mapping[str, int]
    inputs: Mapping[str, Sequence[str]]
    options: Mapping[str, Any]


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


def run_program(
    program: Program,
    given: Given,
    settings: Settings,
    *,
    targets: Sequence[str] = (),
    watcher: Recorder | None = None,
    resume: Path | None = None,
    ask: Ask | None = None,
) -> Outcome:
    """Runs a program to its end and records it. `targets`: the nodes to pull; by default its result. `ask`: puts a
    question of the policy to a person.

    Raises, before anything ran, what makes a run impossible: LoweringError, EntryError, ExperienceError, OSError,
    SettingsError, KernelNotConfigured.
    """
    kernel = make_kernel(settings)
    folder = new_run_folder(settings.runs)
    run = _Run(program, given, settings, targets or [program.result], folder, kernel, watcher, resume, ask)
    return run.run()


class _Run:
    def __init__(
        self,
        program: Program,
        given: Given,
        settings: Settings,
        targets: Sequence[str],
        folder: Path,
        kernel: Kernel,
        watcher: Recorder | None,
        resume: Path | None,
        ask: Ask | None,
    ) -> None:
        self.program = program
        self.given = given
        self.settings = settings
        self.targets = targets
        self.folder = folder
        self.record = RunRecord(folder, watcher)
        self.meter = BudgetMeter(limits(program.budgets, given.dimensions))
        self.home = Pack(folder / "pack.sqlite")
        self.terminal = Terminal(sandbox=settings.sandbox, gate=Guard(settings.policy, ask))
        self.kernel = AnswerLog(kernel, folder / "answers.jsonl", None if resume is None else resume / "answers.jsonl")
        self.context = RunContext(self.kernel, self.terminal, self.record, self.meter, self.home)
        self.resumed = resume
        self.started = datetime.now(UTC)
        self.began = monotonic()

    def run(self) -> Outcome:
        self._write_record("running", None)
        elements: list[ElementResult] = []
        code, reason = FINE, ""
        try:
            with use_context(self.context):
                tables = load_tables(self.program, self.settings.project, self.home)
                binding = Binding(self.given.dimensions, self.given.inputs, self.given.options, tables)
                lowered = lower(self.program, binding, self.targets)
            elements = run_sync(self._pull([lowered[path] for path in self.targets]))
            failed = [element for element in elements if element.status.failed]
            if failed:
                code, reason = ELEMENT_FAILED, failed[0].status.cause
        except KeyboardInterrupt:
            code, reason = INTERRUPTED, "interrupted"
        except BudgetSpent as error:
            code, reason = LIMIT, str(error)
        except KernelUnreachable as error:
            code, reason = UNREACHABLE, str(error)
        except RunEnded as error:
            code = WRONG_USAGE if isinstance(error.__cause__, TerminalMissing) else ELEMENT_FAILED
            reason = str(error)
        except BaseException:
            self._close("failed to start", None)
            raise
        outcome = Outcome(code, tuple(elements), self.meter.usage, reason, monotonic() - self.began, self.folder)
        self._close(_STATES[code], outcome)
        return outcome

    async def _pull(self, tensors: Sequence[FutureTensor]) -> list[ElementResult]:
        """All elements of the targets, in order; the targets one after the other."""
        seconds = self.meter.seconds
        try:
            async with asyncio.timeout(seconds) as clock:
                return await self._elements(tensors)
        except TimeoutError:
            if not clock.expired():
                raise
            raise BudgetSpent(f"the budget is spent: {seconds:g} s") from None

    async def _elements(self, tensors: Sequence[FutureTensor]) -> list[ElementResult]:
        found: list[ElementResult] = []
        for path, tensor in zip(self.targets, tensors, strict=True):
            await tensor.ft_pull_all()
            for coordinates in product(*map(range, tensor.ft_capacity_shape)):
                text, status = await tensor.ft_async_get(coordinates)
                found.append(ElementResult(path, coordinates, text, status))
        return found

    def _close(self, state: str, outcome: Outcome | None) -> None:
        """Closes kernel, sessions and pack, also when Ctrl-C comes again, and completes the record."""
        try:
            run_sync(self._close_all())
        finally:
            self.record.close()
            self.home.close()
            self._write_record(state, outcome)

    async def _close_all(self) -> None:
        await asyncio.gather(self.terminal.close(), self.kernel.close(), return_exceptions=True)

    def _write_record(self, state: str, outcome: Outcome | None) -> None:
        program, given = self.program, self.given
        bound, by_node = bounds(program, given.dimensions)
        source = next((node.source for node in program.nodes.values() if node.module == program.module), None)
        content = source.text if source is not None else ""
        record: dict[str, Any] = {
            "version": 1,
            "id": self.folder.name,
            "state": state,
            "file": program.module,
            "hash": hashlib.sha256(content.encode()).hexdigest(),
            "harness": program.name,
            "inputs": {name: list(texts) for name, texts in given.inputs.items()},
            "options": dict(given.options),
            "dims": dict(given.dimensions),
            "kernel": self.kernel.name,
            "sandbox": self.settings.sandbox,
            "started": self.started.isoformat(),
            "resumed": None if self.resumed is None else self.resumed.name,
            "usage": asdict(self.meter.usage),
            "bounds": {
                "llm_calls": {"bound": str(bound.llm_calls), "actual": self.meter.usage.calls},
                "by_node": {
                    path: {"bound": str(each.llm_calls), "actual": self._calls(path)}
                    for path, each in by_node.items()
                    if not each.llm_calls.is_nothing
                },
            },
        }
        if outcome is not None:
            record["seconds"] = round(outcome.seconds, 3)
            record["exit"] = outcome.code
            record["reason"] = outcome.reason
            record["result"] = [
                {
                    "node": each.node,
                    "coordinates": list(each.coordinates),
                    "text": each.text,
                    "status": each.status.coefficient,
                    "cause": each.status.cause,
                }
                for each in outcome.elements
            ]
        write_json(self.folder / "run.json", record)

    def _calls(self, path: str) -> int:
        usage = self.meter.usage_by_node.get(path)
        return usage.calls if usage is not None else 0


_STATES = {
    FINE: "finished",
    ELEMENT_FAILED: "failed",
    LIMIT: "stopped by a budget",
    UNREACHABLE: "kernel unreachable",
    INTERRUPTED: "interrupted",
    WRONG_USAGE: "could not run",
}

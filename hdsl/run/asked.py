"""Who is asked by a program: the kernels that its settings and its nodes name, within limits, and recorded."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from hdsl.configuration.entry_points import NO_ENTRIES, is_ours
from hdsl.configuration.kernels import is_agent
from hdsl.configuration.settings import Settings
from hdsl.future.context import AskRecord, Recorder
from hdsl.future.loop import CLOSING, TimeSpent, background_loop, run_sync
from hdsl.graph.model_options import options_of_model
from hdsl.graph.program import Call, Node, Program
from hdsl.graph.typed import OptionReference
from hdsl.kernel.recording import Recording
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import AgentNeeded, Kernel
from hdsl.kernel.spending import Purse
from hdsl.ops.embedded import EmbeddedRows, finder_of
from hdsl.ops.marks import BY_AGENT
from hdsl.run.entries import load_entry
from hdsl.run.observed import ObservedKernel

_OPTION = "model"


class KeptKernels:
    """Kernels that stay open from one run of a command to the next, so that a model is loaded once."""

    def __init__(self) -> None:
        self._kernels: list[tuple[Settings, list[str], asyncio.AbstractEventLoop, Kernel]] = []
        self._lock = threading.Lock()  # a server's runs are side by side

    def kept(self, settings: Settings, models: list[str], make: Callable[[], Kernel]) -> Kernel:
        """The kernel of these settings, made where it is not there yet; closing it leaves it open."""
        loop = background_loop()  # an abandoned one has taken its connections with it
        with self._lock:
            for known, beside, on, kernel in self._kernels:
                if known == settings and beside == models and on is loop:
                    return _LeftOpen(kernel)
            self._kernels.append((settings, models, loop, make()))
            return _LeftOpen(self._kernels[-1][-1])

    def close(self) -> None:
        """Closes all of them."""
        for _, _, loop, kernel in self._kernels:
            if loop is background_loop():
                with suppress(TimeSpent):
                    run_sync(kernel.close(), CLOSING)
        self._kernels.clear()


class _LeftOpen:
    def __init__(self, kernel: Kernel) -> None:
        self.name = kernel.name
        self.answer = kernel.answer

    async def close(self) -> None:
        """Whoever keeps it closes it."""


class CommandObserver(Protocol):
    """Who is told what a command does; it must return soon and not raise."""

    def on_program(self, program: Program) -> None:
        """Told of a program before anything of it is evaluated."""
        ...

    def on_asked(self, record: AskRecord) -> None:
        """Takes one question with its answer; called before the evaluation that asked is told of."""
        ...

    def for_run(self) -> "RunObserver":
        """Who is told of one run of the command; of a run: itself."""
        ...


class RunObserver(CommandObserver, Recorder, Protocol):
    """Who is told of one run, its evaluations among it."""

    def on_end(self, run: str, code: int, reason: str) -> None:
        """Told how the run ended."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """What holds for all questions of a command: what they may spend, whether they are recorded.

    `kernels`: where its runs come one after the other, those that they share.
    """

    purse: Purse = field(default_factory=Purse)
    recording: Recording | None = None
    kernels: KeptKernels | None = None
    observer: CommandObserver | None = None
    """Who is told of programs, evaluations and questions, as for traces elsewhere."""

    def for_run(self) -> "Asking":
        """The same for the questions of one run, which are told with its evaluations."""
        return self if self.observer is None else replace(self, observer=self.observer.for_run())

    def of(self, kernel: Kernel) -> Kernel:
        """The kernel, with all that it is asked told and recorded."""
        observed = kernel if self.observer is None else ObservedKernel(kernel, self.observer.on_asked)
        return observed if self.recording is None else self.recording.of(observed)


def kernel_for(program: Program, options: Mapping[str, Any], settings: Settings, asking: Asking) -> Kernel:
    """The kernel that answers a program's questions, with those that its nodes name.

    Raises SettingsError, KernelNotConfigured and AgentNeeded, before any is asked, where one is missing or cannot be
    used.
    """
    models = models_of(program, options)
    _check_agents(program, options, settings)

    def make() -> Kernel:
        return make_kernel(settings, models, asking.purse)

    kernel = make() if asking.kernels is None else asking.kernels.kept(settings, models, make)
    if asking.observer is not None:
        asking.observer.on_program(program)
    return asking.of(kernel)


def finder_for(settings: Settings, asking: Asking) -> EmbeddedRows | None:
    """Who finds rows by embeddings, within the limits of all questions; None where rows are found by their words.

    Raises SettingsError and KernelNotConfigured where the server cannot be asked as it is configured.
    """
    return finder_of(settings, asking.purse)


def models_of(program: Program, options: Mapping[str, Any]) -> list[str]:
    """The names of the kernels that nodes ask for, in the order of the nodes."""
    calls = ((node, node.what) for node in program.nodes.values() if isinstance(node.what, Call))
    return list(dict.fromkeys(filter(None, (_model_of(node, call, options) for node, call in calls))))


def _model_of(node: Node, call: Call, options: Mapping[str, Any]) -> str:
    """The name of the kernel that a node asks for; empty where it says nothing."""
    value = options_of_model(call.signature, node.options).get(_OPTION)
    name = options.get(value.name) if isinstance(value, OptionReference) else value
    return name if isinstance(name, str) else ""


def _check_agents(program: Program, options: Mapping[str, Any], settings: Settings) -> None:
    """AgentNeeded for a node that lets a coding agent work by a kernel that is none."""
    for node in program.nodes.values():
        call = node.what
        if not isinstance(call, Call) or call.signature.entry is None or not is_ours(call.signature.entry):
            continue
        if call.signature.has_effect("llm") and getattr(load_entry(call.signature, NO_ENTRIES), BY_AGENT, False):
            name = _model_of(node, call, options) or settings.kernel
            if not is_agent(settings, name):
                raise AgentNeeded(node.path, name)

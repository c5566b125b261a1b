"""Who is asked by a program: the kernels that its settings and its nodes name, within limits, and recorded."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from hdsl.configuration.entry_points import NO_ENTRIES, is_ours
from hdsl.configuration.kernels import is_agent
from hdsl.configuration.settings import Settings
from hdsl.future.context import AskRecord, Recorder
from hdsl.future.loop import CLOSING, TimeSpent, background_loop, run_sync
from hdsl.graph.model_options import model_options_of
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
    kernel = kernel_of_nodes(models_of(program, options), agents_of(program), settings, asking)
    if asking.observer is not None:
        asking.observer.on_program(program)
    return asking.of(kernel)


def kernel_of_nodes(models: Mapping[str, str], agents: Sequence[str], settings: Settings, asking: Asking) -> Kernel:
    """The kernel of a program of which no more is known than these, with those that its nodes name.

    `models`: the kernels that nodes ask for by name, by their paths. `agents`: the nodes that let a coding agent work.
    """
    for path in agents:
        name = models.get(path, settings.kernel)
        if not is_agent(settings, name):
            raise AgentNeeded(path, name)
    names = list(dict.fromkeys(models.values()))

    def make() -> Kernel:
        return make_kernel(settings, names, asking.purse)

    return make() if asking.kernels is None else asking.kernels.kept(settings, names, make)


def finder_for(settings: Settings, asking: Asking) -> EmbeddedRows | None:
    """Who finds rows by embeddings, within the limits of all questions; None where rows are found by their words.

    Raises SettingsError and KernelNotConfigured where the server cannot be asked as it is configured.
    """
    return finder_of(settings, asking.purse)


def models_of(program: Program, options: Mapping[str, Any]) -> dict[str, str]:
    """The names of the kernels that nodes ask for, by their paths, in the order of the nodes."""
    values = ((path, model_named_by(node)) for path, node in program.nodes.items())
    names = ((path, options.get(each.name) if isinstance(each, OptionReference) else each) for path, each in values)
    return {path: name for path, name in names if isinstance(name, str) and name}


def model_named_by(node: Node) -> object:
    """What a node says of the kernel that answers it: a name, an option of the harness that holds it, or nothing."""
    return model_options_of(node).get(_OPTION)


def agents_of(program: Program) -> list[str]:
    """The nodes that let a coding agent work, by their paths."""
    return [node.path for node in program.nodes.values() if isinstance(node.what, Call) and _is_by_agent(node.what)]


def _is_by_agent(call: Call) -> bool:
    signature = call.signature
    if signature.entry is None or not is_ours(signature.entry) or not signature.has_effect("llm"):
        return False
    return bool(getattr(load_entry(signature, NO_ENTRIES), BY_AGENT, False))

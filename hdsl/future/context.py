"""What a pull runs in: the kernel, the terminal, who records and counts, and where new tensors go."""

import contextlib
import contextvars
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hdsl.future.owed import Owed
from hdsl.future.status import Status
from hdsl.ground.errors import ELEMENT_FAILED, LIMIT, WRONG_USAGE, HdslError
from hdsl.ground.secrets import Redactor, known_secrets
from hdsl.kernel.request import Answer, Kernel, Request, Usage
from hdsl.storage.folder import TemporaryFolder
from hdsl.storage.store import Home

if TYPE_CHECKING:
    from hdsl.retrieval.index import Match
    from hdsl.storage.store import Store
    from hdsl.terminal.beside import Ran
    from hdsl.terminal.session import Session


class RunEnded(HdslError):  # noqa: N818 - what happened, not an error of the element that raises it
    """Ends the whole run; no loop catches it and no element fails by it."""

    exit_code = ELEMENT_FAILED


class BudgetSpent(RunEnded):
    """A budget of calls or of seconds is spent."""

    exit_code = LIMIT


class NoTerminal(RunEnded):
    """There is no tmux, or no sandbox, that a session could live in."""

    exit_code = WRONG_USAGE


class NotStored(RunEnded):
    """A result or an answer cannot be written: the disk is full, or its folder is gone."""

    exit_code = WRONG_USAGE

    def __init__(self, error: OSError) -> None:
        where = f"{error.filename} cannot be written: " if error.filename else ""
        super().__init__(f"{where}{error.strerror or error}")


@dataclass(frozen=True, slots=True)
class PullRecord:
    """One evaluation of an element; `started` is time.monotonic_ns(), `usage` that of its kernel calls."""

    node: str
    coordinates: tuple[int, ...]
    started: int
    duration_ns: int
    text: str
    status: Status
    usage: Usage


class Recorder(Protocol):
    """Who is told of each evaluation, when it has ended."""

    def on_pull(self, record: PullRecord) -> None:
        """Takes one record."""
        ...


@dataclass(frozen=True, slots=True)
class AskRecord:
    """One question to a kernel. `started` is time.monotonic_ns(); `answer` is None where `error` says why."""

    request: Request
    answer: Answer | None
    started: int
    duration_ns: int
    error: str = ""


class Meter(Protocol):
    """Who counts what model calls cost, for each site."""

    def charge(self, site_name: str) -> None:
        """Called before each model call; raises BudgetSpent where there is no budget for it."""
        ...

    def charge_beyond(self, site_name: str) -> bool:
        """Whether a call may be made that the static bound does not count; charges it if so."""
        ...

    def add(self, site_name: str, usage: Usage) -> None:
        """Called after each model call with what it cost."""
        ...


class NodeClock(Protocol):
    """Who is told which nodes are being evaluated, to know which budgets of seconds are spent."""

    def began(self, name: str) -> None:
        """A node is being evaluated."""
        ...

    def ended(self, name: str) -> None:
        """A node is not being evaluated any more."""
        ...


class TerminalProtocol(Protocol):
    """Who opens sessions and finds them by handle."""

    async def open(self, name: str = "") -> "Session":
        """A fresh, isolated session."""
        ...

    def session(self, handle: str) -> "Session":
        """The open session of a handle."""
        ...

    async def run_beside(
        self,
        command: str,
        timeout: float,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        readable: Path | None = None,
    ) -> "Ran":
        """Runs a command beside all sessions, as they are run."""
        ...

    async def close(self) -> None:
        """Closes all sessions."""
        ...


class Tools(Protocol):
    """Who calls the tools that operations stand for."""

    def check(self, module: str, operation: str, effects: frozenset[str]) -> None:
        """Raises an HdslError where an operation cannot stand for a tool, or may do less than it."""
        ...

    async def call(self, module: str, operation: str, arguments: str, seconds: float) -> "tuple[str, Status]":
        """What the tool gives for arguments; failed where it fails."""
        ...

    async def close(self) -> None:
        """Ends what was started for them."""
        ...


class RowFinder(Protocol):
    """Who finds rows in another way than by their words."""

    async def nearest(
        self, store: "Store", texts: Sequence[str], topk: int, redact: Redactor
    ) -> "tuple[tuple[Match, ...], Usage]":
        """The `topk` rows of an experience most like the texts together, and what finding them cost."""
        ...

    async def close(self) -> None:
        """Releases connections."""
        ...


def _redactor_of_this_process() -> Redactor:
    return Redactor(known_secrets())


@dataclass
class RunContext:
    """What the nodes of one run share. A FutureTensor keeps the context it was constructed in."""

    kernel: Kernel | None = None
    terminal: TerminalProtocol | None = None
    recorder: Recorder | None = None
    meter: Meter | None = None
    home: Home = field(default_factory=TemporaryFolder)
    redactor: Redactor = field(default_factory=_redactor_of_this_process)
    """Takes known secrets out of what is evaluated, asked and answered."""
    stable_names: bool = False
    """Whether a named node's results are stored under its name, so that a later process goes on with them."""
    scope: str = ""
    """What tells the places of this run from those of others in the same record, as the examples of a training are."""
    clock: NodeClock | None = None
    owed: Owed = field(default_factory=Owed, repr=False, compare=False)
    """What must be done once something has begun, even where the run is ended."""
    finder: RowFinder | None = None
    """Who finds rows of experience; None: they are found by their words."""
    tools: Tools | None = None
    """Who calls the tools of servers; None: nobody does."""
    by_settings: bool = False
    """Whether the settings say what the context does not, as outside of runs."""
    nesting: int = field(default=0, repr=False, compare=False)
    """How deep evaluations are nested on the stack just now."""


class _KernelOnFirstUse:
    """The kernel of the settings, made when it is first asked."""

    name = "settings"

    @functools.cached_property
    def _kernel(self) -> Kernel:
        from hdsl.configuration.settings import load_settings
        from hdsl.kernel.registry import make_kernel

        return make_kernel(load_settings())

    async def answer(self, request: Request) -> Answer:
        return await self._kernel.answer(request)

    async def close(self) -> None:
        await self._kernel.close()


class _TerminalOnFirstUse:
    """A terminal, started when the first session is asked for."""

    @functools.cached_property
    def _terminal(self) -> TerminalProtocol:
        from hdsl.configuration.guard import SettingsGuard
        from hdsl.terminal.terminal import Terminal

        return Terminal(gate=SettingsGuard())

    async def open(self, name: str = "") -> "Session":
        return await self._terminal.open(name)

    def session(self, handle: str) -> "Session":
        return self._terminal.session(handle)

    async def run_beside(
        self,
        command: str,
        timeout: float,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        readable: Path | None = None,
    ) -> "Ran":
        return await self._terminal.run_beside(
            command, timeout, folder=folder, environment=environment, readable=readable
        )

    async def close(self) -> None:
        await self._terminal.close()


_current: contextvars.ContextVar[RunContext] = contextvars.ContextVar("hdsl_run_context")


@functools.cache
def _default_context() -> RunContext:
    return RunContext(kernel=_KernelOnFirstUse(), terminal=_TerminalOnFirstUse(), by_settings=True)


def current_context() -> RunContext:
    """The innermost context in use, else the default one, which is made once."""
    return _current.get(None) or _default_context()


@contextlib.contextmanager
def use_context(context: RunContext) -> Iterator[RunContext]:
    """Makes a context the current one for what is constructed inside."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)

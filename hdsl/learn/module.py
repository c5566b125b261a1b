"""A harness as a torch module: its parameters are the experience it reaches, its forward a FutureTensor."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from hdsl.check.entry import checked_program
from hdsl.configuration.settings import Settings, load_settings
from hdsl.experience.places import seed_rows
from hdsl.experience.row_changes import Rows
from hdsl.experience.training_data import Texts
from hdsl.future.context import RowFinder, RunContext, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import CLOSING, TimeSpent, run_sync
from hdsl.future.stopping import stopping
from hdsl.graph.program import Program
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel
from hdsl.learn.binding import bound, in_order, placed
from hdsl.learn.meter import ExampleMeter
from hdsl.ops.embedded import finder_of
from hdsl.ops.rows import WIDTH, rows_of
from hdsl.policy.decision import Rules
from hdsl.policy.guard import Guard
from hdsl.run.lower import Binding, Lowered, lower_shown
from hdsl.run.tables import declare_table
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry, Home
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import attach, store_of
from hdsl.terminal import Terminal
from hdsl.tools.servers import ToolServers


class HarnessModule(torch.nn.Module):
    """A checked program with tables of its own.

    Texts are kept, and sessions open, until the module is closed: use it in a `with`, or call `close()`. `rules` say
    which commands may be typed. `finder`: who finds rows, where it is not by their words; closed with the module.
    """

    def __init__(
        self,
        program: Program,
        kernel: Kernel,
        tables: Mapping[str, Rows],
        *,
        sandbox: bool = False,
        rules: Rules | None = None,
        finder: RowFinder | None = None,
    ) -> None:
        super().__init__()
        self.program = program
        self.kernel = kernel
        self._finder = finder
        self.sandbox = sandbox
        self.rules = rules or Rules()
        self._gate = Guard(self.rules)
        self._tools = ToolServers(self.rules, sandbox=sandbox)
        self._folder = tempfile.TemporaryDirectory(prefix="hdsl-")
        stopping().note_temporary(Path(self._folder.name))
        self.home = Pack(Path(self._folder.name, "pack.sqlite"))
        self.scratch = Pack(Path(self._folder.name, "scratch.sqlite"))
        self._terminals: list[Terminal] = []
        self.tables: dict[str, torch.nn.Parameter] = {}
        for key, rows in tables.items():
            parameter = table_parameter(rows, self.home)
            declare_table(key, program.tables[key], parameter)
            self.tables[key] = parameter
            name = key.replace(".", "_")
            # A table may be named as something that every module has.
            self.register_parameter(f"table_{name}" if hasattr(self, name) else name, parameter)

    def forward(self, *inputs: Any, **values: Any) -> FutureTensor:
        """The result for inputs, in order or by name, and options by name. Raises BindingError.

        An input is a text, nested lists of texts, or a FutureTensor, through which gradients go on to what made it.
        """
        return self.lowered({**in_order(self.program, inputs, values), **values}).seen[self.program.result]

    def rows(self) -> dict[str, Rows]:
        """The rows of every table as they are now."""
        return {key: [(row.query, row.key, row.value) for row in rows_of(table)] for key, table in self.tables.items()}

    def lowered(
        self,
        values: Mapping[str, Any],
        demonstrations: Mapping[str, Texts] | None = None,
        meter: ExampleMeter | None = None,
        home: Home | None = None,
        scope: str = "",
    ) -> Lowered:
        """`forward` with what single nodes, by path, should say, who counts its model calls, where it is kept, and what
        tells what it asks from what others ask."""
        given = bound(self.program, values)
        binding = Binding(given.dimensions, given.inputs, given.options, self.tables)
        shown = {
            path: placed(texts, self._shape(path, given.dimensions), self.program.nodes[path].type)
            for path, texts in (demonstrations or {}).items()
        }
        with use_context(self._context(meter, home or self.home, scope)):
            return lower_shown(self.program, binding, [self.program.result], shown)

    def close_sessions(self) -> None:
        """Closes the sessions of all forwards so far."""
        terminals, self._terminals = self._terminals, []
        closing = [terminal for terminal in terminals if terminal.is_started]
        for terminal in terminals:
            if terminal not in closing:
                terminal.abandon()
        # Only where there is something to close: a limit of time, which a supervisor keeps, begins with it.
        if not closing:
            return
        try:
            run_sync(_close_all(closing), CLOSING)
        except (TimeSpent, KeyboardInterrupt) as error:
            for terminal in closing:
                terminal.abandon()
            if isinstance(error, KeyboardInterrupt):
                raise

    def close(self) -> None:
        """Closes sessions and kernel, and lets go of all texts."""
        with ExitStack() as closing:
            closing.callback(self._folder.cleanup)
            closing.callback(self.scratch.close)
            closing.callback(self.home.close)
            closing.callback(self._close_kernel)
            closing.callback(self._close_tools)
            closing.callback(self.close_sessions)

    def _close_tools(self) -> None:
        try:
            run_sync(self._tools.close(), CLOSING)
        except TimeSpent:
            self._tools.abandon()

    def _close_kernel(self) -> None:
        with suppress(TimeSpent):
            run_sync(self.kernel.close(), CLOSING)
            if self._finder is not None:
                run_sync(self._finder.close(), CLOSING)

    def __enter__(self) -> "HarnessModule":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _context(self, meter: ExampleMeter | None, home: Home, scope: str) -> RunContext:
        """With a terminal of its own, which is started when a session is opened."""
        terminal = Terminal(sandbox=self.sandbox, gate=self._gate)
        self._terminals.append(terminal)
        clock = meter.clock if meter is not None and meter.clock else None
        return RunContext(
            self.kernel,
            terminal,
            None,
            meter,
            home,
            scope=scope,
            clock=clock,
            finder=self._finder,
            tools=self._tools,
        )

    def _shape(self, path: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
        shape = self.program.nodes[path].shape
        return tuple(dimension if isinstance(dimension, int) else sizes[dimension] for dimension in shape)


async def _close_all(terminals: Sequence[Terminal]) -> None:
    await asyncio.gather(*(terminal.close() for terminal in terminals))


def table_parameter(rows: Rows, home: Home) -> torch.nn.Parameter:
    """Rows as a trainable tensor `[N, 3]` in a home."""
    entries = {index: Entry(text) for index, text in enumerate(text for row in rows for text in row)}
    tensor = filled_tensor((len(rows), WIDTH), home, entries)
    parameter = torch.nn.Parameter(tensor)
    attach(parameter, store_of(tensor))
    return parameter


def load(
    file: str | Path,
    harness: str | None = None,
    *,
    kernel: Kernel | str | None = None,
    settings: Settings | None = None,
) -> HarnessModule:
    """The harness of a `.hg` file as a module; without a name the one that `hdsl run` would run.

    `kernel`: an object that answers, or the name of one; else the settings'. Raises CheckError where the file does not
    check, and what making the kernel or reading experience raises.
    """
    path = Path(file)
    program = checked_program(path, harness)
    name = kernel if isinstance(kernel, str) else None
    configured = settings or load_settings(path.parent, kernel=name)
    answering = make_kernel(configured) if kernel is None or isinstance(kernel, str) else kernel
    return HarnessModule(
        program,
        answering,
        seeds(program, configured.project),
        sandbox=configured.sandbox,
        rules=configured.policy,
        finder=finder_of(configured),
    )


def seeds(program: Program, project: Path) -> dict[str, Rows]:
    """The rows that tables begin with: what was learned before, else what the file says."""
    return {key: seed_rows(table, project, Path(program.module)) for key, table in program.tables.items()}

"""What Python that was emitted from a harness builds with: each call makes the FutureTensor of one node.

The nodes are the same as those of `hdsl run`, by the same operations, with the same names: so are traces and gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import EllipsisType
from typing import Any

import torch

from hdsl.configuration.settings import Settings
from hdsl.future.context import current_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.stopping import PATIENCE
from hdsl.graph.inline import shown_literal
from hdsl.graph.program import Budget, Program
from hdsl.graph.ranges import Range
from hdsl.graph.signature import Input, OptionParameter
from hdsl.graph.typed import ExperienceTable
from hdsl.graph.types import SESSION, TEXT, ExperienceOf, OptionKind, Type
from hdsl.ground.errors import HdslError
from hdsl.kernel.request import Kernel, Label
from hdsl.meaning.kind import DEFAULT, kind_named
from hdsl.ops.coming_in import come_in
from hdsl.ops.element import apply_operation, is_tensor_operation, lift
from hdsl.ops.field import field as field_of
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.held import apply_held
from hdsl.ops.index import index
from hdsl.ops.marks import BY_TOOL
from hdsl.ops.site import Site
from hdsl.ops.switch import switch
from hdsl.ops.template import template
from hdsl.ops.terminal import open_session
from hdsl.run.asked import Asking, kernel_of_nodes
from hdsl.run.entries import function_of_file
from hdsl.run.meter import BoundWithin, UpperBound
from hdsl.run.runnable import Given, Runnable, ShownBounds
from hdsl.run.tables import declare_table
from hdsl.storage.store import Home
from hdsl.syntax.tree import Span
from hdsl.tensor.make import make_tensor

Bounds = Mapping[str, Callable[[Mapping[str, int]], UpperBound]]
"""By the path of an inlined call (empty: all) what it can come to, from the sizes of a run."""

_NOWHERE = Span(0, 0)


class OptionError(HdslError):
    """An option has a value that an operation does not take; the message says which it takes."""


@dataclass(frozen=True, slots=True)
class OptionNamed:
    """The option of a harness whose value says something."""

    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """An experience: the types of its keys and values, and its rows."""

    key: Type
    value: Type
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Harness:
    """An emitted harness. `build` makes its nodes, and is the result."""

    name: str
    file: str
    sha256: str
    result: str
    build: Callable[[Building], FutureTensor]
    inputs: Sequence[Input]
    options: Sequence[OptionParameter] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    budgets: Sequence[Budget] = ()
    bounds: Bounds = field(default_factory=dict)
    calls_by_node: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str | OptionNamed] = field(default_factory=dict)
    """The named kernels that nodes ask for, by their paths: a name, or the option that says it."""
    agents: Sequence[str] = ()
    """The nodes that let a coding agent work."""

    @property
    def signature(self) -> Program:
        """What it takes, as a program without nodes."""
        return Program(self.name, self.file, tuple(self.inputs), tuple(self.options), {}, self.result, {}, (), {})

    def kernel(self, given: Given, settings: Settings, asking: Asking) -> Kernel:
        """The kernel that answers it. Raises what making one raises."""
        names = {
            path: given.options.get(model.name) if isinstance(model, OptionNamed) else model
            for path, model in self.models.items()
        }
        if asking.observer is not None:
            asking.observer.on_program(self.signature)
        named = {path: name for path, name in names.items() if name}
        return asking.of(kernel_of_nodes(named, self.agents, settings, asking))

    def runnable(self) -> Runnable:
        """What a run needs to know."""

        def tensors(given: Given, project: Path, home: Home, paths: Sequence[str]) -> Mapping[str, FutureTensor]:
            building = Building(given, {key: _tensor(key, table, home) for key, table in self.tables.items()})
            self.build(building)
            return building.nodes

        def within(sizes: Mapping[str, int]) -> BoundWithin:
            return lambda path: self.bounds[path](sizes) if path in self.bounds else None

        def shown(sizes: Mapping[str, int]) -> ShownBounds:
            bound = within(sizes)("")
            return ShownBounds(f"{0 if bound is None else bound.llm_calls or 0:g}", self.calls_by_node)

        return Runnable(self.name, self.file, self.sha256, self.result, self.budgets, tensors, within, shown)


class Building:
    """The nodes of one run, as an emitted function makes them."""

    def __init__(self, given: Given, tables: Mapping[str, torch.Tensor]) -> None:
        self.nodes: dict[str, FutureTensor] = {}
        self._given = given
        self._tables = tables
        self._types: dict[int, Type] = {}

    def size(self, name: str) -> int:
        """The size of a dimension."""
        return self._given.dimensions[name]

    def option(self, name: str, low: float | None = None, high: float = math.inf) -> Any:
        """The value of an option. OptionError for one that an operation does not take: beyond these."""
        value = self._given.options[name]
        allowed = None if low is None else Range(low, high)
        if allowed is not None and not allowed.takes(value):
            kind = {int: "int", str: "str"}.get(type(value), "float")
            raise OptionError(f"{name} is {allowed.said(kind)}, not {value!r}")
        return value

    def table(self, key: str) -> torch.Tensor:
        """An experience."""
        return self._tables[key]

    def input(self, path: str, shape: Sequence[int], type: Type = TEXT) -> FutureTensor:
        """An input of the harness."""
        texts = self._given.inputs[path]
        if isinstance(texts, FutureTensor):
            return self._node(path, come_in(texts, path), type)
        context = current_context()
        shown = [context.redactor(text) for text in texts]
        return self._node(path, ft_make_forwarded(context.home, tuple(shape), shown, name=path), type)

    def session(self, path: str, shape: Sequence[int], caught: bool = False) -> FutureTensor:
        """A fresh session for each element."""
        site = Site(path, tuple(shape), effects=frozenset({"open"}))
        return self._node(path, apply_operation(open_session, [None], {}, site), SESSION, caught=caught)

    def texts(self, texts: str | Sequence[str], shape: Sequence[int]) -> FutureTensor:
        """A constant: a text for all elements, or texts along the last dimension."""
        count = math.prod(shape)
        values = [texts] * count if isinstance(texts, str) else [*texts] * (count // len(texts))
        return ft_make_forwarded(current_context().home, tuple(shape), values)

    def constant(self, path: str, texts: FutureTensor, type: Type = TEXT, caught: bool = False) -> FutureTensor:
        """A constant that is a node of its own."""
        return self._node(path, texts, type, caught=caught)

    def text(
        self,
        path: str,
        parts: Sequence[str | FutureTensor | Shown],
        shape: Sequence[int],
        type: Type = TEXT,
        caught: bool = False,
    ) -> FutureTensor:
        """A template: pieces of text, and the tensors and values that fill its holes."""
        inputs: list[FutureTensor] = []
        filled: list[str | int] = []
        for part in parts:
            if isinstance(part, FutureTensor):
                known = next((at for at, each in enumerate(inputs) if each is part), None)
                filled.append(len(inputs) if known is None else known)
                inputs += [part] if known is None else []
            else:
                filled.append(part if isinstance(part, str) else shown_literal(part.value))
        if inputs:
            site = self._site(path, shape, type, inputs)
            return self._node(path, lift(template, inputs, {"parts": tuple(filled)}, site), type, caught=caught)
        context = current_context()
        text = context.redactor("".join(map(str, filled)))
        return self._node(
            path,
            ft_make_forwarded(context.home, tuple(shape), [text] * math.prod(shape), name=path),
            type,
            caught=caught,
        )

    def switch(
        self,
        path: str,
        condition: FutureTensor,
        cases: Sequence[tuple[str | None, FutureTensor]],
        shape: Sequence[int],
        type: Type = TEXT,
        caught: bool = False,
    ) -> FutureTensor:
        """The branch whose label the condition carries; None: any other."""
        site = self._site(path, shape, type, [condition, *(branch for _, branch in cases)])
        return self._node(path, switch(condition, list(cases), site=site), type, caught=caught)

    def index(
        self,
        path: str,
        source: FutureTensor,
        items: Sequence[int | slice | EllipsisType | None],
        shape: Sequence[int],
        type: Type = TEXT,
        caught: bool = False,
    ) -> FutureTensor:
        """A part of a tensor, as numpy has it."""
        site = self._site(path, shape, type, [source])
        return self._node(path, index(source, items, site=site), type, caught=caught)

    def field(
        self,
        path: str,
        source: FutureTensor,
        names: Sequence[str],
        shape: Sequence[int],
        type: Type = TEXT,
        effects: str = "",
        caught: bool = False,
    ) -> FutureTensor:
        """A field of a record, by the names that lead to it."""
        record = self._types[id(source)].record
        assert record is not None
        site = self._site(path, shape, type, [source], effects)
        return self._node(path, field_of(source, record, names, site=site), type, caught=caught)

    def call(
        self,
        path: str,
        function: Callable[..., Any],
        inputs: Sequence[torch.Tensor | None],
        options: Mapping[str, Any] | None = None,
        *,
        shape: Sequence[int],
        type: Type = TEXT,
        effects: str = "",
        kind: str = DEFAULT,
        is_own: bool = False,
        is_read: bool = False,
        step: int | None = None,
        caught: bool = False,
        owed: float = PATIENCE,
        **said: Any,
    ) -> FutureTensor:
        """An operation. `is_own`: of the user, of this kind. `is_read`: its result is read by its type, as answers are.

        `said`: what the node says to whoever answers it (purpose, retries, temperature, …), as `Site` has it.
        """
        site = self._site(path, shape, type, inputs, effects)
        tools = current_context().tools
        if tools is not None and getattr(function, BY_TOOL, False):
            tools.check(said["declared_in"], said["operation"], frozenset(effects.split()))
        checked = type.structure if is_read else None
        site = replace(site, checked=checked, owed_seconds=max(PATIENCE, owed), **said)
        if is_own and is_tensor_operation(function) and kind_named(kind).is_known:
            made = apply_held(function, inputs, options or {}, site, kind_named(kind))
        else:
            made = apply_operation(function, inputs, options or {}, site)
        return self._node(path, made, type, step=step, caught=caught)

    def _site(
        self, path: str, shape: Sequence[int], type: Type, inputs: Sequence[torch.Tensor | None], effects: str = ""
    ) -> Site:
        kinds = [self._types.get(id(each)) for each in inputs]
        return Site(
            path,
            tuple(shape),
            tuple(Label(text, description) for text, description in type.labels or ()),
            tuple(() if kind is None else kind.label_texts for kind in kinds),
            tuple(kind is not None and kind.kind == "session" for kind in kinds),
            frozenset(effects.split()),
            form=type.form,
            input_forms=tuple(None if kind is None else kind.form for kind in kinds),
        )

    def _node(
        self, path: str, made: FutureTensor, type: Type, *, step: int | None = None, caught: bool = False
    ) -> FutureTensor:
        made.ft_node.is_caught = caught
        if step is not None:
            made.ft_node.step = step
        self.nodes[path] = made
        self._types[id(made)] = type
        return made


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that fills a hole of a template: that of an option, or a size."""

    value: Any


def text_input(name: str, shape: Sequence[int | str], type: Type = TEXT) -> Input:
    """An input of an emitted harness."""
    return Input(name, type, tuple(shape), False, False, _NOWHERE)


def option(name: str, kind: OptionKind, default: Any = None, required: bool = False) -> OptionParameter:
    """An option of an emitted harness."""
    return OptionParameter(name, kind, default, required, _NOWHERE)


def function_beside(emitted: str, file: str, name: str) -> Callable[..., Any]:
    """A function of the user, in a file by its path from the emitted one."""
    return function_of_file(name, (Path(emitted).parent / file).resolve(), name)


def _tensor(key: str, table: Table, home: Home) -> torch.Tensor:
    tensor = make_tensor([list(row) for row in table.rows], home)
    declared = ExperienceTable(key, "", ExperienceOf(table.key, table.value), (), None, _NOWHERE)
    declare_table(key, declared, tensor)
    return tensor

"""What a run needs to know of a harness: a checked program says it, and so does one that was emitted as Python."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdsl.future.future_tensor import FutureTensor
from hdsl.graph.cost import bounds
from hdsl.graph.export import plain
from hdsl.graph.program import Budget, Program, Stubbed
from hdsl.run.lower import Binding, lower
from hdsl.run.meter import BoundWithin, beyond_budgets, bound_within
from hdsl.run.tables import load_tables
from hdsl.storage.store import Home


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller of a run gives: sizes, texts, options."""

    dimensions: Mapping[str, int]
    inputs: Mapping[str, Sequence[str] | FutureTensor]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownBounds:
    """The static bounds of model calls, as a record says them: of all, and of each node that asks."""

    llm_calls: str
    by_node: Mapping[str, str]


Tensors = Callable[[Given, Path, Home, Sequence[str]], Mapping[str, FutureTensor]]
"""The FutureTensors of some nodes, and of all that these need, by their paths: from what is given, the folder of the
project, where new tensors are kept, and the paths of the nodes. Called in the context of the run."""


@dataclass(frozen=True, slots=True)
class Runnable:
    """A harness that can be run. `file` and `hash`: what it was made from."""

    name: str
    file: str
    hash: str
    result: str
    budgets: Sequence[Budget]
    tensors: Tensors
    bound_within: Callable[[Mapping[str, int]], BoundWithin]
    """The static bounds at some sizes."""
    shown_bounds: Callable[[Mapping[str, int]], ShownBounds]
    stubs: Mapping[str, str] = field(default_factory=dict)
    """The nodes that a test gives, by their paths, as they are written."""
    graph: Mapping[str, Any] | None = None
    """The graph as plain data, which a record keeps; None where it is not known any more."""

    def beyond_budget(self, dimensions: Mapping[str, int]) -> str | None:
        """What a run of this size may cost beyond a budget, in one sentence; None where every budget allows it."""
        return beyond_budgets(self.budgets, dimensions, self.bound_within(dimensions))


def source_hash(program: Program) -> str:
    """The hash of the file that a program is of: by it a record, and emitted Python, say what they were made from."""
    source = next((node.source.text for node in program.nodes.values() if node.module == program.module), "")
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def runnable_of(program: Program) -> Runnable:
    """A checked program as what can be run."""

    def tensors(given: Given, project: Path, home: Home, paths: Sequence[str]) -> Mapping[str, FutureTensor]:
        tables = load_tables(program, project, home)
        return lower(program, Binding(given.dimensions, given.inputs, given.options, tables), paths)

    def within(dimensions: Mapping[str, int]) -> BoundWithin:
        return bound_within(program, dimensions)

    def shown(dimensions: Mapping[str, int]) -> ShownBounds:
        bound, by_node = bounds(program, dimensions)
        asking = {path: str(each.llm_calls) for path, each in by_node.items() if not each.llm_calls.is_nothing}
        return ShownBounds(str(bound.llm_calls), asking)

    stubs = {node.path: node.what.stub.shown for node in program.nodes.values() if isinstance(node.what, Stubbed)}
    return Runnable(
        program.name,
        program.module,
        source_hash(program),
        program.result,
        program.budgets,
        tensors,
        within,
        shown,
        stubs,
        plain(program),
    )

"""A program: one flat graph of nodes, calls of harnesses inlined; as a networkx.DiGraph when one is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import Effect, Input, OptionParameter
from hdsl.graph.typed import ExperienceTable, OptionReference
from hdsl.graph.types import Type
from hdsl.syntax.source import Source
from hdsl.syntax.tree import IndexItem, Span

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, slots=True)
class NodeArgument:
    """The result of another node."""

    path: str


@dataclass(frozen=True, slots=True)
class ConstantArgument:
    """A text at every element of a shape, or texts along its last dimension."""

    texts: str | tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class TableArgument:
    """An experience table, by its key in the program's `tables`."""

    key: str


Argument: TypeAlias = NodeArgument | ConstantArgument | TableArgument | None
Option: TypeAlias = str | int | float | bool | Shape | OptionReference | None


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `operation` is the name it is declared by, or `input`, `session`, `switch`, `index`, `constant`
    (of a harness whose result is a text it gave itself).

    A switch's arguments are its condition, then its branches in the order of `labels` (None for else).
    """

    path: str
    operation: str
    entry: str | None
    arguments: tuple[Argument, ...]
    sessions: tuple[bool, ...]
    options: Mapping[str, Option]
    type: Type
    shape: Shape
    effects: tuple[Effect, ...]
    module: str
    source: Source
    span: Span
    labels: tuple[str | None, ...] = ()
    items: tuple[IndexItem, ...] = ()

    @property
    def input_paths(self) -> tuple[str, ...]:
        """The nodes that this one takes, in order."""
        return tuple(argument.path for argument in self.arguments if isinstance(argument, NodeArgument))


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget of one inlined call: the path of the call (empty for the whole program) and its limits."""

    path: str
    llm_calls: int | None
    seconds: float | None
    per: Shape


@dataclass(frozen=True)
class Program:
    """A harness with all it calls, flat. `nodes` are in an order in which each stands after what it takes."""

    name: str
    module: str
    inputs: tuple[Input, ...]
    options: tuple[OptionParameter, ...]
    nodes: Mapping[str, Node]
    result: str
    tables: Mapping[str, ExperienceTable]
    budgets: tuple[Budget, ...]

    @property
    def dimensions(self) -> Mapping[str, Dimension | None]:
        """The program's shape parameters: those of its inputs (None), and its dim options with their defaults."""
        names: dict[str, Dimension | None] = {}
        for wanted in self.inputs:
            names.update((dimension, None) for dimension in wanted.shape if isinstance(dimension, str))
        for option in self.options:
            if option.kind == "dim":
                names[option.name] = option.default if isinstance(option.default, int) else None
        return names

    def edges(self) -> Iterator[tuple[str, str, int]]:
        """Each use of a node: from it, to its user, as which argument."""
        for node in self.nodes.values():
            for position, argument in enumerate(node.arguments):
                if isinstance(argument, NodeArgument):
                    yield argument.path, node.path, position

    @cached_property
    def digraph(self) -> "networkx.MultiDiGraph[str]":
        """The program as a networkx graph: nodes by path with their `node`, edges with their `position`."""
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(name=self.name)
        for path, node in self.nodes.items():
            graph.add_node(path, node=node)
        for source, target, position in self.edges():
            graph.add_edge(source, target, position=position)
        return graph

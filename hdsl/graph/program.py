"""A program: one flat graph of nodes, calls of harnesses inlined; as a networkx.DiGraph when one is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import Effect, Input, OptionParameter, Signature
from hdsl.graph.typed import ExperienceTable, OptionReference
from hdsl.graph.types import Type
from hdsl.meaning.demand import Demand
from hdsl.meaning.kind import DEFAULT, Kind, kind_named
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

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
IndexItem: TypeAlias = int | slice | EllipsisType | None
"""An item of an index, as numpy has it."""


@dataclass(frozen=True, slots=True)
class NodeBase:
    """What every node has. `shown` is what it is called where a graph is drawn or exported."""

    path: str
    type: Type
    shape: Shape
    module: str
    source: Source
    span: Span

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What it takes, in order."""
        return ()

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it does to the world."""
        return ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The values of its options."""
        return {}

    @property
    def sessions(self) -> tuple[bool, ...]:
        """Which of its arguments are sessions."""
        return ()

    @property
    def meaning(self) -> Kind:
        """What it asks of what it takes."""
        return kind_named(DEFAULT)

    @property
    def input_paths(self) -> tuple[str, ...]:
        """The nodes that this one takes, in order."""
        return tuple(argument.path for argument in self.arguments if isinstance(argument, NodeArgument))


@dataclass(frozen=True, slots=True)
class InputNode(NodeBase):
    """An input of the harness."""

    shown: ClassVar[str] = "input"


@dataclass(frozen=True, slots=True)
class SessionNode(NodeBase):
    """Sessions that are opened: those of the harness's own inputs, and those a call was not given."""

    shown: ClassVar[str] = "session"

    @property
    def effects(self) -> tuple[Effect, ...]:
        """It opens them."""
        return (Effect("open"),)


@dataclass(frozen=True, slots=True)
class ConstantNode(NodeBase):
    """The result of a harness that returns a text of its own."""

    shown: ClassVar[str] = "constant"
    value: ConstantArgument

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The text."""
        return (self.value,)


@dataclass(frozen=True, slots=True)
class SwitchNode(NodeBase):
    """A switch: the condition, and by the label of each case (None for else) its branch."""

    shown: ClassVar[str] = "switch"
    condition: Argument
    cases: tuple[tuple[str | None, Argument], ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The condition, then the branches."""
        return (self.condition, *(branch for _, branch in self.cases))

    @property
    def labels(self) -> tuple[str | None, ...]:
        """The labels of the branches."""
        return tuple(label for label, _ in self.cases)

    @property
    def meaning(self) -> Kind:
        """The condition decides."""
        return kind_named("choose")


@dataclass(frozen=True, slots=True)
class IndexNode(NodeBase):
    """A part of a tensor."""

    shown: ClassVar[str] = "index"
    whole: Argument
    items: tuple[IndexItem, ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The tensor it is a part of."""
        return (self.whole,)

    @property
    def sessions(self) -> tuple[bool, ...]:
        """A part of sessions is of sessions."""
        return (self.type.kind == "session",)

    @property
    def meaning(self) -> Kind:
        """The index says which elements."""
        return kind_named("pick")


@dataclass(frozen=True, slots=True)
class CallNode(NodeBase):
    """A call of an operation."""

    signature: Signature
    inputs: tuple[Argument, ...]
    values: Mapping[str, Option]

    @property
    def shown(self) -> str:
        """The name the operation is declared by."""
        return self.signature.name

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The inputs it is given."""
        return self.inputs

    @property
    def options(self) -> Mapping[str, Option]:
        """The values of the operation's options."""
        return self.values

    @property
    def sessions(self) -> tuple[bool, ...]:
        """Which inputs are declared as sessions."""
        wanted = [each.type for each in self.signature.inputs]
        kinds = [*wanted[: len(self.inputs)], *wanted[-1:] * (len(self.inputs) - len(wanted))]
        return tuple(isinstance(kind, Type) and kind.kind == "session" for kind in kinds)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Those its operation declares."""
        return self.signature.effects

    @property
    def meaning(self) -> Kind:
        """The kind of its operation."""
        return self.signature.meaning


Node: TypeAlias = InputNode | SessionNode | ConstantNode | SwitchNode | IndexNode | CallNode


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

    @cached_property
    def demands(self) -> Mapping[str, Demand]:
        """What each node asks of its arguments, which are numbered in order."""
        return {path: self._demand(node) for path, node in self.nodes.items()}

    def _demand(self, node: Node) -> Demand:
        if not node.arguments:
            return ()
        shapes = [self._shape(argument) for argument in node.arguments]
        return node.meaning.demand(node.shape, shapes, node.items if isinstance(node, IndexNode) else ())

    def _shape(self, argument: Argument) -> Shape | None:
        match argument:
            case NodeArgument(path=path):
                return self.nodes[path].shape
            case ConstantArgument(shape=shape):
                return shape
            case _:
                return None

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

"""A program: one flat graph of nodes, calls of harnesses inlined; as a networkx.DiGraph when one is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import Effect, Input, OptionParameter, Signature
from hdsl.graph.stubs import Stub
from hdsl.graph.typed import DimensionHole, ExperienceTable, InputHole, OptionReference, TextPart
from hdsl.graph.types import Type
from hdsl.meaning.demand import Demand
from hdsl.meaning.kind import DEFAULT, Kind, kind_named
from hdsl.structure.structures import Record
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

if TYPE_CHECKING:
    import networkx


class NodeArgument(NamedTuple):
    """The result of another node."""

    path: str


class ConstantArgument(NamedTuple):
    """A text at every element of a shape, or texts along its last dimension."""

    texts: str | tuple[str, ...]
    shape: Shape


class TableArgument(NamedTuple):
    """An experience table, by its key in the program's `tables`."""

    key: str


Argument: TypeAlias = NodeArgument | ConstantArgument | TableArgument | None
Option: TypeAlias = str | int | float | bool | Shape | OptionReference | None
IndexItem: TypeAlias = int | slice | EllipsisType | None
"""An item of an index, as numpy has it."""


class HarnessInput(NamedTuple):
    """An input of the harness."""


class OpenedSession(NamedTuple):
    """Sessions that are opened: those of the harness's own inputs, and those a call was not given."""


class Constant(NamedTuple):
    """The result of a harness that returns a text of its own, which is the one argument."""


class Stubbed(NamedTuple):
    """What a test says instead of evaluating the node, which takes nothing then."""

    stub: Stub
    makes_room: bool
    """Whether its last dimension need not be filled."""


class Switch(NamedTuple):
    """A switch. The arguments are the condition, then the branches in the order of `labels` (None for else)."""

    labels: tuple[str | None, ...]


class Index(NamedTuple):
    """A part of the one argument."""

    items: tuple[IndexItem, ...]


class Field(NamedTuple):
    """A field of the one argument, by the path of names that leads to it. `optional`: it may be absent."""

    names: tuple[str, ...]
    record: Record
    optional: bool


class Text(NamedTuple):
    """A template: pieces of text and holes, in order. Each argument is held by at least one of them."""

    parts: tuple[TextPart, ...]

    def shown(self, arguments: "tuple[Argument, ...]") -> str:
        """The text with the paths of what its holes hold."""
        return "".join(_shown_part(part, arguments) for part in self.parts)


def _shown_part(part: TextPart, arguments: "tuple[Argument, ...]") -> str:
    match part:
        case str():
            return part
        case InputHole(position=position):
            argument = arguments[position]
            return f"{{{argument.path}}}" if isinstance(argument, NodeArgument) else "{}"
        case OptionReference(name=name):
            return f"{{{name}}}"
        case DimensionHole(dimension=dimension):
            return f"{{{dimension}}}"


class Call(NamedTuple):
    """A call of an operation."""

    signature: Signature
    options: Mapping[str, Option]


What: TypeAlias = HarnessInput | OpenedSession | Constant | Stubbed | Switch | Index | Field | Text | Call

_SHOWN: Mapping[type, str] = {
    HarnessInput: "input",
    OpenedSession: "session",
    Constant: "constant",
    Stubbed: "stub",
    Switch: "switch",
    Index: "index",
    Field: "field",
    Text: "text",
}


class Node(NamedTuple):
    """One node: what it is, and what it takes."""

    path: str
    what: What
    arguments: tuple[Argument, ...]
    type: Type
    shape: Shape
    module: str
    source: Source
    span: Span

    @property
    def shown(self) -> str:
        """What it is called where a graph is drawn or exported."""
        return self.what.signature.name if isinstance(self.what, Call) else _SHOWN[type(self.what)]

    @property
    def meaning(self) -> Kind:
        """What it asks of what it takes."""
        match self.what:
            case Call(signature=signature):
                return signature.meaning
            case Switch():
                return kind_named("choose")
            case Index():
                return kind_named("pick")
            case Field():
                return kind_named("field")
            case _:
                return kind_named(DEFAULT)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it does to the world."""
        match self.what:
            case Call(signature=signature):
                return signature.effects
            case OpenedSession():
                return (Effect("open"),)
            case Field(optional=True):
                return (Effect("fails"),)
            case _:
                return ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The values of its operation's options."""
        return self.what.options if isinstance(self.what, Call) else {}

    @property
    def sessions(self) -> tuple[bool, ...]:
        """Which of its arguments are sessions."""
        match self.what:
            case Call(signature=signature):
                wanted = [each.type for each in signature.inputs]
                kinds = [*wanted[: len(self.arguments)], *wanted[-1:] * (len(self.arguments) - len(wanted))]
                return tuple(isinstance(kind, Type) and kind.kind == "session" for kind in kinds)
            case Index():
                return (self.type.kind == "session",)
            case _:
                return ()

    @property
    def input_paths(self) -> tuple[str, ...]:
        """The nodes that this one takes, in order."""
        return tuple([argument.path for argument in self.arguments if isinstance(argument, NodeArgument)])


class Budget(NamedTuple):
    """A budget of one inlined call: the path of the call (empty for the whole program) and its limits.

    `per` is in the dimensions of the program, `declared_per` in those of the `harness` that declares the budget.
    """

    path: str
    llm_calls: int | None
    seconds: float | None
    per: Shape
    harness: str = ""
    declared_per: Shape = ()


class Program:
    """A harness with all it calls, flat. `nodes` are in an order in which each stands after what it takes."""

    def __init__(
        self,
        name: str,
        module: str,
        inputs: tuple[Input, ...],
        options: tuple[OptionParameter, ...],
        nodes: Mapping[str, Node],
        result: str,
        tables: Mapping[str, ExperienceTable],
        budgets: tuple[Budget, ...],
        harness_starts: Mapping[str, int],
    ) -> None:
        self.name: Final = name
        self.module: Final = module
        self.inputs: Final = inputs
        self.options: Final = options
        self.nodes: Final = nodes
        self.result: Final = result
        self.tables: Final = tables
        self.budgets: Final = budgets
        self.harness_starts: Final = harness_starts
        """By the path of each inlined call (empty for the program itself) where its harness is declared."""

    def with_nodes(self, nodes: Iterable[Node]) -> "Program":
        """The program with these of its nodes alone."""
        kept = {node.path: node for node in nodes}
        return Program(
            self.name,
            self.module,
            self.inputs,
            self.options,
            kept,
            self.result,
            self.tables,
            self.budgets,
            self.harness_starts,
        )

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
        return node.meaning.demand(node.shape, shapes, node.what.items if isinstance(node.what, Index) else ())

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

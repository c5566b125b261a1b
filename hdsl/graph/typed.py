"""Typed harnesses: what the checker proves of one body, names resolved, before calls are inlined."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import Effect, Signature
from hdsl.graph.stubs import Stub
from hdsl.graph.types import ExperienceOf, Type
from hdsl.structure.structures import Record
from hdsl.syntax.source import Source
from hdsl.syntax.tree import IndexItem, Span


class ExperienceTable(NamedTuple):
    """An experience with its seed: rows written in the file, or a file to load."""

    name: str
    module: str
    type: ExperienceOf
    rows: tuple[tuple[str, str, str], ...]
    load: str | None
    span: Span


class NodeInput(NamedTuple):
    """A node, or a harness input, by its name in the body."""

    name: str


class ConstantInput(NamedTuple):
    """A text (or a list of texts, along one dimension) of whatever shape is needed."""

    texts: str | tuple[str, ...]
    shape: Shape


class ExperienceInput(NamedTuple):
    """An experience table."""

    table: ExperienceTable


class FreshSession(NamedTuple):
    """A session input that is not given."""

    name: str
    shape: Shape


class BoundOperation:
    """An operation passed as an option, its own options bound. `parameter` where it is the harness's own parameter.

    Not a tuple: a shape is one.
    """

    __slots__ = ("options", "parameter", "signature")

    def __init__(
        self, signature: Signature | None, options: "Mapping[str, OptionValue]", parameter: str | None = None
    ) -> None:
        self.signature: Final = signature
        self.options: Final = options
        self.parameter: Final = parameter

    def __repr__(self) -> str:
        return f"BoundOperation({self.signature!r}, {self.options!r}, {self.parameter!r})"


InputValue: TypeAlias = NodeInput | ConstantInput | ExperienceInput | FreshSession | None


class OptionReference:
    """An option of the harness, passed on by its name. Not a tuple: a shape is one."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: Final = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OptionReference) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"OptionReference({self.name!r})"


OptionValue: TypeAlias = str | int | float | bool | Shape | BoundOperation | OptionReference | None
"""A dim is a Shape of one dimension, a shape a Shape; the rest is itself."""


class CallOf(NamedTuple):
    """A call of an operation, a harness, or an operation parameter (`parameter`)."""

    signature: Signature
    inputs: tuple[InputValue, ...]
    options: Mapping[str, OptionValue]
    binding: Mapping[str, Shape]
    parameter: str | None = None


class InputHole(NamedTuple):
    """A hole of a template that holds one of its inputs, by its number."""

    position: int


class DimensionHole(NamedTuple):
    """A hole of a template that holds the size of a dimension."""

    dimension: Dimension


TextPart: TypeAlias = str | InputHole | OptionReference | DimensionHole


class TextOf(NamedTuple):
    """A template: pieces of text and holes, in order. Each input stands once, however many holes hold it."""

    parts: tuple[TextPart, ...]
    inputs: tuple[InputValue, ...]


class SwitchOf(NamedTuple):
    """A switch: the label (None for else) and the branch of each case."""

    condition: InputValue
    cases: tuple[tuple[str | None, InputValue | TextOf], ...]


class IndexOf(NamedTuple):
    """Indexing."""

    source: str
    items: tuple[IndexItem, ...]


class FieldOf(NamedTuple):
    """A field of a record, by the path of names that leads to it. `optional`: it may be absent."""

    source: str
    names: tuple[str, ...]
    record: Record
    optional: bool


ValueOf: TypeAlias = CallOf | SwitchOf | IndexOf | FieldOf | TextOf


def field_node(source: str, names: tuple[str, ...]) -> str:
    """What the node of a field is called. A colon stands in no name, and a dot leads into a harness that is called."""
    return ":".join((source, *names))


def input_names(value: ValueOf) -> tuple[str, ...]:
    """The nodes and inputs of a body that an expression takes, by name."""
    match value:
        case CallOf(inputs=inputs) | TextOf(inputs=inputs):
            return tuple(each.name for each in inputs if isinstance(each, NodeInput))
        case SwitchOf(condition=condition, cases=cases):
            given = [condition, *(branch for _, branch in cases)]
            all_inputs = [each for one in given for each in (one.inputs if isinstance(one, TextOf) else (one,))]
            return tuple(each.name for each in all_inputs if isinstance(each, NodeInput))
        case _:
            return (value.source,)


class TypedNode(NamedTuple):
    """One node of a body, with what was inferred of it."""

    name: str
    value: ValueOf
    type: Type
    shape: Shape
    effects: tuple[Effect, ...]
    span: Span


class TypedHarness(NamedTuple):
    """A checked harness. `budgets` are its budget options; `dims` its dimension parameters with their defaults."""

    signature: Signature
    nodes: tuple[TypedNode, ...]
    returned: str
    budget: Mapping[str, float]
    per: tuple[Dimension, ...] = ()
    expectations: tuple[str, ...] = ()
    """In a test: the nodes whose scores must be 0."""
    stubs: tuple[Stub, ...] = ()
    """In a test: what nodes say instead of being evaluated."""


class TypedTraining(NamedTuple):
    """How a harness of a file is trained; what is not written has the value it has here."""

    harness: str
    data: str
    """The file of examples, relative to the folder of the `.hg` file."""
    loss: BoundOperation
    valid: float = 0.2
    """The share of the examples that is kept for validation."""
    keep: str = "not_worse"
    """When a step stays, by the loss on the validation share: "always", "not_worse" or "better"."""
    epochs: int = 5
    batch: int = 4
    lr: float = 1.0
    seed: int = 0


class Module:
    """A file with what it declares. Filled by the checker in the order of declarations, then only read."""

    def __init__(
        self, path: str, source: Source, name: str, *, complete: bool = True, reach: Path | None = None
    ) -> None:
        self.path = path
        self.source = source
        self.name = name
        self.types: dict[str, Type] = {}
        self.dims: dict[str, int] = {}
        self.experiences: dict[str, ExperienceTable] = {}
        self.callables: dict[str, Signature] = {}
        self.harnesses: dict[str, TypedHarness] = {}
        self.trainings: dict[str, TypedTraining] = {}
        """The `train` blocks without errors, by the harness they train."""
        self.uses: dict[str, Module] = {}
        self.complete = complete
        self.reach = reach
        """The folder of the files that it may name; None for any file."""
        self.sound: set[str] = set()
        """The harnesses without errors in them and in those they call: they can be inlined."""
        self.seed_files: set[str] = set()
        self.unresolved: dict[str, frozenset[str]] = {}
        """The harnesses that use names defined nowhere: what their callers give may be what they lack."""

    @cached_property
    def reachable(self) -> "dict[str, Module]":
        """The modules that this one uses, directly or not, by their paths, itself among them."""
        found: dict[str, Module] = {}
        waiting = [self]
        while waiting:
            current = waiting.pop()
            if current.path not in found:
                found[current.path] = current
                waiting.extend(current.uses.values())
        return found

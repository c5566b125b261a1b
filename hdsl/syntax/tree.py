"""The tree of a `.hg` file: frozen values with spans, as written, before any name is looked up.

A span is `(start, end)`, half-open, in code points from the start of the file; `source.py` makes lines of it.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Span(NamedTuple):
    """Half-open range of code points."""

    start: int
    end: int


class Name(NamedTuple):
    """A name where it stands; with dots (`terminal.capture`) where the grammar allows a path."""

    text: str
    span: Span


class Dim(NamedTuple):
    """One dimension: a number (`size`), a name, or a pack (`*S`)."""

    name: str
    size: int | None
    pack: bool
    span: Span


@dataclass(frozen=True, slots=True)
class TypeExpr:
    """`text[1, T]`; `dims` is None where no brackets are written (`str`, or the K of an experience)."""

    name: Name
    dims: tuple[Dim, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class ExperienceType:
    """`experience(K -> V)`."""

    key: TypeExpr
    value: TypeExpr
    span: Span


@dataclass(frozen=True, slots=True)
class Effect:
    """`!wait(timeout)`; `argument` names the option that bounds it."""

    name: str
    argument: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class OperationType:
    """`op(text[*E], session[*E]) -> text[*E] !read`: the type of a parameter that takes an operation."""

    inputs: tuple[TypeExpr, ...]
    result: TypeExpr
    effects: tuple[Effect, ...]
    span: Span


ParameterType: TypeAlias = TypeExpr | ExperienceType | OperationType


class Text(NamedTuple):
    """A string literal, decoded."""

    text: str
    span: Span


class Number(NamedTuple):
    """An integer or a decimal number."""

    value: int | float
    span: Span


class Pack(NamedTuple):
    """`*S` in a list."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class ListValue:
    """`[1, T]`, `["a", "b"]`, `[*S, T]`."""

    items: "tuple[Value, ...]"
    span: Span


Value: TypeAlias = Text | Number | Name | ListValue | Pack


class Option(NamedTuple):
    """`name=value` in a call, a budget or a bound operation."""

    name: Name
    value: "Value | BoundOperation"
    span: Span


@dataclass(frozen=True, slots=True)
class BoundOperation:
    """`terminal.until_exit(command="pytest -q")` where an operation is passed."""

    operation: Name
    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`operation(inputs, option=value)`, arguments in the order they are written."""

    operation: Name
    arguments: tuple[Value | Option, ...]
    span: Span


class Case(NamedTuple):
    """`"label" => branch`; `label` is None for `else`."""

    label: Text | None
    branch: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Switch:
    """`switch condition { … }`."""

    condition: Name
    cases: tuple[Case, ...]
    span: Span


class IndexAt(NamedTuple):
    """An integer index: the dimension goes."""

    position: int
    span: Span


class IndexRange(NamedTuple):
    """`start:stop`, either may be absent."""

    start: int | None
    stop: int | None
    span: Span


class IndexEllipsis(NamedTuple):
    """`...`: all dimensions not named."""

    span: Span


class IndexNew(NamedTuple):
    """`None`: a new dimension of 1. `name` is what is written, so that another name can be refused."""

    name: str
    span: Span


IndexItem: TypeAlias = IndexAt | IndexRange | IndexEllipsis | IndexNew


@dataclass(frozen=True, slots=True)
class Index:
    """`source[0, 1:4, ..., None]`."""

    source: Name
    items: tuple[IndexItem, ...]
    span: Span


Expression: TypeAlias = Call | Switch | Index


@dataclass(frozen=True, slots=True)
class Node:
    """`name: type[shape] = expression`."""

    name: Name
    annotation: TypeExpr | None
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Budget:
    """`budget(llm_calls=30, seconds=300)`."""

    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class DimConstant:
    """`dim K = 3`."""

    name: Name
    value: int
    span: Span


class Row(NamedTuple):
    """A seed row; `values` should be three."""

    values: tuple[Text, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rows:
    """The seed rows of an experience, written in the file."""

    rows: tuple[Row, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Load:
    """`load("rows.jsonl")`."""

    function: Name
    path: Text
    span: Span


@dataclass(frozen=True, slots=True)
class Experience:
    """`experience name: K -> V = rows`."""

    name: Name
    key: TypeExpr
    value: TypeExpr
    source: Rows | Load
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name: type = default` in a signature; `steps: A[*S]...` is repeated, `goal: text[*S]?` optional."""

    name: Name
    type: ParameterType
    repeated: bool
    optional: bool
    default: Value | None


@dataclass(frozen=True, slots=True)
class Operation:
    """`op name(…) -> type !effects = "module:function"`."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr
    effects: tuple[Effect, ...]
    entry: Text | None
    span: Span


Statement: TypeAlias = Node | Budget | DimConstant | Experience


@dataclass(frozen=True, slots=True)
class Harness:
    """`harness name(…) -> type { … return node }`. `returned` is None only where it could not be read."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr
    body: tuple[Statement, ...]
    returned: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use std.terminal as t` (module) or `use "lib/rows.hg" as rows` (path)."""

    module: Name | None
    path: Text | None
    alias: Name | None
    span: Span


class Label(NamedTuple):
    """One label of a type with its description."""

    text: Text
    description: Text | None
    span: Span


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """`type Action { "text:": "…" }`."""

    name: Name
    labels: tuple[Label, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect contains(out, "…")`."""

    call: Call
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """`test "name" { … }`."""

    name: Text
    statements: tuple[Node | Expect, ...]
    span: Span


class Setting(NamedTuple):
    """`name = value` in a `train` block."""

    name: Name
    value: "Value | BoundOperation | Load"
    span: Span


@dataclass(frozen=True, slots=True)
class Train:
    """`train harness { … }`."""

    harness: Name
    settings: tuple[Setting, ...]
    span: Span


Item: TypeAlias = Use | TypeDeclaration | DimConstant | Experience | Operation | Harness | Test | Train


@dataclass(frozen=True, slots=True)
class Version:
    """`hdsl 1`."""

    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """A whole file. `version` is None and items are missing only where they could not be read."""

    version: Version | None
    items: tuple[Item, ...]


RESERVED = frozenset(
    [
        "hdsl",
        "use",
        "as",
        "type",
        "op",
        "experience",
        "harness",
        "dim",
        "budget",
        "switch",
        "else",
        "return",
        "test",
        "expect",
        "train",
    ]
)

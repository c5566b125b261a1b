"""The tree of a `.hg` file: frozen values with spans, as written, before any name is looked up.

A span is `(start, end)`, half-open, in code points from the start of the file; `source.py` makes lines of it.
"""

from typing import NamedTuple, TypeAlias


class Span(NamedTuple):
    """Half-open range of code points."""

    start: int
    end: int


class Name(NamedTuple):
    """A name where it stands; with dots where a path may stand: `terminal.capture`, or a field, `person.name`."""

    text: str
    span: Span


class Dim(NamedTuple):
    """One dimension: a number (`size`), a name, or a pack (`*S`)."""

    name: str
    size: int | None
    pack: bool
    span: Span


class TypeExpr(NamedTuple):
    """`text[1, T]`; `dims` is None where no brackets are written (`str`, or the K of an experience)."""

    name: Name
    dims: tuple[Dim, ...] | None
    span: Span


class ExperienceType(NamedTuple):
    """`experience(K -> V)`."""

    key: TypeExpr
    value: TypeExpr
    span: Span


class Effect(NamedTuple):
    """`!wait(timeout)`; `argument` names the option that bounds it."""

    name: str
    argument: Name | None
    span: Span


class OperationType(NamedTuple):
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


class ListValue(NamedTuple):
    """`[1, T]`, `["a", "b"]`, `[*S, T]`."""

    items: "tuple[Value, ...]"
    span: Span


Value: TypeAlias = Text | Number | Name | ListValue | Pack


class Option(NamedTuple):
    """`name=value` in a call, a budget or a bound operation."""

    name: Name
    value: "Value | BoundOperation"
    span: Span


class BoundOperation(NamedTuple):
    """`terminal.until_exit(command="pytest -q")` where an operation is passed."""

    operation: Name
    options: tuple[Option, ...]
    span: Span


class Call(NamedTuple):
    """`operation(inputs, option=value)`, arguments in the order they are written."""

    operation: Name
    arguments: tuple[Value | Option, ...]
    span: Span


class Hole(NamedTuple):
    """`{name}` or `{name.field}` in a template; the span includes the braces."""

    name: Name
    span: Span


class Template(NamedTuple):
    """A text that is a statement or a branch: pieces of text, decoded, and holes, in order; without holes a constant.

    Of a long text, the pieces are without its indentation.
    """

    parts: tuple[str | Hole, ...]
    span: Span

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def constant(self) -> Text | None:
        """The text that it is where it has no holes."""
        return None if self.holes else Text("".join(map(str, self.parts)), self.span)


class Case(NamedTuple):
    """`"label" => branch`; `label` is None for `else`. The branch is a reference, or a text."""

    label: Text | None
    branch: Name | Template
    span: Span


class Switch(NamedTuple):
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


class Index(NamedTuple):
    """`source[0, 1:4, ..., None]`."""

    source: Name
    items: tuple[IndexItem, ...]
    span: Span


Expression: TypeAlias = Call | Switch | Index | Template


class Node(NamedTuple):
    """`name: type[shape] = expression`."""

    name: Name
    annotation: TypeExpr | None
    value: Expression
    span: Span


class Budget(NamedTuple):
    """`budget(llm_calls=30, seconds=300)`."""

    options: tuple[Option, ...]
    span: Span


class DimConstant(NamedTuple):
    """`dim K = 3`."""

    name: Name
    value: int
    span: Span


class Row(NamedTuple):
    """A seed row; `values` should be three, strings or long strings."""

    values: tuple[Text, ...]
    span: Span


class Rows(NamedTuple):
    """The seed rows of an experience, written in the file."""

    rows: tuple[Row, ...]
    span: Span


class Load(NamedTuple):
    """`load("rows.jsonl")`."""

    function: Name
    path: Text
    span: Span


class Experience(NamedTuple):
    """`experience name: K -> V = rows`."""

    name: Name
    key: TypeExpr
    value: TypeExpr
    source: Rows | Load
    span: Span


class Parameter(NamedTuple):
    """`name: type = default` in a signature; `steps: A[*S]...` is repeated, `goal: text[*S]?` optional."""

    name: Name
    type: ParameterType
    repeated: bool
    optional: bool
    default: Value | None


class Operation(NamedTuple):
    """`op name(…) -> type !effects = "module:function" as kind`."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr
    effects: tuple[Effect, ...]
    entry: Text | None
    kind: Name | None
    span: Span


Statement: TypeAlias = Node | Budget | DimConstant | Experience


class Harness(NamedTuple):
    """`harness name(…) -> type { … return node }`. `returned` may be a field; None only where it could not be read."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr
    body: tuple[Statement, ...]
    returned: Name | None
    span: Span


class Use(NamedTuple):
    """`use std.terminal as t` (module) or `use "lib/rows.hg" as rows` (path)."""

    module: Name | None
    path: Text | None
    alias: Name | None
    span: Span


class Label(NamedTuple):
    """One label of a type: `"search:" Query: "look it up"`. `payload` is the type of what follows the label."""

    text: Text
    payload: Name | None
    description: Text | None
    span: Span


class TypeDeclaration(NamedTuple):
    """`type Action { "text:": "…" }`: a type of labels."""

    name: Name
    labels: tuple[Label, ...]
    span: Span


class ListOf(NamedTuple):
    """`list(text)`: the type of a field that holds several values."""

    item: "FieldType"
    span: Span


FieldType: TypeAlias = Name | ListOf
"""The type of a field as it is written: text, int, float, bool, a declared type, or a list."""


class Field(NamedTuple):
    """One field of a record: `birth: text? "YYYY-MM-DD"`. Its name may be a reserved word."""

    name: Name
    type: FieldType
    optional: bool
    description: Text | None
    span: Span


class RecordDeclaration(NamedTuple):
    """`type Person { name: text, children: list(text) }`: a record type."""

    name: Name
    fields: tuple[Field, ...]
    span: Span


class Expect(NamedTuple):
    """`expect contains(out, "…")`."""

    call: Call
    span: Span


class Failure(NamedTuple):
    """`fail("no compiler")` in a reply; `function` should be `fail`."""

    function: Name
    reason: Text
    span: Span


class Replies(NamedTuple):
    """`["a", fail("b")]` in a reply: one reply for each element along a dimension, or for each turn."""

    items: "tuple[Reply, ...]"
    span: Span


Reply: TypeAlias = Text | Failure | Replies


class Given(NamedTuple):
    """`given chat.answer = "42"` in a test: what a node says without being evaluated; `path` is harness and node."""

    path: Name
    reply: Reply
    span: Span


TestStatement: TypeAlias = Node | Expect | Given


class Test(NamedTuple):
    """`test "name" { … }`."""

    name: Text
    statements: tuple[TestStatement, ...]
    span: Span


class Setting(NamedTuple):
    """`name = value` in a `train` block."""

    name: Name
    value: "Value | BoundOperation | Load"
    span: Span


class Train(NamedTuple):
    """`train harness { … }`."""

    harness: Name
    settings: tuple[Setting, ...]
    span: Span


Item: TypeAlias = (
    Use | TypeDeclaration | RecordDeclaration | DimConstant | Experience | Operation | Harness | Test | Train
)


class Version(NamedTuple):
    """`hdsl 1`."""

    number: int
    span: Span


class File(NamedTuple):
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
        "given",
        "expect",
        "train",
    ]
)

"""What a body can see: its nodes and inputs with their types, its experiences, options and operation parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from typing import TypeAlias

from hdsl.check.definitions import Definitions
from hdsl.graph.shapes import Shape
from hdsl.graph.signature import Input, OperationOf, OptionParameter, Signature
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.graph.types import ExperienceOf, Type
from hdsl.syntax import tree
from hdsl.syntax.tree import Span

_WORD = re.compile(r"(?<![\w.\"])[A-Za-z_]\w*(?![\w\"])")

Definition: TypeAlias = tree.Node | tree.DimConstant | tree.Experience
"""A statement that defines a name of a body."""


class Value:
    """A name of a body: a tensor, or an experience. `type` is None where a reported fault hides it."""

    __slots__ = ("is_input", "shape", "span", "table", "type", "used")

    def __init__(
        self,
        type: Type | ExperienceOf | None,
        shape: Shape | None,
        span: Span,
        table: ExperienceTable | None = None,
        used: bool = False,
        is_input: bool = False,
    ) -> None:
        self.type = type
        self.shape = shape
        self.span = span
        self.table = table
        self.used = used
        self.is_input = is_input


class Scope:
    """The names of one body. `dimensions` are those its shapes may name."""

    __slots__ = (
        "_words",
        "callables",
        "constants",
        "definitions",
        "dimensions",
        "early",
        "later",
        "module",
        "operations",
        "options",
        "place",
        "prelude",
        "statement",
        "unread",
        "unresolved",
        "used_options",
        "values",
    )

    def __init__(
        self,
        module: Module,
        prelude: Module | None,
        constants: dict[str, int] | None = None,
        unread: frozenset[str] = frozenset(),
    ) -> None:
        self.module = module
        self.prelude = prelude
        self.values: dict[str, Value] = {}
        self.options: dict[str, OptionParameter] = {}
        self.operations: dict[str, Signature] = {}
        self.dimensions: set[str] = set()
        self.constants = {} if constants is None else constants
        self.later: dict[str, Definition] = {}
        """The statements further down, by the name that each defines."""
        self.place: Span | None = None
        """Where the harness or test is whose body this is."""
        self.statement: Span | None = None
        """The statement that is being checked."""
        self.unread = unread
        self.definitions: tuple[Definitions, ...] = ()
        """What defines the nodes of the body, and the experiences of the file."""
        self.callables: Definitions | None = None
        """What defines the operations and harnesses of the file."""
        self._words: Counter[str] | None = None
        self.used_options: set[str] = set()
        self.unresolved: set[str] = set()
        """Names that are defined nowhere and like no other: inputs or options that are missing, perhaps."""
        self.early: dict[Hashable, Hashable] = {}
        """Of a name that is used too early, and of a statement that uses one: the cause it is told by."""

    def uses(self, name: str) -> int:
        """How often a name stands in the block that is being checked, as a word."""
        if self._words is None:
            block = self.module.source.text[slice(*self.place)] if self.place is not None else ""
            self._words = Counter(_WORD.findall(block))
        return self._words[name]


def parameter_signature(module: str, option: OptionParameter, kind: OperationOf) -> Signature:
    """The signature by which a body calls its operation parameter."""
    inputs = tuple(
        Input(f"input {i}", element, shape, False, False, option.span)
        for i, (element, shape) in enumerate(kind.inputs, 1)
    )
    return Signature(option.name, module, inputs, (), kind.result, kind.shape, kind.effects, None, False, option.span)

"""Facts about names: defined twice, known nowhere, too early, or never used.

A name may be missing in several ways, each of which is a finding of one rule.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.typed import TypedNode
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class DefinedTwice(Finding):
    """A second definition of a name."""

    rule: ClassVar[str] = "defined-twice"

    name: str


@dataclass(frozen=True, slots=True)
class UnknownOperation(Finding):
    """A call of what is not an operation. `known`: what it may be; `through`: as it is called in the modules in use."""

    rule: ClassVar[str] = "unknown-operation"

    name: str
    known: Sequence[str]
    through: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnknownOperationOfModule(Finding):
    """A call of what a module in use does not have. `known`: what it may be; `all_of_module`: what the module has."""

    rule: ClassVar[str] = "unknown-operation"

    name: str
    known: Sequence[str]
    all_of_module: Collection[str]


@dataclass(frozen=True, slots=True)
class MissingModule:
    """A name through an alias that no `use` gives.

    `known`: the aliases that it may be; `is_standard`: whether the library has a module of this name; `in_full`:
    whether the alias is a module's name in full, such as `std.terminal`; `is_used`: whether a `use` gives that module.
    """

    name: tree.Name
    known: Sequence[str]
    is_standard: bool
    in_full: bool = False
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class UnknownOperationWithoutModule(Finding):
    """A call through an alias that no `use` gives."""

    rule: ClassVar[str] = "unknown-operation"

    name: str
    module: MissingModule


@dataclass(frozen=True, slots=True)
class UsedBeforeDefinition(Finding):
    """A name that is defined further down. `before`: the statement that uses it."""

    rule: ClassVar[str] = "used-before-definition"

    name: str
    definition: Span
    before: Span | None


@dataclass(frozen=True, slots=True)
class UnknownName(Finding):
    """A name that is defined nowhere.

    `known`: what it may be; `is_often_used`: too often to be a slip; `is_anything_defined`: in this body or file.
    """

    rule: ClassVar[str] = "unknown-name"

    name: str
    known: Sequence[str]
    is_often_used: bool
    is_anything_defined: bool


@dataclass(frozen=True, slots=True)
class UnknownNameOfModule(Finding):
    """A name that no experience of a module in use has. `known`: what it may be."""

    rule: ClassVar[str] = "unknown-name"

    name: str
    known: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnknownNameWithoutModule(Finding):
    """A name through an alias that no `use` gives."""

    rule: ClassVar[str] = "unknown-name"

    name: str
    module: MissingModule


@dataclass(frozen=True, slots=True)
class UnknownNameOfOperation(Finding):
    """The name of an operation where a value belongs."""

    rule: ClassVar[str] = "unknown-name"

    name: str


@dataclass(frozen=True, slots=True)
class UnknownNameOfOption(Finding):
    """A misspelt option of the harness, and the one that is meant."""

    rule: ClassVar[str] = "unknown-name"

    name: str
    meant: str


@dataclass(frozen=True, slots=True)
class UnusedInput(Finding):
    """An input or option that nothing uses."""

    rule: ClassVar[str] = "unused-input"

    name: str


@dataclass(frozen=True, slots=True)
class UnusedNode(Finding):
    """A node that nothing uses; `returned` is what is returned where the node may be meant instead."""

    rule: ClassVar[str] = "unused-node"

    name: str
    node: TypedNode | None
    returned: tree.Name | None

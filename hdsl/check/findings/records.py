"""Facts about records: their declarations, references to their fields, texts that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.findings.finding import Finding
from hdsl.graph.types import TensorType, Type
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class RecursiveType(Finding):
    """A record that holds itself, by the names that lead from it to itself."""

    rule: ClassVar[str] = "recursive-type"

    chain: Sequence[str]


@dataclass(frozen=True, slots=True)
class NotAFieldType(Finding):
    """A type that no field can have."""

    rule: ClassVar[str] = "not-a-field-type"

    type: str


@dataclass(frozen=True, slots=True)
class PayloadWithoutColon(Finding):
    """A record behind a label that does not end in a colon, so that nothing follows it."""

    rule: ClassVar[str] = "payload-without-colon"

    label: tree.Label


@dataclass(frozen=True, slots=True)
class NotARecord(Finding):
    """Something whose fields are asked for, or that stands behind a label, and that is not a record."""

    rule: ClassVar[str] = "not-a-record"

    name: str
    type: TensorType


@dataclass(frozen=True, slots=True)
class UnknownField(Finding):
    """A field that its record does not have. `known`: those that may be meant; `written`: the name that is wrong."""

    rule: ClassVar[str] = "unknown-field"

    name: str
    record: str
    fields: Sequence[str]
    known: Sequence[str]
    written: Span


@dataclass(frozen=True, slots=True)
class RecordNamedAsModule(Finding):
    """A record under the name of a module, so that `name.field` could mean either."""

    rule: ClassVar[str] = "record-named-as-module"

    name: str


@dataclass(frozen=True, slots=True)
class NotOfRecord(Finding):
    """A text that is not of its record type. `why`: a clause that goes on from "the text"."""

    rule: ClassVar[str] = "not-of-record"

    text: str
    type: Type
    why: str


@dataclass(frozen=True, slots=True)
class NotAPayload(Finding):
    """A type that stands behind no label of the type whose payload is taken."""

    rule: ClassVar[str] = "not-a-payload"

    type: Type
    of: Type


@dataclass(frozen=True, slots=True)
class PayloadOfOtherLabel(Finding):
    """A branch for one label that needs the record behind another."""

    rule: ClassVar[str] = "not-a-payload"

    node: str
    type: Type
    of: Type
    label: str


@dataclass(frozen=True, slots=True)
class TypeTooLarge(Finding):
    """A type that is larger, or nested deeper, than a check goes into."""

    rule: ClassVar[str] = "beyond-limits"

    reason: str

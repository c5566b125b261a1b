"""References to fields of records: `person.name` is a node of its own, whose type is that of the field."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check import findings
from hdsl.check.report import Report
from hdsl.check.scope import Scope, Value
from hdsl.graph.signature import Effect
from hdsl.graph.typed import FieldOf, TypedNode, field_node
from hdsl.graph.types import TEXT, UNKNOWN, Type, type_of
from hdsl.structure.structures import ListOf, found_at
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


class Fields:
    """The fields that one body refers to. Each becomes one node among `nodes`, where it is first used."""

    def __init__(self, report: Report, scope: Scope, nodes: list[TypedNode]) -> None:
        self.report = report
        self.scope = scope
        self._nodes = nodes
        self._known: dict[str, TypedNode] = {}

    def is_field(self, name: tree.Name) -> bool:
        """Whether a name leads into a node or an input of the body, and not into a module."""
        root, dot, _ = name.text.partition(".")
        value = self.scope.values.get(root)
        if not dot or value is None:
            return False
        return root not in self.scope.module.uses or _is_record(value)

    def called(self, name: tree.Name) -> str:
        """The name of the node that a reference means."""
        root, *names = name.text.split(".")
        return field_node(root, tuple(names)) if self.is_field(name) else name.text

    def node(self, name: tree.Name) -> TypedNode | None:
        """The node of a field; None where a fault hides it, and after reporting one."""
        root, *names = name.text.split(".")
        value = self.scope.values[root]
        value.used = True
        if value.type == UNKNOWN or value.shape is None:
            return None
        called = field_node(root, tuple(names))
        if called in self._known:
            return self._known[called]
        if not isinstance(value.type, Type) or value.type.record is None:
            if value.type is not None:
                self._tell(findings.records.NotARecord(root, value.type), name)
            return None
        record = value.type.record
        found = found_at(record, names)
        if found is None:
            self._report_missing(value.type, names, name)
            return None
        structure, optional = found
        effects = (Effect("fails"),) if optional else ()
        node = TypedNode(
            called, FieldOf(root, tuple(names), record, optional), type_of(structure), value.shape, effects, name.span
        )
        self._known[called] = node
        self._nodes.append(node)
        return node

    def _report_missing(self, kind: Type, names: Sequence[str], name: tree.Name) -> None:
        """Reports the first name of a path that is not a field."""
        reached = kind
        path = name.text.partition(".")[0]
        for number, each in enumerate(names):
            record = reached.record
            if record is None:
                self._tell(findings.records.NotARecord(path, reached), name)
                return
            field = record.field(each)
            if field is None:
                fields = [field.name for field in record.fields]
                known = self.report.likely(each, fields)
                written = _part(name, number + 1)
                found = findings.records.UnknownField(each, reached.name, fields, known, written)
                self.report.tell(found, self.scope.module.source, written)
                return
            reached, path = type_of(field.structure), f"{path}.{each}"

    def _tell(self, finding: findings.finding.Finding, name: tree.Name) -> None:
        self.report.tell(finding, self.scope.module.source, name.span)


def operand_type(kind: Type) -> Type:
    """What a field is to those that take it: a list is a text, its JSON."""
    return TEXT if isinstance(kind.form, ListOf) else kind


def _is_record(value: Value) -> bool:
    return isinstance(value.type, Type) and value.type.record is not None


def _part(name: tree.Name, number: int) -> Span:
    """Where one of the names of a path stands, if it is written without blanks."""
    parts = name.text.split(".")
    if name.span.end - name.span.start != len(name.text):
        return name.span
    start = name.span.start + sum(len(part) + 1 for part in parts[:number])
    return Span(start, start + len(parts[number]))

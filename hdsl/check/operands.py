"""Resolving the inputs of a call: nodes, experiences and constants, with their types and where they come from."""

from __future__ import annotations

from typing import Any, NamedTuple

from hdsl.check import findings
from hdsl.check.fields import Fields, operand_type
from hdsl.check.names import find_experience, report_unknown_value
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.shapes import Shape
from hdsl.graph.typed import ConstantInput, ExperienceInput, InputValue, NodeInput
from hdsl.graph.types import ExperienceOf, Type
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


class Operand(NamedTuple):
    """One input as given. `type` and `shape` are None where a fault hides them, or a constant takes any."""

    value: InputValue
    type: Type | ExperienceOf | None
    shape: Shape | None
    span: Span
    origin: Span
    shown: str
    texts: tuple[tree.Text, ...] = ()
    known: bool = True


class Operands:
    """Resolves inputs in one scope."""

    def __init__(self, report: Report, scope: Scope, fields: Fields) -> None:
        self.report = report
        self.scope = scope
        self.fields = fields

    def operand(self, value: Any, position: str) -> Operand:
        """The operand that an argument stands for; `known` is False after a fault was reported."""
        if type(value) is tree.Name:
            return self._named(value)
        if type(value) is tree.Text:
            return Operand(ConstantInput(value.text, ()), None, None, value.span, value.span, "a text", (value,))
        if type(value) is tree.ListValue and all(isinstance(item, tree.Text) for item in value.items) and value.items:
            texts = tuple(item for item in value.items if isinstance(item, tree.Text))
            constant = ConstantInput(tuple(text.text for text in texts), (len(texts),))
            return Operand(constant, None, (len(texts),), value.span, value.span, "a list of texts", texts)
        self.report.tell(findings.bodies.NotAnInput(position), self.scope.module.source, value.span)
        return Operand(None, None, None, value.span, value.span, "", known=False)

    def _named(self, name: tree.Name) -> Operand:
        if self.fields.is_field(name):
            return self._field(name)
        value = self.scope.values.get(name.text)
        if value is not None:
            value.used = True
            known = value.type is not None
            given: InputValue = NodeInput(name.text) if value.table is None else ExperienceInput(value.table)
            return Operand(given, value.type, value.shape, name.span, value.span, f"`{name.text}`", known=known)
        table = find_experience(self.scope.module, name.text)
        if table is not None:
            here = table.span if table.module == self.scope.module.path else name.span
            return Operand(ExperienceInput(table), table.type, (), name.span, here, f"`{name.text}`")
        if name.text in self.scope.options:
            self.report.tell(findings.bodies.OptionAsInput(name.text), self.scope.module.source, name.span)
        elif name.text not in self.scope.unread and name.text.partition(".")[0] not in self.scope.unread:
            report_unknown_value(self.report, self.scope, name)
        return Operand(None, None, None, name.span, name.span, f"`{name.text}`", known=False)

    def _field(self, name: tree.Name) -> Operand:
        node = self.fields.node(name)
        origin = self.scope.values[name.text.partition(".")[0]].span
        if node is None:
            return Operand(None, None, None, name.span, origin, f"`{name.text}`", known=False)
        kind = operand_type(node.type)
        return Operand(NodeInput(node.name), kind, node.shape, name.span, origin, f"`{name.text}`")

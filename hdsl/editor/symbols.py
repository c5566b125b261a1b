"""What each name of a file stands for: its occurrences, each with the declaration it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hdsl.check.library import library
from hdsl.check.names import find_callable
from hdsl.check.project import PRELUDE
from hdsl.editor.paths import fields_of, nodes_of, parts_of
from hdsl.editor.workspace import Analysis, Workspace, used_path
from hdsl.graph.signature import Signature
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.tree import Name, Span

Kind = Literal[
    "node",
    "input",
    "option",
    "dimension",
    "experience",
    "operation",
    "harness",
    "type",
    "field",
    "module",
    "label",
    "file",
]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A declaration: what it is, its name, and where (line and column of its name, from 1) in which module."""

    kind: Kind
    name: str
    module: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place of a file that names a symbol."""

    span: Span
    symbol: Symbol
    defines: bool = False


@dataclass(slots=True)
class _Names:
    """The names of one body by what they may stand for."""

    values: dict[str, Symbol]
    options: dict[str, Symbol]
    dimensions: dict[str, Symbol]
    operations: dict[str, Symbol]
    annotations: dict[str, tree.TypeExpr]
    """The types of values as they are written."""


def occurrences(workspace: Workspace, analysis: Analysis) -> list[Occurrence]:
    """All names of a file that stand for something, in order."""
    return sorted(_Resolver(workspace, analysis.module).file(analysis.parsed.file), key=lambda each: each.span)


def symbol_at(module: Module, kind: Kind, name: str, span: Span) -> Symbol:
    """The symbol that is declared at a span of a module."""
    return Symbol(kind, name, module.path, *module.source.position(span.start))


class _Resolver:
    def __init__(self, workspace: Workspace, module: Module) -> None:
        self.workspace = workspace
        self.module = module
        self.prelude = library()[PRELUDE]
        self._types: dict[str, tuple[Symbol, tree.TypeDeclaration | tree.RecordDeclaration] | None] = {}
        self._aliases: dict[str, Symbol] = {}
        for item in workspace.tree_of(module).items:
            named = (item.alias or item.module) if isinstance(item, tree.Use) else None
            if named is not None:
                alias = named.text.rpartition(".")[2]
                span = Span(named.span.end - len(alias), named.span.end)
                self._aliases.setdefault(alias, self._symbol("module", Name(alias, span)))

    # Declarations

    def file(self, file: tree.File) -> Iterator[Occurrence]:
        top = self._names()
        for item in file.items:
            match item:
                case tree.Use():
                    yield from self._use(item)
                case tree.TypeDeclaration():
                    yield self._defined("type", item.name)
                    for label in item.labels:
                        yield self._defined("label", Name(label.text.text, label.text.span))
                        yield from (
                            []
                            if label.payload is None
                            else self._type(tree.TypeExpr(label.payload, None, label.span), {})
                        )
                case tree.RecordDeclaration():
                    yield self._defined("type", item.name)
                    for field in item.fields:
                        yield self._defined("field", field.name)
                        yield from self._field_type(field.type)
                case tree.DimConstant():
                    yield self._defined("dimension", item.name)
                case tree.Experience():
                    yield self._defined("experience", item.name)
                    yield from self._sides(item)
                case tree.Operation():
                    yield self._defined("operation", item.name)
                    yield from self._signature(item, self._parameters(item))
                case tree.Harness():
                    yield self._defined("harness", item.name)
                    yield from self._harness(item)
                case tree.Test():
                    names = self._names()
                    nodes = [each for each in item.statements if isinstance(each, tree.Node)]
                    names.values |= {node.name.text: self._symbol("node", node.name) for node in nodes}
                    for statement in item.statements:
                        if isinstance(statement, tree.Node):
                            yield from self._node(statement, names)
                        elif isinstance(statement, tree.Expect):
                            yield from self._call(statement.call, names)
                        else:
                            yield from self._stub(statement.path)
                case tree.Train():
                    yield from self._callable(item.harness, top)
                    for setting in item.settings:
                        if isinstance(setting.value, tree.Name | tree.BoundOperation):
                            yield from self._value(setting.value, top)

    def _names(self) -> _Names:
        dims = {item.text: self._symbol("dimension", item) for item in self._top_dims()}
        return _Names({}, {}, dims, {}, {})

    def _top_dims(self) -> Iterator[Name]:
        for item in self.workspace.tree_of(self.module).items:
            if isinstance(item, tree.DimConstant):
                yield item.name

    def _use(self, use: tree.Use) -> Iterator[Occurrence]:
        named = use.alias or use.module
        if named is None:
            return
        if use.path is not None:
            path = used_path(self.module.path, use.path.text)
            yield Occurrence(use.path.span, Symbol("file", use.path.text, path, 1, 1))
        elif use.module is not None and use.module.text in library():
            yield Occurrence(use.module.span, Symbol("file", use.module.text, use.module.text, 1, 1))
        if use.alias is not None:
            yield self._defined("module", use.alias)

    def _sides(self, item: tree.Experience) -> Iterator[Occurrence]:
        yield from self._type(item.key, {})
        yield from self._type(item.value, {})

    def _harness(self, harness: tree.Harness) -> Iterator[Occurrence]:
        names = self._parameters(harness)
        for statement in harness.body:
            match statement:
                case tree.Node():
                    names.values[statement.name.text] = self._symbol("node", statement.name)
                    if statement.annotation is not None:
                        names.annotations[statement.name.text] = statement.annotation
                case tree.Experience():
                    names.values[statement.name.text] = self._symbol("experience", statement.name)
                case tree.DimConstant():
                    names.dimensions[statement.name.text] = self._symbol("dimension", statement.name)
        yield from self._signature(harness, names)
        for statement in harness.body:
            match statement:
                case tree.Node():
                    yield from self._node(statement, names)
                case tree.Experience():
                    yield self._defined("experience", statement.name)
                    yield from self._sides(statement)
                case tree.DimConstant():
                    yield self._defined("dimension", statement.name)
                case tree.Budget():
                    for option in statement.options:
                        yield from self._value(option.value, names)
        if harness.returned is not None:
            yield from self._reference(harness.returned, names)

    def _parameters(self, item: tree.Operation | tree.Harness) -> _Names:
        names = self._names()
        signature = self.module.callables.get(item.name.text)
        for parameter in item.parameters:
            name = parameter.name
            option = signature is not None and signature.option(name.text) is not None
            symbol = self._symbol("option" if option else "input", name)
            if isinstance(parameter.type, tree.OperationType):
                names.operations[name.text] = symbol
            (names.options if option else names.values)[name.text] = symbol
            if isinstance(parameter.type, tree.TypeExpr):
                names.annotations[name.text] = parameter.type
                if parameter.type.name.text == "dim" and parameter.type.dims is None:
                    names.dimensions[name.text] = symbol
                for dim in parameter.type.dims or ():
                    if dim.size is None:
                        where = Span(dim.span.end - len(dim.name), dim.span.end)
                        names.dimensions.setdefault(dim.name, self._symbol("dimension", Name(dim.name, where)))
        return names

    def _signature(self, item: tree.Operation | tree.Harness, names: _Names) -> Iterator[Occurrence]:
        for parameter in item.parameters:
            symbol = names.options.get(parameter.name.text) or names.values.get(parameter.name.text)
            if symbol is not None:
                yield Occurrence(parameter.name.span, symbol, defines=True)
            match parameter.type:
                case tree.TypeExpr():
                    yield from self._type(parameter.type, names.dimensions)
                case tree.ExperienceType():
                    yield from self._type(parameter.type.key, {})
                    yield from self._type(parameter.type.value, {})
                case tree.OperationType():
                    for each in (*parameter.type.inputs, parameter.type.result):
                        yield from self._type(each, {})
        yield from self._type(item.result, names.dimensions)
        for effect in item.effects if isinstance(item, tree.Operation) else ():
            if effect.argument is not None:
                yield from self._named(effect.argument, names.options)

    # Bodies

    def _node(self, node: tree.Node, names: _Names) -> Iterator[Occurrence]:
        symbol = names.values[node.name.text]
        here = self._symbol("node", node.name)
        yield Occurrence(node.name.span, here, defines=True) if here == symbol else Occurrence(node.name.span, symbol)
        if node.annotation is not None:
            yield from self._type(node.annotation, names.dimensions)
        match node.value:
            case tree.Call():
                yield from self._call(node.value, names)
            case tree.Switch():
                yield from self._switch(node.value, names)
            case tree.Index():
                yield from self._named(node.value.source, names.values)
            case tree.Template():
                yield from self._template(node.value, names)

    def _switch(self, switch: tree.Switch, names: _Names) -> Iterator[Occurrence]:
        yield from self._reference(switch.condition, names)
        annotation = names.annotations.get(switch.condition.text)
        labels = {} if annotation is None else self._labels(annotation.name)
        for case in switch.cases:
            if case.label is not None and case.label.text in labels:
                yield Occurrence(case.label.span, labels[case.label.text])
            if isinstance(case.branch, tree.Template):
                yield from self._template(case.branch, names)
            else:
                yield from self._reference(case.branch, names)

    def _template(self, template: tree.Template, names: _Names) -> Iterator[Occurrence]:
        """The names in the holes of a text."""
        here = {**names.dimensions, **names.options}
        for hole in template.holes:
            found = list(self._reference(hole.name, names))
            yield from found or self._named(hole.name, here)

    def _reference(self, name: Name, names: _Names) -> Iterator[Occurrence]:
        """A node or an input, and the fields of it that are named behind it."""
        root, *fields = parts_of(name)
        if root.text not in names.values:
            return
        yield Occurrence(root.span, names.values[root.text])
        annotation = names.annotations.get(root.text)
        if annotation is not None:
            for part, module, field in fields_of(self.workspace, self.module, annotation.name, fields):
                yield Occurrence(part.span, symbol_at(module, "field", field.text, field.span))

    def _field_type(self, kind: tree.FieldType) -> Iterator[Occurrence]:
        while isinstance(kind, tree.ListOf):
            kind = kind.item
        yield from self._type(tree.TypeExpr(kind, None, kind.span), {})

    def _stub(self, path: Name) -> Iterator[Occurrence]:
        """The harness and the nodes that the path of a stub names."""
        first, *rest = parts_of(path)
        module = self.module
        if first.text in module.uses and rest:
            yield from [Occurrence(first.span, self._aliases[first.text])] if first.text in self._aliases else []
            module, first, rest = module.uses[first.text], rest[0], rest[1:]
        signature = module.callables.get(first.text)
        if signature is None or not signature.is_harness:
            return
        yield Occurrence(first.span, symbol_at(module, "harness", signature.name, signature.span))
        for part, where, node in nodes_of(self.workspace, module, signature.name, rest):
            yield Occurrence(part.span, symbol_at(where, "node", node.text, node.span))

    def _call(self, call: tree.Call, names: _Names) -> Iterator[Occurrence]:
        yield from self._callable(call.operation, names)
        signature = self.signature(call.operation.text)
        for argument in call.arguments:
            if isinstance(argument, tree.Option):
                yield from self._option(argument, signature, names)
            elif isinstance(argument, tree.Name):
                yield from self._value(argument, names)

    def _option(self, option: tree.Option, signature: Signature | None, names: _Names) -> Iterator[Occurrence]:
        declared = signature.option(option.name.text) if signature is not None else None
        if declared is not None and signature is not None:
            module = self._module_of(signature)
            yield Occurrence(option.name.span, symbol_at(module, "option", declared.name, declared.span))
        yield from self._value(option.value, names)

    def _value(self, value: tree.Value | tree.BoundOperation, names: _Names) -> Iterator[Occurrence]:
        match value:
            case tree.BoundOperation():
                yield from self._callable(value.operation, names)
                signature = self.signature(value.operation.text)
                for option in value.options:
                    yield from self._option(option, signature, names)
            case tree.ListValue():
                for item in value.items:
                    yield from self._value(item, names)
            case tree.Pack():
                where = Span(value.span.end - len(value.name), value.span.end)
                yield from self._named(Name(value.name, where), names.dimensions)
            case tree.Name():
                here = {**names.operations, **names.dimensions, **names.options, **names.values}
                found = list(self._named(value, here)) or list(self._reference(value, names))
                yield from found or self._experience(value) or self._callable(value, names)

    def _named(self, name: Name, symbols: dict[str, Symbol]) -> Iterator[Occurrence]:
        if name.text in symbols:
            yield Occurrence(name.span, symbols[name.text])

    def _experience(self, name: Name) -> list[Occurrence]:
        module, last = self._place(name)
        table = module.experiences.get(last.text) if module is not None else None
        if module is None or table is None:
            return []
        return [*self._alias(name), Occurrence(last.span, symbol_at(module, "experience", last.text, table.span))]

    def _callable(self, name: Name, names: _Names) -> Iterator[Occurrence]:
        if name.text in names.operations:
            yield Occurrence(name.span, names.operations[name.text])
            return
        yield from self._alias(name)
        signature = self.signature(name.text)
        if signature is not None:
            kind: Kind = "harness" if signature.is_harness else "operation"
            symbol = symbol_at(self._module_of(signature), kind, signature.name, signature.span)
            yield Occurrence(self._place(name)[1].span, symbol)

    def _type(self, expression: tree.TypeExpr, dimensions: dict[str, Symbol]) -> Iterator[Occurrence]:
        yield from self._alias(expression.name)
        found = self._type_of(expression.name)
        if found is not None:
            yield Occurrence(self._place(expression.name)[1].span, found[0])
        for dim in expression.dims or ():
            if dim.size is None:
                where = Span(dim.span.end - len(dim.name), dim.span.end)
                yield from self._named(Name(dim.name, where), dimensions)

    # Names

    def _type_of(self, name: Name) -> tuple[Symbol, tree.TypeDeclaration | tree.RecordDeclaration] | None:
        if name.text not in self._types:
            module, last = self._place(name)
            items = () if module is None else self.workspace.tree_of(module).items
            self._types[name.text] = next(
                (
                    (symbol_at(module, "type", last.text, item.name.span), item)
                    for item in items
                    if isinstance(item, tree.TypeDeclaration | tree.RecordDeclaration)
                    and item.name.text == last.text
                    and module is not None
                ),
                None,
            )
        return self._types[name.text]

    def _labels(self, name: Name) -> dict[str, Symbol]:
        found, module = self._type_of(name), self._place(name)[0]
        if found is None or module is None or isinstance(found[1], tree.RecordDeclaration):
            return {}
        return {each.text.text: symbol_at(module, "label", each.text.text, each.text.span) for each in found[1].labels}

    def signature(self, name: str) -> Signature | None:
        """The signature of an operation or a harness as it is called here."""
        return find_callable(self.module, self.prelude, name)

    def _module_of(self, signature: Signature) -> Module:
        if signature.module == self.module.path:
            return self.module
        if signature.module in library():
            return library()[signature.module]
        return next((used for used in self.module.uses.values() if used.path == signature.module), self.module)

    def _place(self, name: Name) -> tuple[Module | None, Name]:
        """The module that a name is looked up in, and its last part."""
        alias, dot, last = name.text.rpartition(".")
        if not dot:
            return self.module, name
        return self.module.uses.get(alias), Name(last, Span(name.span.end - len(last), name.span.end))

    def _alias(self, name: Name) -> Iterator[Occurrence]:
        alias = name.text.rpartition(".")[0]
        if alias in self._aliases:
            yield Occurrence(Span(name.span.start, name.span.start + len(alias)), self._aliases[alias])

    def _symbol(self, kind: Kind, name: Name) -> Symbol:
        return symbol_at(self.module, kind, name.text, name.span)

    def _defined(self, kind: Kind, name: Name) -> Occurrence:
        return Occurrence(name.span, self._symbol(kind, name), defines=True)

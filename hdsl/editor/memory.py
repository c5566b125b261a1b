"""What a check found of the nodes of a file, for the next check: a node is checked again only where it may differ.

A node that gave no diagnostics is what it was if its own lines did not change and all that it names is what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hdsl.check.body import Body
from hdsl.check.declarations import Declarer
from hdsl.check.definitions import Definitions
from hdsl.check.names import find_callable, find_experience
from hdsl.check.report import Report
from hdsl.check.scope import Scope, Value
from hdsl.graph.signature import Signature
from hdsl.graph.typed import Module, TypedHarness, TypedNode
from hdsl.graph.types import Type
from hdsl.syntax import tree


class RememberedNode(NamedTuple):
    """A node as it was checked: the names it looked up with what they were, and what checking it did."""

    node: tree.Node
    operands: tuple[str, ...]
    found: tuple[Any, ...]
    callables: tuple[tuple[str, Signature | None], ...]
    used: tuple[str, ...]
    used_options: frozenset[str]
    typed: TypedNode


class RememberedHarness(NamedTuple):
    """A harness that was checked without diagnostics."""

    harness: tree.Harness
    callees: Mapping[str, tuple[object, bool]]
    """What it calls of its own file: the signature of each, and whether that is without errors."""
    signature: Signature
    typed: TypedHarness | None
    is_sound: bool


@dataclass(slots=True)
class FileMemory:
    """What was found in one file.

    `around` is what every node can depend on beside what it names, by value; `declared` all that a harness can.
    """

    around: tuple[Any, ...] = ()
    declared: tuple[Any, ...] = ()
    nodes: dict[str, dict[int, RememberedNode]] = field(default_factory=dict)
    bodies: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    harnesses: dict[str, RememberedHarness] = field(default_factory=dict)
    _modules: list[Module] = field(default_factory=list)

    def enter(self, module: Module) -> None:
        """Forgets what may be different, where the declarations of the module or what it uses are."""
        # The modules are kept, so that no other one can have the identity of one of them.
        modules = list(module.uses.values())
        around = (dict(module.dims), {alias: id(used) for alias, used in module.uses.items()})
        declared = (dict(module.types), dict(module.experiences), dict(module.callables))
        if around != self.around:
            self.nodes.clear()
            self.harnesses.clear()
        elif declared != self.declared:
            self.harnesses.clear()
        self.around, self.declared, self._modules = around, declared, modules

    def nodes_of(self, harness: tree.Harness, scope: Scope) -> dict[int, RememberedNode]:
        """The nodes of a harness as they were; none where its options, dimensions or other statements are not."""
        name = harness.name.text
        others = tuple([_Same(statement) for statement in harness.body if not isinstance(statement, tree.Node)])
        body = (others, dict(scope.options), frozenset(scope.dimensions))
        if self.bodies.get(name) != body:
            self.nodes.pop(name, None)
        self.bodies[name] = body
        return self.nodes.get(name, {})


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Equal to nothing but the same statement."""

    statement: tree.Statement

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.statement is self.statement

    def __hash__(self) -> int:
        return id(self.statement)


class RememberingBody(Body):
    """Checks a body, and takes from memory the nodes that are what they were. `kept` is for the next time."""

    def __init__(
        self,
        report: Report,
        scope: Scope,
        declarer: Declarer,
        definitions: Definitions,
        known: Mapping[int, RememberedNode],
    ) -> None:
        super().__init__(report, scope, declarer, definitions)
        self._known = known
        self.kept: dict[int, RememberedNode] = {}

    def node(self, node: tree.Node) -> None:
        """Checks one node, or puts it in scope as it was."""
        known = self._known.get(id(node))
        if known is not None and known.node is node and self._is_as_it_was(known):
            self._put(known)
        else:
            self._check(node)

    def _is_as_it_was(self, known: RememberedNode) -> bool:
        return known.found == self._found(known.node, known.operands) and all(
            signature is now or signature == now
            for (_, signature), now in zip(known.callables, self._signatures(known.callables), strict=True)
        )

    def _put(self, known: RememberedNode) -> None:
        name, typed, scope = known.node.name, known.typed, self.scope
        for used in known.used:
            scope.values[used].used = True
        scope.used_options |= known.used_options
        scope.later.pop(name.text, None)
        if self.definitions.define(name):
            scope.values[name.text] = Value(typed.type, typed.shape, name.span)
            self.nodes.append(typed)
            self.kept[id(known.node)] = known

    def _check(self, node: tree.Node) -> None:
        scope, reported, typed = self.scope, self.report.count, len(self.nodes)
        operands = tuple(dict.fromkeys(_operands(node.value)))
        found = self._found(node, operands)
        values = [(name, scope.values[name]) for name in operands if name in scope.values]
        was_used = [value.used for _, value in values]
        for _, value in values:
            value.used = False
        used_options, scope.used_options = scope.used_options, set()
        super().node(node)
        used = tuple([name for name, value in values if value.used])
        # What a fault hides is not a fault of this node, and may be gone next time.
        known = all(each is not None and each[0] is not None for each in found[1:])
        if known and self.report.count == reported and len(self.nodes) == typed + 1:
            callables = tuple([(name, self._signature(name)) for name in _callables(node.value)])
            self.kept[id(node)] = RememberedNode(
                node, operands, found, callables, used, frozenset(scope.used_options), self.nodes[-1]
            )
        for (_, value), before in zip(values, was_used, strict=True):
            value.used = value.used or before
        scope.used_options |= used_options

    def _found(self, node: tree.Node, operands: tuple[str, ...]) -> tuple[Any, ...]:
        """What the names in a node stand for: its type as it is written, and its operands."""
        values, module = self.scope.values, self.scope.module
        found: list[Any] = [None if node.annotation is None else self._type(node.annotation.name.text)]
        for name in operands:
            value = values.get(name)
            found.append(find_experience(module, name) if value is None else (value.type, value.shape, value.table))
        return tuple(found)

    def _type(self, name: str) -> Type | None:
        alias, dot, last = name.rpartition(".")
        module = self.scope.module.uses.get(alias) if dot else self.scope.module
        return module.types.get(last) if module is not None else None

    def _signatures(self, callables: tuple[tuple[str, Signature | None], ...]) -> Iterator[Signature | None]:
        return (self._signature(name) for name, _ in callables)

    def _signature(self, name: str) -> Signature | None:
        scope = self.scope
        return scope.operations.get(name) or find_callable(scope.module, scope.prelude, name)


def _operands(value: tree.Expression) -> Iterator[str]:
    """The names of nodes, inputs and experiences in an expression."""
    match value:
        case tree.Call(arguments=arguments):
            yield from (argument.text for argument in arguments if isinstance(argument, tree.Name))
        case tree.Switch(condition=condition, cases=cases):
            yield condition.text
            for case in cases:
                yield from _operands(case.branch) if isinstance(case.branch, tree.Template) else (case.branch.text,)
        case tree.Index(source=source):
            yield source.text
        case tree.Template():
            yield from (hole.name.text for hole in value.holes)


def _callables(value: tree.Expression) -> Iterator[str]:
    """The names of operations and harnesses in an expression, and of what may be one."""
    if not isinstance(value, tree.Call):
        return
    yield value.operation.text
    for argument in value.arguments:
        if isinstance(argument, tree.Option):
            if isinstance(argument.value, tree.BoundOperation):
                yield argument.value.operation.text
            elif isinstance(argument.value, tree.Name):
                yield argument.value.text

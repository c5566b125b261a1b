"""What a check found of the nodes of a file, for the next check: a node is checked again only where it may differ.

A node that gave no diagnostics is what it was if its own lines did not change and all that it names is what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hdsl.check.body import Body
from hdsl.check.declarations import Declarer
from hdsl.check.names import Definitions, find_callable
from hdsl.check.report import Report
from hdsl.check.scope import Scope, Value
from hdsl.graph.signature import Signature
from hdsl.graph.typed import Module, TypedHarness, TypedNode
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
    """What was found in one file; `environment` is what all its bodies could see, by value."""

    environment: tuple[Any, ...] = ()
    nodes: dict[str, dict[int, RememberedNode]] = field(default_factory=dict)
    statements: dict[str, tuple[tree.Statement, ...]] = field(default_factory=dict)
    harnesses: dict[str, RememberedHarness] = field(default_factory=dict)

    def enter(self, module: Module) -> None:
        """Forgets all where the declarations of the module, or the modules it uses, are not what they were."""
        uses = {alias: (id(used), used) for alias, used in module.uses.items()}
        environment = (
            dict(module.types),
            dict(module.dims),
            dict(module.experiences),
            dict(module.callables),
            {alias: identity for alias, (identity, _) in uses.items()},
        )
        if self.environment[:-1] != environment:
            self.nodes.clear()
            self.statements.clear()
            self.harnesses.clear()
        # The modules themselves are kept, so that no other one can have the identity of one of them.
        self.environment = (*environment, [used for _, used in uses.values()])

    def nodes_of(self, harness: tree.Harness) -> dict[int, RememberedNode]:
        """The nodes of a harness as they were; none where what is no node in it has changed."""
        name = harness.name.text
        others = tuple([statement for statement in harness.body if not isinstance(statement, tree.Node)])
        before = self.statements.get(name)
        if before is None or len(before) != len(others) or any(a is not b for a, b in zip(before, others, strict=True)):
            self.nodes.pop(name, None)
        self.statements[name] = others
        return self.nodes.get(name, {})


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
        return known.found == self._found(known.operands) and all(
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
        found = self._found(operands)
        values = [(name, scope.values[name]) for name in operands if name in scope.values]
        was_used = [value.used for _, value in values]
        for _, value in values:
            value.used = False
        used_options, scope.used_options = scope.used_options, set()
        super().node(node)
        used = tuple([name for name, value in values if value.used])
        if self.report.count == reported and len(self.nodes) == typed + 1:
            callables = tuple([(name, self._signature(name)) for name in _callables(node.value)])
            self.kept[id(node)] = RememberedNode(
                node, operands, found, callables, used, frozenset(scope.used_options), self.nodes[-1]
            )
        for (_, value), before in zip(values, was_used, strict=True):
            value.used = value.used or before
        scope.used_options |= used_options

    def _found(self, operands: tuple[str, ...]) -> tuple[Any, ...]:
        values = self.scope.values
        return tuple(
            [
                None if (value := values.get(name)) is None else (value.type, value.shape, value.table)
                for name in operands
            ]
        )

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
            yield from (case.branch.text for case in cases)
        case tree.Index(source=source):
            yield source.text


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

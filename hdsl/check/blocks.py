"""What surrounds the statements of a body: the inputs of a harness and its result, and what a test expects."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check import findings
from hdsl.check.body import Body
from hdsl.check.diagnostic import Place, Related
from hdsl.check.scope import Scope, Value, parameter_signature
from hdsl.check.signatures import dimension_names
from hdsl.graph.signature import Effect, OperationOf, Signature
from hdsl.graph.typed import TypedNode
from hdsl.graph.types import UNKNOWN, is_usable
from hdsl.syntax import tree


def put_inputs_in_scope(scope: Scope, signature: Signature) -> None:
    """Puts the inputs, options and dimensions of a harness in the scope of its body."""
    for wanted in signature.inputs:
        kind = None if wanted.type == UNKNOWN else wanted.type
        if kind is None:
            scope.unread |= {wanted.name}
        scope.values[wanted.name] = Value(kind, wanted.shape, wanted.span, is_input=True)
    for option in signature.options:
        if isinstance(option.kind, OperationOf):
            scope.operations[option.name] = parameter_signature(signature.module, option, option.kind)
        scope.options[option.name] = option
    scope.dimensions.update(dimension_names(signature))


def check_statements(
    body: Body, signature: Signature, harness: tree.Harness, statements: Sequence[tree.Statement]
) -> None:
    """Checks the statements of a harness and what it returns."""
    body.statements(statements)
    if harness.returned is not None:
        _check_returned(body, signature, harness.result, harness.returned)


def _check_returned(body: Body, signature: Signature, result: tree.TypeExpr, name: tree.Name) -> None:
    operand = body.operands.operand(name, "result")
    if not operand.known or not isinstance(operand.type, type(signature.result)) or operand.shape is None:
        return
    if signature.result == UNKNOWN:
        return
    if not is_usable(operand.type, signature.result) or operand.shape != signature.shape:
        source = body.source
        related = [
            Related("result declared here", Place(source, result.span)),
            Related(f"`{name.text}` comes from here", Place(source, operand.origin)),
        ]
        found = findings.bodies.ResultDisagrees(
            name.text, result, operand.type, operand.shape, signature.result, signature.shape
        )
        body.report.tell(found, source, name.span, related=related)


def effects_of(body: Body) -> tuple[Effect, ...]:
    """The union of the effects of a body's nodes, without the options that bound them."""
    found = {effect.name for node in body.nodes for effect in node.effects}
    return tuple(Effect(name) for name in ("llm", "read", "write", "open", "wait", "fails") if name in found)


def _check_not_empty(body: Body, statement: tree.Node) -> None:
    """Reports a node of a test that has no elements: no score comes of it."""
    value = body.scope.values.get(statement.name.text)
    if value is not None and value.shape is not None and 0 in value.shape:
        place = statement.name if statement.annotation is None else statement.annotation
        found = findings.bodies.TestOfNothing(statement.name.text, value.shape)
        body.report.tell(found, body.source, place.span)


def check_expectations(body: Body, statements: Sequence[tree.TestStatement]) -> list[str]:
    """Checks the statements of a test; the names of what it expects, which are nodes like the others."""
    scope = body.scope
    for statement in statements:
        if isinstance(statement, tree.Node):
            scope.later[statement.name.text] = statement
    expected: list[str] = []
    for i, statement in enumerate(statements):
        if isinstance(statement, tree.Node):
            body.node(statement)
            _check_not_empty(body, statement)
            continue
        if isinstance(statement, tree.Given):
            continue
        scope.statement = statement.span
        result, typed, effects = body.call(statement.call, None)
        operation = statement.call.operation
        if result.type is not None and result.type.kind != "score":
            body.report.tell(findings.bodies.ExpectAScore(operation.text), body.source, operation.span)
        elif typed is not None and result.type is not None and result.shape is not None:
            expected.append(f"expect {i}")
            body.nodes.append(TypedNode(expected[-1], typed, result.type, result.shape, effects, statement.span))
    return expected

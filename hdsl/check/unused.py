"""Rules of what is never used in a body: nodes, inputs, options."""

from __future__ import annotations

from hdsl.check import findings
from hdsl.check.body import Body
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.check.scope import Scope, Value
from hdsl.graph.signature import Signature
from hdsl.graph.typed import TypedNode, input_names
from hdsl.syntax import tree


def report_unused(report: Report, body: Body, signature: Signature | None, block: tree.Harness | tree.Test) -> None:
    """Reports what a body without errors defines and never uses; `signature` is that of a harness."""
    scope, source = body.scope, body.source
    if report.has_errors_in(source, block.span):
        return
    nodes = {node.name: node for node in reversed(body.nodes)}
    returned = block.returned if isinstance(block, tree.Harness) else None
    further = set() if returned is None else _made_with(body, returned.text)
    for name, value in scope.values.items():
        if value.used or name.startswith("_"):
            continue
        if value.is_input:
            report.tell(findings.names.UnusedInput(name), source, value.span)
        else:
            meant = returned if name in further and _is_alike(scope, value, returned) else None
            _report_unused_node(report, body, name, value, nodes.get(name), meant)
    if signature is None:
        return
    shapes = {dim for wanted in signature.inputs for dim in wanted.shape} | set(signature.shape)
    for option in signature.options:
        if option.name not in scope.used_options and option.name not in shapes:
            report.tell(findings.names.UnusedInput(option.name), source, option.span)


def _report_unused_node(
    report: Report, body: Body, name: str, value: Value, node: TypedNode | None, meant: tree.Name | None
) -> None:
    """A node that nothing uses may be what should be returned instead of `meant`, of which it is made."""
    related: list[Related] = []
    if meant is not None:
        related = [Related(f"it is computed from `{meant.text}`, which is returned", Place(body.source, meant.span))]
    report.tell(findings.names.UnusedNode(name, node, meant), body.source, value.span, related=related)


def _is_alike(scope: Scope, value: Value, returned: tree.Name | None) -> bool:
    """Whether a node could be returned as well."""
    result = None if returned is None else scope.values.get(returned.text)
    return result is not None and (result.type, result.shape) == (value.type, value.shape)


def _made_with(body: Body, name: str) -> set[str]:
    """The nodes of a body that are made of one, itself among them."""
    users: dict[str, list[str]] = {}
    for node in body.nodes:
        for each in input_names(node.value):
            users.setdefault(each, []).append(node.name)
    waiting, found = [name], {name}
    while waiting:
        more = [each for each in users.get(waiting.pop(), ()) if each not in found]
        found.update(more)
        waiting += more
    return found

"""Rules of what is never used in a body: nodes, inputs, options."""

from __future__ import annotations

from hdsl.check.body import Body
from hdsl.check.diagnostic import Fix, Place, Related
from hdsl.check.mends import SAFE, UNSAFE, statement_removed, written
from hdsl.check.report import Report
from hdsl.check.scope import Value
from hdsl.graph.signature import Signature
from hdsl.graph.typed import input_names
from hdsl.syntax import tree


def report_unused(report: Report, body: Body, signature: Signature | None, block: tree.Harness | tree.Test) -> None:
    """Reports what a body without errors defines and never uses; `signature` is that of a harness."""
    scope, source = body.scope, body.source
    if report.has_errors_in(source, block.span):
        return
    for name, value in scope.values.items():
        if value.used or name.startswith("_"):
            continue
        if value.is_input:
            report.add("unused-input", source, value.span, name=name)
        else:
            _report_unused_node(report, body, name, value, block)
    if signature is None:
        return
    shapes = {dim for wanted in signature.inputs for dim in wanted.shape} | set(signature.shape)
    for option in signature.options:
        if option.name not in scope.used_options and option.name not in shapes:
            report.add("unused-input", source, option.span, name=option.name)


def _report_unused_node(report: Report, body: Body, name: str, value: Value, block: tree.Harness | tree.Test) -> None:
    """A node that nothing uses may be what should be returned, if it is made of what is returned."""
    fixes = _without(body, name)
    related: list[Related] = []
    returned = block.returned if isinstance(block, tree.Harness) else None
    if returned is not None and _is_further(body, name, value, returned.text):
        place = Place(body.source, returned.span)
        related = [Related(f"`{returned.text}` is returned, of which it is made", place)]
        meant = written(body.source, returned.span, name, applicability=UNSAFE, title=f"Return `{name}`")
        fixes = [meant, *(fix._replace(applicability=UNSAFE) for fix in fixes)]
    report.add("unused-node", body.source, value.span, related=related, fixes=fixes, name=name)


def _is_further(body: Body, name: str, value: Value, returned: str) -> bool:
    """Whether a node is made of the returned one, and could be returned as well."""
    result = body.scope.values.get(returned)
    is_alike = result is not None and (result.type, result.shape) == (value.type, value.shape)
    return is_alike and returned in _made_of(body, name)


def _without(body: Body, name: str) -> list[Fix]:
    """The mend of an unused node: it goes. Safe where it is pure; else it may be its use that was forgotten."""
    node = next((node for node in body.nodes if node.name == name), None)
    if node is None:
        return []
    applicability = UNSAFE if node.effects else SAFE
    return statement_removed(body.source, node.span, f"Remove `{name}`", applicability)


def _made_of(body: Body, name: str) -> set[str]:
    """The nodes that a node of a body is made of, itself among them."""
    inputs = {node.name: input_names(node.value) for node in body.nodes}
    waiting, found = [name], {name}
    while waiting:
        more = [each for each in inputs.get(waiting.pop(), ()) if each not in found]
        found.update(more)
        waiting += more
    return found

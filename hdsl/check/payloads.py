"""Rule of payloads in branches: a branch is evaluated for one label, and what stands behind another fails there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.operands import Operand
from hdsl.check.report import Report
from hdsl.graph.typed import CallOf, FieldOf, InputValue, NodeInput, TextOf, TypedNode, input_names
from hdsl.graph.types import Type
from hdsl.meaning.kind import DEFAULT
from hdsl.structure.structures import Choice
from hdsl.syntax import tree
from hdsl.syntax.source import Source


def check_payloads(
    report: Report,
    source: Source,
    switch: tree.Switch,
    condition: Operand,
    branches: Iterable[InputValue | TextOf | None],
    nodes: Iterable[TypedNode],
) -> None:
    """Reports branches that need the record behind another label of what the switch looks at."""
    kind, given = condition.type, condition.value
    if not isinstance(kind, Type) or not isinstance(given, NodeInput):
        return
    if not isinstance(kind.form, Choice):
        return  # no record stands behind any of its labels
    by_name = {each.name: each for each in nodes}
    for case, branch in zip(switch.cases, branches, strict=True):
        if case.label is None:
            continue
        for node in _needed(branch, by_name):
            record = node.type.record
            if record is None or not _is_payload_of(node, given.name):
                continue
            if kind.payload_of(case.label.text) != record:
                found = findings.records.PayloadOfOtherLabel(node.name, node.type, kind, case.label.text)
                related = [Related("taken here", Place(source, node.span))]
                report.tell(found, source, case.branch.span, related=related)
                break


def _is_payload_of(node: TypedNode, name: str) -> bool:
    call = node.value
    return isinstance(call, CallOf) and call.signature.meaning.unwraps and NodeInput(name) in call.inputs


def _needed(branch: InputValue | TextOf | None, nodes: Mapping[str, TypedNode]) -> Iterable[TypedNode]:
    """The nodes whose failure surely fails a branch: what it needs element by element."""
    waiting = list(input_names(branch) if isinstance(branch, TextOf) else ())
    if isinstance(branch, NodeInput):
        waiting.append(branch.name)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        node = nodes.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        yield node
        if isinstance(node.value, FieldOf | TextOf) or _is_elementwise(node):
            waiting += input_names(node.value)


def _is_elementwise(node: TypedNode) -> bool:
    return (
        isinstance(node.value, CallOf) and node.value.signature.kind == DEFAULT and not node.value.signature.is_harness
    )

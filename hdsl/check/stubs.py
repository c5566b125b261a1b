"""Rules of stubs (HG74x): what `given` names is a node that has texts, and what it says fits it and is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from hdsl.check import findings
from hdsl.check.declared_types import text_of_type
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.graph.cost import reached
from hdsl.graph.inline import ProgramTooLarge, inline
from hdsl.graph.loops import turn_axes
from hdsl.graph.program import Node, Program, Stubbed
from hdsl.graph.signature import Signature
from hdsl.graph.stubs import Stub, StubFailure, StubReply, StubText, elements_of, shown_reply, texts_of
from hdsl.graph.typed import CallOf, Module, TypedHarness, TypedNode
from hdsl.syntax import tree

FAILS = "fail"
"""The one function of a reply."""

DEEPEST = 32
"""How many lists may stand in each other."""

_PATHS = 500
"""How many paths of nodes are looked at."""


class _Found(NamedTuple):
    """What a path names: a node of a harness, at the end of a chain of calls."""

    harness: Signature
    path: tuple[str, ...]
    node: TypedNode


def stubs_of(report: Report, module: Module, test: tree.Test) -> tuple[Stub, ...]:
    """The stubs of a test that name nodes, each once; what is wrong with the others is reported."""
    first: dict[str, tree.Given] = {}
    stubs: list[Stub] = []
    for given in (each for each in test.statements if isinstance(each, tree.Given)):
        name = given.path.text
        if _nested(given.reply) > DEEPEST:
            report.tell(findings.stubs.StubTooDeep(name, DEEPEST), module.source, given.path.span)
            continue
        reply = _reply(report, module, given.reply)
        found = _find(report, module, given.path)
        if name in first:
            related = Related("first stub of it", Place(module.source, first[name].path.span))
            report.tell(findings.stubs.StubTwice(name), module.source, given.path.span, related=[related])
        elif found is not None and reply is not None and _has_texts(report, module, given, found.node):
            stubs.append(Stub(found.harness, found.path, name, reply, given.path.span))
        first.setdefault(name, given)
    return tuple(stubs)


def check_stubs(report: Report, module: Module, test: TypedHarness) -> None:
    """Compares the stubs of a test without errors with the nodes that they stand for in it."""
    called = [node.value.signature for node in test.nodes if isinstance(node.value, CallOf)]
    reachable = module.reachable
    if not test.stubs or not all(not each.is_harness or _is_sound(reachable, each) for each in called):
        return
    try:
        whole = inline(module, test)
        used = _needed(whole, test)
        for stub in test.stubs:
            # What is only behind another stub is nevertheless part of what the test is about.
            program = whole if stub in used else inline(module, test._replace(stubs=(stub,)))
            if program is not whole and not _needed(program, test):
                report.tell(findings.stubs.UnusedStub(stub.shown), module.source, stub.span)
            turns = turn_axes(program)
            for node in program.nodes.values():
                if isinstance(node.what, Stubbed) and node.what.stub == stub:
                    _check_fit(report, module, node, node.what, turns.get(node.path, frozenset()))
    except ProgramTooLarge:
        return  # told of the harness that is


def _needed(program: Program, test: TypedHarness) -> set[Stub]:
    """The stubs of nodes that the expectations need."""
    nodes = reached(program, test.expectations)
    return {node.what.stub for node in nodes if isinstance(node.what, Stubbed)}


def paths_of(module: Module) -> Iterator[str]:
    """The first of the paths that a test of this module may give, those of calls before those of the nodes in them."""
    yield from islice(_all_paths(module), _PATHS)


def _all_paths(module: Module) -> Iterator[str]:
    harnesses = [(name, module, name) for name in module.harnesses]
    for alias, used in module.uses.items():
        harnesses += [(f"{alias}.{name}", used, name) for name in used.harnesses]
    for shown, where, name in harnesses:
        yield from _paths_in(where.reachable, where.harnesses[name], shown)


def _paths_in(modules: Mapping[str, Module], harness: TypedHarness, shown: str) -> Iterator[str]:
    for node in harness.nodes:
        if node.type.kind == "text" and _is_named(node):
            yield f"{shown}.{node.name}"
        callee = _called(modules, node)
        if callee is not None:
            yield from _paths_in(modules, callee, f"{shown}.{node.name}")


def _is_sound(modules: Mapping[str, Module], signature: Signature) -> bool:
    return signature.module in modules and signature.name in modules[signature.module].sound


def _nested(reply: tree.Reply) -> int:
    """How many lists stand in each other."""
    depth, level = 0, [reply]
    while level := [item for each in level if isinstance(each, tree.Replies) for item in each.items]:
        depth += 1
    return depth


def _reply(report: Report, module: Module, reply: tree.Reply) -> StubReply | None:
    """What a node is to say; None after reporting what is not a reply."""
    if isinstance(reply, tree.Text):
        return StubText(reply.text, reply.span)
    if isinstance(reply, tree.Failure):
        if reply.function.text != FAILS:
            report.tell(findings.stubs.UnknownReply(reply.function.text), module.source, reply.function.span)
            return None
        return StubFailure(reply.reason.text, reply.span)
    replies = [_reply(report, module, each) for each in reply.items]
    known = tuple(each for each in replies if each is not None)
    return known if len(known) == len(replies) else None


def _find(report: Report, module: Module, path: tree.Name) -> _Found | None:
    """The node that a path names; None after reporting that there is none, or where another fault hides it."""
    parts = path.text.split(".")
    where, beginning = module, parts[:1]
    if parts[0] in module.uses and len(parts) > 1:
        where, beginning = module.uses[parts[0]], parts[:2]
    signature = where.callables.get(beginning[-1])
    if signature is None or not signature.is_harness:
        if where.complete:
            _unknown(report, module, path, "", list(paths_of(module)))
        return None
    modules = where.reachable
    harness = where.harnesses.get(signature.name)
    rest = tuple(parts[len(beginning) :])
    for depth, name in enumerate(rest):
        if harness is None:
            return None  # its body has faults of its own
        shown = ".".join([*beginning, *rest[:depth]])
        node = next((each for each in harness.nodes if each.name == name), None)
        if node is None:
            inside = [f"{shown}.{each.name}" for each in harness.nodes if _is_named(each)]
            is_input = any(wanted.name == name for wanted in harness.signature.inputs)
            if signature.name in where.sound:
                _unknown(report, module, path, shown, inside, is_input=is_input)
            return None
        if depth == len(rest) - 1:
            return _Found(signature, rest, node)
        harness = _called(modules, node)
        if harness is None and not (isinstance(node.value, CallOf) and node.value.signature.is_harness):
            report.tell(findings.stubs.StubInsideNode(path.text, f"{shown}.{name}"), module.source, path.span)
            return None
    if harness is not None:
        shown = path.text
        inside = [f"{shown}.{each.name}" for each in harness.nodes if _is_named(each)]
        _unknown(report, module, path, shown, inside, is_harness=True)
    return None


def _unknown(
    report: Report,
    module: Module,
    path: tree.Name,
    inside: str,
    nodes: Sequence[str],
    *,
    is_input: bool = False,
    is_harness: bool = False,
) -> None:
    known = report.likely(path.text, nodes[:_PATHS])
    found = findings.stubs.UnknownStub(path.text, inside, nodes, known, is_input, is_harness)
    report.tell(found, module.source, path.span)


def _is_named(node: TypedNode) -> bool:
    """Whether a node is one that the author has named: the field of a record is a node, too."""
    return node.name.isidentifier()


def _called(modules: Mapping[str, Module], node: TypedNode) -> TypedHarness | None:
    """The harness that a node is a call of; None where it is none, or has no whole body."""
    if not isinstance(node.value, CallOf) or not node.value.signature.is_harness:
        return None
    signature = node.value.signature
    module = modules.get(signature.module)
    return None if module is None else module.harnesses.get(signature.name)


def _has_texts(report: Report, module: Module, given: tree.Given, node: TypedNode) -> bool:
    if node.type.kind == "text":
        return True
    report.tell(findings.stubs.StubOfNoText(given.path.text, node.type), module.source, given.path.span)
    return False


def _check_fit(report: Report, module: Module, node: Node, what: Stubbed, turns: frozenset[int]) -> None:
    stub = what.stub
    room = frozenset({len(node.shape) - 1}) if what.makes_room else frozenset()
    if elements_of(stub.reply, node.shape, turns | room) is None:
        found = findings.stubs.StubShapeDisagrees(stub.shown, shown_reply(stub.reply), node.shape, bool(turns))
        report.tell(found, module.source, stub.span)
    for text in texts_of(stub.reply):
        element = text_of_type(report, text.text, node.type)
        if not isinstance(element, str):
            report.tell(element, module.source, text.span)

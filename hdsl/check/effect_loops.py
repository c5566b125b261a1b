"""Rules of loops with effects: they end, make progress, and are used as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.graph.failing import may_fail
from hdsl.graph.loops import Loop, is_effectful
from hdsl.graph.model_options import asks_with_the_loop
from hdsl.graph.program import Node
from hdsl.graph.signature import OperationOf
from hdsl.graph.typed import BoundOperation


def loops_over_nothing(harness: EffectHarness) -> None:
    """Reports a call that gives a loop of what it calls no turn."""
    for path, loop in harness.loops.items():
        if loop.body is not None and harness.program.nodes[loop.body].shape[-1] == 0:
            harness.tell(findings.types.LoopOverNothing(harness.statement(path)), path)


def check_loops(harness: EffectHarness) -> None:
    """Reports each loop that cannot work, once for each body."""
    bodies: set[str] = set()
    for path, loop in harness.loops.items():
        told_by = loop.body or path
        if told_by not in bodies and (harness.is_own(path) or _binds_less(harness, harness.statement(path))):
            bodies.add(told_by)
            _loop(harness, path, loop)


def _loop(harness: EffectHarness, path: str, loop: Loop) -> None:
    if loop.takes_all:
        return
    asked = [*loop.inside, *harness.needed(source for _, source in loop.stacks)]
    names = {effect.name for each in asked for effect in harness.program.nodes[each].effects}
    related = [] if loop.body is None else [Related("the body of the loop", harness.place(loop.body))]
    if loop.body is None or not may_fail(harness.program, loop.body, asked):
        harness.tell(findings.effects.LoopWithoutValidator(harness.statement(path)), path, related)
    elif not loop.stacks and not names & {"llm", "read", "write"}:
        harness.tell(findings.effects.LoopWithoutProgress(harness.statement(path)), path, related)


def _binds_less(harness: EffectHarness, statement: str) -> bool:
    """Whether a call passes an operation that has not all effects which the harness it calls may count on."""
    call = harness.calls[statement]
    for name, value in call.options.items():
        option = call.signature.option(name)
        if isinstance(value, BoundOperation) and option is not None and isinstance(option.kind, OperationOf):
            wanted = {effect.name for effect in option.kind.effects}
            if value.signature is not None and wanted - {effect.name for effect in value.signature.effects}:
                return True
    return False


def looks_at_other_turns(harness: EffectHarness, path: str, loop: Loop) -> bool:
    """Reports nodes of a loop that use effects of its other turns."""
    found = False
    for node, source in loop.crossings:
        if harness.is_own(node) and harness.needs_effect(source):
            found = True
            related = [Related("the loop", harness.place(path))]
            harness.tell(findings.effects.LooksAtOtherTurns(harness.statement(node)), node, related)
    for node, source in loop.stacks:
        if harness.is_own(node) and harness.needs_effect(source):
            found = True
            related = [Related("the loop", harness.place(path))]
            stacked = findings.effects.StackedTurns(harness.statement(node), takes_all=loop.takes_all)
            harness.tell(stacked, node, related)
    return found


def used_outside(harness: EffectHarness) -> bool:
    """Reports nodes of a loop with effects, or that ask a model, that something outside of it needs too."""
    found = False
    users: dict[str, list[Node]] = {}
    for node in harness.nodes:
        for path in node.input_paths:
            users.setdefault(path, []).append(node)
    for path, loop in harness.loops.items():
        for inside in loop.inside:
            outside = [
                user.path
                for user in users.get(inside, ())
                if user.path != path and user.path not in loop.inside and harness.is_own(user.path)
            ]
            carried = list(_carried(harness, inside, loop)) if outside else []
            for user_path in outside:
                finding = _outside(harness, path, user_path, inside, carried)
                if finding is not None:
                    found = True
                    harness.tell(finding, user_path, [Related("it belongs to this loop", harness.place(path))])
    return found


def _outside(
    harness: EffectHarness, loop: str, user: str, inside: str, carried: Sequence[Node]
) -> findings.finding.Finding | None:
    """What is wrong with the use of a node of a loop outside of it; None if nothing is."""
    if any(is_effectful(node) for node in carried):
        return findings.effects.LoopNodeOutside(harness.statement(user), harness.statement(inside))
    asking = next((node for node in carried if asks_with_the_loop(node)), None)
    nodes = harness.program.nodes
    asks_alike = user in harness.loops and nodes[user].input_paths == nodes[loop].input_paths  # with one goal and body
    if asking is None or asks_alike:
        return None
    call = asking.span if harness.is_own(asking.path) else None
    return findings.effects.AskedOutsideLoop(harness.statement(user), harness.statement(asking.path), call)


def _carried(harness: EffectHarness, path: str, loop: Loop) -> Iterator[Node]:
    """A node of a loop and all that it is made of in the same turn."""
    waiting, seen = [path], {path}
    while waiting:
        node = harness.program.nodes[waiting.pop()]
        yield node
        for source in node.input_paths:
            if source in loop.inside and source not in seen:
                seen.add(source)
                waiting.append(source)

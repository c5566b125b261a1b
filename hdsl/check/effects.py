"""Rules of effects (HG5xx): one proven order of all that is done to one thing, and loops that can work."""

from __future__ import annotations

from collections.abc import Callable

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.check.effect_loops import check_loops, looks_at_other_turns, loops_over_nothing, used_outside
from hdsl.check.effect_order import check_order
from hdsl.check.effect_owed import owed_faults
from hdsl.check.effect_steps import misplaced_waits
from hdsl.check.effect_writes import repeated_writes, shared_paths
from hdsl.check.report import Report
from hdsl.graph.places import Places, places_of
from hdsl.graph.program import Program
from hdsl.graph.things import shared_session
from hdsl.graph.typed import CallOf, Module, TypedHarness
from hdsl.meaning.kind import Gives

CONCERNED = frozenset({"read", "write", "wait", "fails"})


def check_effects(report: Report, module: Module, harness: TypedHarness, inlined: Callable[[], Program]) -> None:
    """Checks a harness whose body has no other errors, with all it calls inlined."""
    if not any(_is_concerned(node.value) for node in harness.nodes if isinstance(node.value, CallOf)):
        return
    program = inlined()
    if program.result not in program.nodes:
        return
    _check(EffectHarness(report, module, harness, program))


def _is_concerned(call: CallOf) -> bool:
    meaning = call.signature.meaning
    return meaning.takes_turns or meaning.owes or any(effect.name in CONCERNED for effect in call.signature.effects)


def _check(harness: EffectHarness) -> None:
    loops_over_nothing(harness)
    if _unknown_demands(harness):
        return
    places = places_of(harness.program, harness.nodes)
    _unreached_writes(harness, places)
    crossed = [looks_at_other_turns(harness, path, loop) for path, loop in harness.loops.items()]
    if any(crossed):
        return
    check_loops(harness)
    misplaced_waits(harness)
    if owed_faults(harness, places):
        return
    repeated_writes(harness)
    shared_paths(harness, places)
    is_used_outside = used_outside(harness)
    _shared_sessions(harness, places, turns_are_left=is_used_outside)
    if not is_used_outside:
        check_order(harness, places)


def _unknown_demands(harness: EffectHarness) -> bool:
    """Reports operations that do not say what they ask for, if there are effects behind what they take."""
    found = False
    for node in harness.nodes:
        if not node.meaning.is_known and harness.is_own(node.path):
            behind = next((path for path in node.input_paths if harness.needs_effect(path)), None)
            if behind is not None:
                found = True
                related = [Related("this has effects, or depends on a node that has", harness.place(behind))]
                harness.tell(findings.effects.UnknownDemand(node.shown), node.path, related)
    return found


def _unreached_writes(harness: EffectHarness, places: Places) -> None:
    """Reports what would write and is never needed; a sequence or a switch of such writes instead of them."""
    used = {harness.statement(path) for path, found in places.of_node.items() if found}
    writing: dict[str, None] = {}
    handed_on: set[str] = set()
    for node in harness.program.nodes.values():
        statement = harness.statement(node.path)
        hands_on = node.meaning.gives is not Gives.ITS_OWN
        sources = [harness.statement(path) for path in node.input_paths] if hands_on else []
        written = [source for source in sources if source in writing and source != statement]
        if statement not in used and (harness.writes(node) or written):
            writing[statement] = None
            handed_on.update(written)
    sequences = [node.path for node in harness.nodes if node.meaning.has_steps and harness.is_own(node.path)]
    for statement in writing:
        if statement not in handed_on:
            behind = [path for path in sequences if harness.spans[path].start > harness.spans[statement].start]
            related = [Related("it is not a step of this `sequential`", harness.place(behind[0]))] if behind else []
            harness.tell(findings.effects.UnreachedWrite(harness.statement(statement)), statement, related)


def _shared_sessions(harness: EffectHarness, places: Places, *, turns_are_left: bool) -> None:
    told: set[str] = set()
    in_loops = {path for loop in harness.loops.values() for path in loop.inside} if turns_are_left else set()
    for node in harness.nodes:
        if node.path in in_loops or not any(effect.name in ("read", "write", "wait") for effect in node.effects):
            continue
        found = shared_session(harness.program, places, node)
        if found is None:
            continue
        expand, along_last = found
        if expand not in told and (harness.is_own(expand) or harness.is_own(node.path)):
            told.add(expand)
            used = Related(f"`{harness.statement(node.path)}` uses it concurrently", harness.place(node.path))
            harness.tell(findings.effects.SharedSession(harness.statement(expand), along_last), expand, [used])

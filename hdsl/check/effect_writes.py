"""Rules of writes: each is done once, and no two elements write one thing at once."""

from __future__ import annotations

from collections.abc import Iterator

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.graph.places import AT, Place, Places
from hdsl.graph.program import Index, Node, NodeArgument
from hdsl.graph.typed import CallOf
from hdsl.graph.varying import varies
from hdsl.meaning.demand import After
from hdsl.meaning.kind import Gives

Done = tuple[str, str]
"""A write, by its path and by what of it is meant: which elements, and when."""


def repeated_writes(harness: EffectHarness) -> None:
    """Reports steps whose writes an earlier step of the same sequence has done: they are not done again."""
    for sequence in harness.nodes:
        if not sequence.meaning.has_steps or not harness.is_own(sequence.path):
            continue
        done: dict[Done, str] = {}
        for position, path in enumerate(sequence.input_paths):
            writes = list(_writes_of(harness, path, ""))
            again = next((write for write in writes if write in done), None)
            if again is not None:
                statement = harness.statement(path)
                earlier = [harness.statement(each) for each in sequence.input_paths[:position]].count(statement)
                found = findings.effects.RepeatedWrite(
                    statement,
                    harness.statement(again[0]),
                    sequence=harness.spans[sequence.path],
                    statements=harness.spans,
                    can_be_copied=_can_be_copied(harness, path),
                )
                first = Related("done here, as a step before", harness.step_place(sequence.path, done[again]))
                harness.tell(found, path, [first], harness.step_place(sequence.path, path, earlier))
            for write in writes:
                done.setdefault(write, path)


def _writes_of(harness: EffectHarness, path: str, elements: str) -> Iterator[Done]:
    """The writes that a step is, or hands on: those of its own steps, branches or turns."""
    node = harness.program.nodes[path]
    if harness.writes(node):
        yield path, elements
    if node.meaning.gives is Gives.ITS_OWN and not node.meaning.takes_turns:
        return
    if isinstance(node.what, Index):
        elements += repr(node.what.items)
    demand = harness.program.demands[path]
    chosen = [stage for stage in demand if stage.is_choice or stage.takes_turns] or demand
    for stage in chosen:
        # What is done perhaps is known to have been done only where the same node decides it.
        is_certain = not stage.is_choice and stage.after is not After.FAILURE
        means = elements if is_certain else f"{elements}, if {path} takes it"
        for access in stage.accesses:
            argument = node.arguments[access.input]
            if isinstance(argument, NodeArgument):
                yield from _writes_of(harness, argument.path, means)


def _can_be_copied(harness: EffectHarness, path: str) -> bool:
    """Whether a copy of the statement does it again: it is the write itself, or a call of a harness that has it."""
    if harness.is_own(path):
        return harness.writes(harness.program.nodes[path])
    call = harness.calls.get(harness.statement(path))
    return isinstance(call, CallOf) and call.signature.is_harness


def shared_paths(harness: EffectHarness, places: Places) -> None:
    """Reports writes of several elements at once to what is one thing for all of them.

    What an operation without a session writes is what its first input names.
    """
    told: set[str] = set()
    for node in harness.nodes:
        statement = harness.statement(node.path)
        if not harness.writes(node) or any(node.sessions) or statement in told:
            continue
        if not harness.is_own(node.path) and harness.report.found("shared-path", node.source, node.span):
            continue
        if any(
            _is_shared(harness, node, place, axis, places)
            for place in places.of_node[node.path]
            for axis in range(len(node.shape))
        ):
            told.add(statement)
            named = node.arguments[0] if node.arguments else None
            related = []
            if isinstance(named, NodeArgument) and harness.statement(named.path) != statement:
                related = [Related("one and the same for several elements", harness.place(named.path))]
            harness.tell(findings.effects.SharedPath(statement), node.path, related)


def _is_shared(harness: EffectHarness, node: Node, place: Place, axis: int, places: Places) -> bool:
    """Whether elements along an axis are written at once, and to one thing."""
    coordinate = place.coordinates[axis]
    if node.shape[axis] == 1 or coordinate.axis in places.turns or (coordinate.axis == AT and not coordinate.ranges):
        return False
    named = node.arguments[0] if node.arguments else None
    if isinstance(named, NodeArgument):
        rank = len(harness.program.nodes[named.path].shape)
        return axis >= rank or not varies(harness.program, named.path, axis)
    texts = getattr(named, "texts", "")
    return isinstance(texts, str) or axis != len(node.shape) - 1

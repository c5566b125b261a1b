"""Rules of writes: each is done once, and no two elements write one thing at once."""

from __future__ import annotations

from collections.abc import Iterator

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.graph.places import AT, Place, Places
from hdsl.graph.program import Index, Node, NodeArgument
from hdsl.graph.typed import CallOf
from hdsl.graph.varying import Varying, argument_varies, varying
from hdsl.meaning.demand import After
from hdsl.meaning.kind import Gives

Done = tuple[str, str]
"""A write, by its path and by what of it is meant: which elements, and when."""


_MOST_WRITES = 500
_LONGEST = 2000
"""How much is remembered of the writes of one node, and of what is meant of each."""


def repeated_writes(harness: EffectHarness) -> None:
    """Reports steps whose writes an earlier step of the same sequence has done: they are not done again."""
    sequences = [node for node in harness.nodes if node.meaning.has_steps and harness.is_own(node.path)]
    handed = _handed_on(harness) if any(len(node.input_paths) > 1 for node in sequences) else {}
    for sequence in sequences:
        done: dict[Done, str] = {}
        for position, path in enumerate(sequence.input_paths):
            writes = handed.get(path, ())
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


def _handed_on(harness: EffectHarness) -> dict[str, tuple[Done, ...]]:
    """The writes that each node is, or hands on: those of its own steps, branches or turns."""
    handed: dict[str, tuple[Done, ...]] = {}
    for node in harness.nodes:
        found: dict[Done, None] = {(node.path, ""): None} if harness.writes(node) else {}
        if node.meaning.gives is not Gives.ITS_OWN or node.meaning.takes_turns:
            elements = repr(node.what.items) if isinstance(node.what, Index) else ""
            for source, is_certain in _passed_on(harness, node):
                # What is done perhaps is known to have been done only where the same node decides it.
                means = elements if is_certain else f"{elements}, if {node.path} takes it"
                found.update(((path, (kept + means)[-_LONGEST:]), None) for path, kept in handed.get(source, ()))
        handed[node.path] = tuple(found)[:_MOST_WRITES]
    return handed


def _passed_on(harness: EffectHarness, node: Node) -> Iterator[tuple[str, bool]]:
    """The inputs that a node hands on, and whether it does in any case."""
    demand = harness.program.demands[node.path]
    chosen = [stage for stage in demand if stage.is_choice or stage.takes_turns] or demand
    for stage in chosen:
        for access in stage.accesses:
            argument = node.arguments[access.input]
            if isinstance(argument, NodeArgument):
                yield argument.path, not stage.is_choice and stage.after is not After.FAILURE


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
    writes = [node for node in harness.nodes if harness.writes(node) and not any(node.sessions)]
    known = varying(harness.program) if any(size != 1 for node in writes for size in node.shape) else {}
    for node in writes:
        statement = harness.statement(node.path)
        if statement in told:
            continue
        if not harness.is_own(node.path) and harness.report.found("shared-path", node.source, node.span):
            continue
        axes = range(len(node.shape))
        if any(_is_shared(known, node, place, axis, places) for place in places.of_node[node.path] for axis in axes):
            told.add(statement)
            named = node.arguments[0] if node.arguments else None
            related = []
            if isinstance(named, NodeArgument) and harness.statement(named.path) != statement:
                related = [Related("one and the same for several elements", harness.place(named.path))]
            harness.tell(findings.effects.SharedPath(statement), node.path, related)


def _is_shared(known: Varying, node: Node, place: Place, axis: int, places: Places) -> bool:
    """Whether elements along an axis are written at once, and to one thing."""
    coordinate = place.coordinates[axis]
    if node.shape[axis] == 1 or coordinate.axis in places.turns or (coordinate.axis == AT and not coordinate.ranges):
        return False
    return not node.arguments or not argument_varies(known, node.arguments[0], axis)

"""Rules of the steps of a `sequential`: nothing is read too early, and nothing waits behind what may fail."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.graph.failing import validators
from hdsl.graph.loops import is_effectful
from hdsl.graph.order import Order
from hdsl.graph.program import Node


def stale_reads(harness: EffectHarness, order: Order) -> None:
    """Reports steps that were read before an earlier step writes."""
    for sequence in harness.nodes:
        if not sequence.meaning.has_steps or not harness.is_own(sequence.path):
            continue
        for position, path in enumerate(sequence.input_paths):
            read = harness.passed_on(path)
            if not is_effectful(read) or harness.writes(read):
                continue
            write = _write_between(harness, sequence.input_paths[:position], read, order)
            if write is not None:
                related = [
                    Related("written here, after the read", harness.place(write)),
                    Related("read here once, before the write", harness.place(path)),
                ]
                place = harness.step_place(sequence.path, path)
                stale = findings.effects.StaleRead(
                    harness.statement(path),
                    harness.statement(write),
                    sequence=harness.spans[sequence.path],
                    statements=harness.spans,
                    can_be_copied=read.path == path and harness.is_own(path),
                )
                harness.tell(stale, path, related, place)


def _write_between(harness: EffectHarness, steps: Sequence[str], read: Node, order: Order) -> str | None:
    """A write of the steps before, to a thing of the read, that comes after the read was first needed."""
    origins = harness.origins(read, order.places)
    waiting, seen = list(steps), set(steps)
    while waiting:
        node = harness.program.nodes[waiting.pop()]
        if harness.writes(node):
            common = [origin for origin in harness.origins(node, order.places) if origin in origins]
            if any(order.before(read.path, node.path, origin) for origin in common):
                return node.path
        for source in node.input_paths:
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return None


def misplaced_waits(harness: EffectHarness) -> None:
    """Reports waits behind a step that may fail."""
    for sequence in harness.nodes:
        if not sequence.meaning.has_steps or not harness.is_own(sequence.path):
            continue
        failing: Node | None = None
        for path in sequence.input_paths:
            node = harness.program.nodes[path]
            effects = {effect.name for effect in node.effects}
            if failing is not None and "wait" in effects and "fails" not in effects:
                related = [Related("if this fails, the wait is skipped", harness.place(failing.path))]
                place = harness.step_place(sequence.path, path)
                validator = harness.statement(failing.path)
                step = harness.step_place(sequence.path, validator).span
                harness.tell(
                    findings.effects.WaitBehindValidator(harness.statement(path), validator, step),
                    path,
                    related,
                    place,
                )
                break
            if "write" in effects:
                # What waits behind a write waits for it, and is not needed without it.
                failing = None
            failing = _validator(harness, path) or failing


def _validator(harness: EffectHarness, path: str) -> Node | None:
    """The validator that a step is or ends with; one that writes has waited for that itself."""
    return next((node for node in validators(harness.program, path) if not harness.writes(node)), None)

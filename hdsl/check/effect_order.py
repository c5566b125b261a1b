"""The rule of order: each two effects on one thing, one of them a write, are in one proven order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.check.effect_steps import stale_reads
from hdsl.graph.inline import ProgramTooLarge
from hdsl.graph.loops import is_effectful
from hdsl.graph.order import EXACT_UP_TO, meeting, order_of, ordered_by_branches
from hdsl.graph.places import Places
from hdsl.graph.program import Node
from hdsl.graph.things import FILES, origin
from hdsl.graph.typed import NodeInput
from hdsl.graph.types import Type

MOST_PAIRS = 30_000
"""Pairs of effects on one session or the files, of which the order is proven."""

MOST_CONFLICTS = 100
"""Pairs without an order that are looked at to tell where they meet."""


def check_order(harness: EffectHarness, places: Places) -> None:
    """Reports effects on one thing without a proven order, and reads that are stale where they stand."""
    effectful = [node for node in harness.nodes if is_effectful(node)]
    if len(effectful) < 2:
        return
    order = order_of(harness.program, places)
    pairs = list(islice(_pairs(harness, effectful, places), MOST_PAIRS + 1))
    if len(pairs) > MOST_PAIRS:
        raise ProgramTooLarge(f"the effects of a harness on one thing are more than {MOST_PAIRS:,} pairs to order")
    conflicts = [pair for pair in pairs if not order.ordered(*pair)]
    is_small = len(places.order) <= EXACT_UP_TO
    if conflicts and is_small:
        exact = order_of(harness.program, places, exact=True)
        conflicts = [pair for pair in conflicts if not exact.ordered(*pair)]
    told: set[tuple[str, str | None]] = set()
    for one, other, where in conflicts[:MOST_CONFLICTS]:
        meet = meeting(harness.nodes, one, other)
        if (where, meet) in told or (is_small and ordered_by_branches(harness.program, places, one, other, where)):
            continue
        told.add((where, meet))
        _unordered(harness, one, other, where, meet)
    stale_reads(harness, order)


def _pairs(harness: EffectHarness, effectful: Sequence[Node], places: Places) -> Iterator[tuple[str, str, str]]:
    """The pairs of effects on one session or the files, one of them a write, with what they are on."""
    by_origin: dict[str, list[Node]] = {}
    for node in effectful:
        for where in harness.origins(node, places):
            by_origin.setdefault(where, []).append(node)
    for where, nodes in by_origin.items():
        writes = {node.path for node in nodes if harness.writes(node)}
        for i, other in enumerate(nodes if writes else ()):
            for one in nodes[:i]:
                if (one.path in writes or other.path in writes) and not _already_reported(
                    harness, one.path, other.path
                ):
                    yield one.path, other.path, where


def _already_reported(harness: EffectHarness, one: str, other: str) -> bool:
    """Whether a pair inside one call is a fault of what is called, which is not given one session twice."""
    statement = harness.statement(one)
    if harness.is_own(one) or harness.is_own(other) or statement != harness.statement(other):
        return False
    call = harness.calls[statement]
    given = [
        each.name
        for wanted, each in zip(call.signature.inputs, call.inputs, strict=False)
        if isinstance(wanted.type, Type) and wanted.type.kind == "session" and isinstance(each, NodeInput)
    ]
    opened = [origin(harness.program, name) if name in harness.program.nodes else name for name in given]
    return len(set(opened)) == len(opened)


def _unordered(harness: EffectHarness, one: str, other: str, thing: str, meet: str | None) -> None:
    what = "the file system" if thing == FILES else f"the session `{harness.statement(thing)}`"
    first, second = harness.statement(one), harness.statement(other)
    related = [Related(f"this {_does(harness, each)} {what}", harness.place(each)) for each in (one, other)]
    harness.tell(findings.effects.UnorderedEffects(first, second, what), meet or other, related)


def _does(harness: EffectHarness, path: str) -> str:
    return "writes to" if harness.writes(harness.program.nodes[path]) else "reads"

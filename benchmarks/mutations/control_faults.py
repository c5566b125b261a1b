"""Faults of the forms that follow a success, a failure or an end: alternatives, what is owed, one after the other."""

import re
from collections.abc import Iterator

from benchmarks.mutations.effect_faults import Reach
from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.use_faults import inputs_of
from hdsl.syntax import tree

EFFECTS = ("HG5",)
Form = tuple[tree.Harness, tree.Node, tree.Call, list[tree.Name]]


def forms(sample: Sample, operation: str) -> Iterator[Form]:
    """The calls of an operation whose inputs are all named."""
    for harness, node, call in sample.calls:
        given = inputs_of(call)
        if call.operation.text == operation and all(isinstance(each, tree.Name) for each in given):
            yield harness, node, call, [each for each in given if isinstance(each, tree.Name)]


def joined_alternatives(sample: Sample) -> Iterator[Fault]:
    """A `join` for a `fallback` whose alternatives touch one thing."""
    for harness, node, call, given in forms(sample, "fallback"):
        reach = Reach(sample, harness)
        if any(reach.race(one.text, other.text) for i, other in enumerate(given) for one in given[:i]):
            at = call.operation.span
            yield Fault((Edit(at.start, at.end, "join"),), EFFECTS, (node.span.start,))


def end_that_needs_the_first(sample: Sample) -> Iterator[Fault]:
    """What is always done in the end is made of what it ends."""
    for _, node, _, (first, last) in forms(sample, "always"):
        annotation = _annotation(sample, node)
        start = sample.text.rindex("\n", 0, node.span.start) + 1
        line = f"  both_ends: {annotation} = sequential({first.text}, {last.text})\n"
        edits = (Edit(start, start, line), Edit(last.span.start, last.span.end, "both_ends"))
        yield Fault(edits, EFFECTS, (node.span.start,))


def end_that_asks(sample: Sample) -> Iterator[Fault]:
    """What is always done in the end asks a model."""
    for harness, node, _, (_, last) in forms(sample, "always"):
        if "budget(" in sample.written(harness.span):
            annotation = _annotation(sample, node)
            start = sample.text.rindex("\n", 0, node.span.start) + 1
            line = f'  asked_why: {annotation} = llm({last.text}, task="Why?")\n'
            edits = (Edit(start, start, line), Edit(last.span.start, last.span.end, "asked_why"))
            yield Fault(edits, EFFECTS, (node.span.start,))


def first_used_elsewhere(sample: Sample) -> Iterator[Fault]:
    """What is ended is also needed beside its end."""
    for harness, node, _, (first, _) in forms(sample, "always"):
        annotation = _annotation(sample, node)
        line = f"\n  used_too: {annotation} = join({node.name.text}, {first.text})"
        later = sample.text[node.span.end : harness.span.end]
        uses = [node.span.end + found.start() for found in re.finditer(rf"\b{node.name.text}\b", later)]
        edits = [Edit(use, use + len(node.name.text), "used_too") for use in uses]
        yield Fault((Edit(node.span.end, node.span.end, line), *edits), EFFECTS, (node.span.start,))


def at_once(sample: Sample) -> Iterator[Fault]:
    """What was done one after the other is done at once."""
    for harness, node, _, given in forms(sample, "in_order"):
        shells = [
            each.span.start
            for owner, each, call in sample.calls
            if owner is harness and call.operation.text == "expand" and "session" in sample.written(each.span)
        ]
        yield Fault(
            (Edit(node.value.span.start, node.value.span.end, f"first_line({given[0].text})"),), EFFECTS, (*shells,)
        )


def _annotation(sample: Sample, node: tree.Node) -> str:
    assert node.annotation is not None
    return sample.written(node.annotation.span)


CONTROL_FAULTS = (joined_alternatives, end_that_needs_the_first, end_that_asks, first_used_elsewhere, at_once)

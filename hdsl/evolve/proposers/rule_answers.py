"""Rules for answers that cannot be relied on: that differ for the same request, or that fail."""

from collections.abc import Iterator

from hdsl.evolve.edits.wrap_fallback import WrapFallback
from hdsl.evolve.edits.wrap_vote import WrapVote
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, asks, grouped, source_of
from hdsl.graph.program import Switch

SAMPLES = 3
FAILING = 0.1
"""The share of answers that fail from which on another one is asked for."""


def unsteady(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """The same request is answered rightly once and wrong another time, though the same is wanted."""
    if not asks(view.program.nodes[path]):
        return
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    wanted = grouped((each.request, each.wanted or "") for each in asked)
    answered = grouped((each.request, each.answer) for each in asked)
    unsteady = {
        request
        for request, answers in answered.items()
        if len(set(answers)) > 1 and len(set(wanted[request])) == 1 and wanted[request][0] in answers
    }
    again = [request for request, answers in answered.items() if len(answers) > 1]
    lines = [each.line for each in asked if each.request in unsteady and each.is_wrong]
    if lines and again:
        share = len(unsteady) / len(again)
        evidence = (f"of {len(again)} requests that came again `{place.node}` answered {len(unsteady)} differently",)
        edit = WrapVote(place.harness, place.node, SAMPLES)
        yield Proposal(edit, path, dict.fromkeys(lines, 0.4), evidence, 0.5 * share)


def failing(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """A node fails, and something else could answer in its place."""
    node = view.program.nodes[path]
    if not asks(node) and not isinstance(node.what, Switch):
        return
    asked = asked_of(view, path)
    failed = [each for each in asked if each.failed]
    if len(failed) < FAILING * len(asked) or not failed:
        return
    source = source_of(node)
    if isinstance(node.what, Switch) and source is not None:
        source = source_of(view.program.nodes[source])
    if source is None:
        return
    name = source[len(path) - len(place.node) :]
    evidence = (f"`{place.node}` fails in {len(failed)} of {len(asked)} cases, as: {failed[0].cause[:80]}",)
    prediction = {each.line: 0.3 for each in failed}
    edit = WrapFallback(place.harness, place.node, name)
    yield Proposal(edit, path, prediction, evidence, 0.9 * len(failed) / len(asked))

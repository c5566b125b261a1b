"""Rules for steps that there are: two in the wrong order, one that is not needed."""

from collections.abc import Iterator, Sequence

from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.edits.remove_node import RemoveNode
from hdsl.evolve.edits.swap_steps import SwapSteps
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, asks, source_of, table_of
from hdsl.retrieval.similarity import jaccard
from hdsl.retrieval.tokens import tokens

LIKE = 0.5
"""How alike a request is to the key of a row that knows it."""

LEFT_OUT = 0.01
"""How strongly it is believed that a step is not needed of which no sign says so: it is tried after all others."""

SAME, LESS = 0.3, 0.05
"""A step is doubted that changes nothing in so many cases, or after which so much less is known."""


def wrong_order(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """What comes into a step is what the next one knows, and not what it knows itself."""
    node = view.program.nodes[path]
    table = table_of(node)
    if table is None:
        return
    draft = Draft(view.opened)
    for user in draft.users(place.harness, place.node):
        behind = path[: -len(place.node)] + user
        other = view.program.nodes.get(behind)
        other_table = None if other is None else table_of(other)
        if other is None or other_table is None or source_of(other) != path:
            continue
        requests = [each.request for each in asked_of(view, path)]
        own, others = known(view, table, requests), known(view, other_table, requests)
        if others > own + LESS:
            wrong = {trace.line: 0.6 for trace in view.traces if trace.loss > 0}
            evidence = (
                f"{others:.0%} of what comes into `{place.node}` is known to `{user}`, and {own:.0%} to itself",
            )
            strength = 1.5 * (others - own) / others
            yield Proposal(SwapSteps(place.harness, place.node, user), path, wrong, evidence, strength)


def needless(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """A step that changes nothing, or after which the next one knows less than before it."""
    node = view.program.nodes[path]
    source = source_of(node)
    if not asks(node) or source is None or path == view.program.result:
        return
    asked = asked_of(view, path)
    if not asked:
        return
    same = sum(each.request == each.answer for each in asked) / len(asked)
    draft = Draft(view.opened)
    gain = 0.0
    evidence = [f"`{place.node}` answers what it was asked in {same:.0%} of {len(asked)} cases"]
    for user in draft.users(place.harness, place.node):
        behind = path[: -len(place.node)] + user
        other = view.program.nodes.get(behind)
        other_table = None if other is None else table_of(other)
        if other_table is not None:
            without = known(view, other_table, [each.request for each in asked])
            with_it = known(view, other_table, [each.answer for each in asked])
            if without > with_it + LESS:
                gain = max(gain, (without - with_it) / without)
            evidence.append(f"`{user}` knows {without:.0%} of what comes into it, and {with_it:.0%} of what comes out")
    judged = [each for each in asked if each.wanted is not None]
    spoiled = [each for each in judged if each.is_wrong and each.request == each.wanted]
    if spoiled:
        share = len(spoiled) / len(judged)
        gain = max(gain, share)
        evidence.append(f"in {share:.0%} of the cases what comes into `{place.node}` is what is wanted of it")
    if same < SAME and gain <= 0.0:
        return
    wrong = {trace.line: min(0.8, gain) for trace in view.traces if trace.loss > 0} if gain else {}
    yield Proposal(RemoveNode(place.harness, place.node), path, wrong, tuple(evidence), 0.3 * same + 1.5 * gain)


def left_out(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """A step, or two that follow each other, without any sign but blame: whether it is needed is tried.

    One that was never asked is left alone: nothing in the data says whether it is needed.
    """
    node = view.program.nodes[path]
    source = source_of(node)
    if not asks(node) or source is None or view.summary.loss <= 0 or not asked_of(view, path):
        return
    evidence = ("no other sign speaks for it: a graph without it is smaller, and need not be worse",)
    yield Proposal(RemoveNode(place.harness, place.node), path, {}, evidence, LEFT_OUT)
    before = view.places().get(source)
    if before is not None and before.harness == place.harness and asks(view.program.nodes[source]):
        yield Proposal(RemoveNode(place.harness, place.node, before.node), path, {}, evidence, LEFT_OUT)


def known(view: View, table: str, texts: Sequence[str]) -> float:
    """The share of texts that are like the key of a row that a table had at the beginning."""
    rows = view.seeds.get(table, ())
    keys = [(row[1].strip(), tokens(row[1])) for row in rows]
    if not texts or not keys:
        return 0.0
    exact = {key for key, _ in keys}
    found = 0
    for text in set(texts):
        words = tokens(text)
        if text in exact or any(jaccard(words, each) >= LIKE for _, each in keys):
            found += texts.count(text)
    return found / len(texts)

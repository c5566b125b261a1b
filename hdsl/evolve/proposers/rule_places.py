"""Rules for inputs that stand in each other's place: of a fallback, of a switch."""

from collections.abc import Iterator
from itertools import combinations

from hdsl.evolve.edits.swap_inputs import SwapInputs
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, is_fallback, may_fail, texts_of
from hdsl.graph.program import NodeArgument, Switch

CROSSED = 0.5
"""The share of the answers of a branch that another one should have given, from which on they may be crossed."""


def never_failing_first(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """What a fallback tries first cannot fail, and what would answer instead can: it never does."""
    node = view.program.nodes[path]
    inputs = [each.path for each in node.arguments if isinstance(each, NodeArgument)]
    asked = asked_of(view, path)
    wrong = [each.line for each in asked if each.is_wrong]
    if not is_fallback(node) or len(inputs) < 2 or not wrong:
        return
    first = inputs[0]
    if may_fail(view, first) or any(each.failed for each in asked_of(view, first)):
        return
    prefix = path[: -len(place.node)]
    for other in inputs[1:]:
        if may_fail(view, other):
            names = first.removeprefix(prefix), other.removeprefix(prefix)
            evidence = (
                f"`{place.node}` took `{names[0]}` all of {len(asked)} times, as it cannot fail, and never "
                f"`{names[1]}`, which can; {len(wrong)} were wrong",
            )
            edit = SwapInputs(place.harness, place.node, *names)
            yield Proposal(edit, path, dict.fromkeys(wrong, 0.5), evidence, 1.2 * len(wrong) / len(asked))


def crossed_branches(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """What is wanted where a switch takes one branch is what another one says, and the other way round."""
    node = view.program.nodes[path]
    if not isinstance(node.what, Switch) or not isinstance(node.arguments[0], NodeArgument):
        return
    labels = texts_of(view, node.arguments[0].path)
    branches = [each.path for each in node.arguments[1:] if isinstance(each, NodeArgument)]
    if len(branches) != len(node.what.labels) or len(set(branches)) != len(branches):
        return
    said = {branch: set(texts_of(view, branch).values()) - {""} for branch in branches}
    taken = dict(zip(node.what.labels, branches, strict=True))
    asked = asked_of(view, path)
    by_branch = {branch: [each for each in asked if each.wanted is not None
                          and taken.get(labels.get(each.line), taken.get(None)) == branch]
                 for branch in branches}  # fmt: skip
    prefix = path[: -len(place.node)]
    for one, other in combinations(branches, 2):
        shares = []
        crossed = []
        for own, another in ((one, other), (other, one)):
            hits = [each.line for each in by_branch[own] if each.is_wrong and each.wanted in said[another]]
            shares.append(len(hits) / max(1, len(by_branch[own])))
            crossed += hits
        if min(shares) >= CROSSED:
            names = one.removeprefix(prefix), other.removeprefix(prefix)
            evidence = (
                f"where `{place.node}` takes `{names[0]}`, {shares[0]:.0%} of what is wanted is what `{names[1]}` "
                f"says elsewhere; the other way round {shares[1]:.0%}",
            )
            prediction = dict.fromkeys(crossed, min(shares))
            edit = SwapInputs(place.harness, place.node, *names)
            yield Proposal(edit, path, prediction, evidence, 1.5 * len(crossed) / max(1, len(asked)))

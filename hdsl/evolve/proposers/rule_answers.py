"""Rules for answers that cannot be relied on: that differ from one trial to the next, or that fail."""

from collections.abc import Iterator

from hdsl.evolve.edits.wrap_fallback import WrapFallback
from hdsl.evolve.edits.wrap_vote import WrapVote
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, asks, is_fallback, may_fail, source_of, users_of
from hdsl.graph.program import Switch

FEW_SAMPLES, MANY_SAMPLES, OFTEN = 3, 5, 0.2
"""How many answers vote, and how many where so many are unsteady."""
FAILING = 0.1
"""The share of answers that fail from which on another one is asked for."""
UNSTEADY = 0.4
"""The share of the examples that went wrong in one trial and right in another, from which on that is chance."""


def unsteady(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """Examples that one trial answers rightly and another one wrong: with other seeds, or with other rows learned."""
    if not asks(view.program.nodes[path]) or len(view.again) < 2:
        return
    by_line: dict[int, list[bool]] = {}
    for trial in view.again:
        for each in trial:
            by_line.setdefault(each.line, []).append(each.loss > 0)
    wrong = {line for line, found in by_line.items() if any(found)}
    flips = {line for line in wrong if not all(by_line[line])}
    own = {each.line for each in asked_of(view, path) if each.is_wrong}
    if not own or len(flips) < UNSTEADY * len(wrong) or len(flips) < 3:
        return
    share = len(flips) / len(wrong)
    samples = MANY_SAMPLES if len(flips) >= OFTEN * len(by_line) else FEW_SAMPLES
    told = f"of {len(wrong)} examples that went wrong, another trial with other seeds answered {len(flips)} rightly"
    prediction = {trace.line: 0.5 * share for trace in view.traces if trace.loss > 0}
    strength = 1.2 * share * len(flips) / len(by_line)
    yield Proposal(WrapVote(place.harness, place.node, samples), path, prediction, (told,), strength)


def failing(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """A node fails, and something else could answer in its place; not where a loop asks again."""
    node = view.program.nodes[path]
    if not asks(node) and not isinstance(node.what, Switch) and not may_fail(view, path):
        return
    if any(user.meaning.takes_turns or is_fallback(user) for user in users_of(view, path, place)):
        return
    asked = asked_of(view, path)
    failed = [each for each in asked if each.failed]
    if len(failed) < FAILING * len(asked) or not failed:
        return
    source = source_of(node)
    if source is not None and not asks(node) and source in view.program.nodes:
        source = source_of(view.program.nodes[source]) or source
    if source is None:
        return
    name = source[len(path) - len(place.node) :]
    evidence = (f"`{place.node}` fails in {len(failed)} of {len(asked)} cases, as: {failed[0].cause[:80]}",)
    prediction = {each.line: 0.3 for each in failed}
    edit = WrapFallback(place.harness, place.node, name)
    yield Proposal(edit, path, prediction, evidence, 0.9 * len(failed) / len(asked))

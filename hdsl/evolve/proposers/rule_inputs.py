"""Rules for what a node is asked with: an input that is missing, a step that is missing before or behind it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from hdsl.evolve.edits.add_input import AddInput
from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.edits.insert_expert import InsertExpertAfter, InsertExpertBefore
from hdsl.evolve.edits.split_expert import SplitExpert
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import Asked, agreement, asked_of, asks, grouped, source_of, table_of, texts_of
from hdsl.syntax import tree

MANY = 1.5
"""How many different requests there are for each wanted answer where a step is missing that makes fewer of them."""

FIRST, AGREED, TELLING = 8, 0.5, 0.5
"""So many answers tell whether a step is missing behind, if so many of those that were given more than once agree in
what they should become, and that is so much of the way there from what most of all wrong answers should become."""

TOLD = 5
"""That so many answers were given more than once, and at least half of all wrong ones, is the least that tells it."""

_UNSURE = 0.3


def missing_input(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """Different answers are wanted of the same request, and another text tells which."""
    if not asks(view.program.nodes[path]):
        return
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    alone = grouped((each.request, each.wanted or "") for each in asked)
    unclear = {request for request, wanted in alone.items() if len(set(wanted)) > 1}
    mixed = [each for each in asked if each.request in unclear]
    if not mixed:
        return
    before = agreement(grouped((each.request, each.wanted or "") for each in mixed))
    draft = Draft(view.opened)
    prefix = path[: -len(place.node)]
    shape = draft.value(place.harness, place.node).shape
    for value in draft.values(place.harness):
        is_there = draft.is_input(place.harness, value.name) or draft.is_before(place.harness, value.name, place.node)
        if not is_there or value.name == place.node or value.shape != shape:
            continue
        texts = texts_of(view, _path(view, prefix, value.name))
        if all(texts.get(each.line, "") in each.request for each in mixed):
            continue
        after = agreement(grouped(((each.request, texts.get(each.line, "")), each.wanted or "") for each in mixed))
        if after > before + 0.05 or (after == before == 0.0):
            wrong = {each.line: max(after, _UNSURE) for each in mixed if each.loss > 0}
            evidence = (
                f"`{place.node}` is asked the same {len(unclear)} requests where different answers are wanted "
                f"({len(mixed)} times); with `{value.name}` they agree in {after:.0%} of them, without in {before:.0%}",
            )
            share = len(mixed) / len(asked)
            yield Proposal(
                AddInput(place.harness, place.node, value.name), path, wrong, evidence, 2.0 * share * (after - before)
            )


def missing_step(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """New requests are answered wrong, and there are many more of them than answers that are wanted."""
    node = view.program.nodes[path]
    if not asks(node) or table_of(node) is None:
        return
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    requests, wanted = {each.request for each in asked}, {each.wanted for each in asked}
    wrong = [each for each in asked if each.is_wrong]
    if not wrong or len(requests) < MANY * len(wanted):
        return
    share = len(wrong) / len(asked)
    evidence = (
        f"`{place.node}` is asked {len(requests)} different requests for {len(wanted)} answers, "
        f"and {len(wrong)} of {len(asked)} are wrong",
    )
    prediction = {each.line: _UNSURE for each in wrong}
    draft = Draft(view.opened)
    source = source_of(node)
    joined = _joined(view, draft, place, source)
    if joined is None:
        yield Proposal(SplitExpert(place.harness, place.node), path, prediction, evidence, share * 0.8)
        return
    name, parts = joined
    prefix = path[: -len(place.node)]
    counts = {part: len(set(texts_of(view, _path(view, prefix, part)).values())) for part in parts}
    most = max(counts.values(), default=1)
    for part in parts:
        told = (*evidence, f"`{part}` has {counts[part]} different texts in them")
        strength = share * 0.8 * counts[part] / most
        yield Proposal(InsertExpertBefore(place.harness, name, part), path, prediction, told, strength)


def missing_step_behind(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """What a node answers says what is wanted instead, again and again, whatever it was asked."""
    node = view.program.nodes[path]
    if not asks(node):
        return
    asked = [each for each in asked_of(view, path) if each.wanted is not None and not each.failed]
    wrong = [each for each in asked if each.is_wrong]
    # Later it has learned to answer what is wanted of the step that is missing.
    counts = (FIRST, max(FIRST, len(asked) // 4), max(FIRST, len(asked) // 3))
    agreed = max(_agreed([each for each in asked[:count] if each.is_wrong]) for count in counts)
    if agreed:
        evidence = (f"{len(wrong)} answers of `{place.node}` are wrong, and {agreed:.0%} of them in the same way",)
        prediction = {each.line: agreed for each in wrong}
        strength = 1.3 * len(wrong) / len(asked) * agreed
        yield Proposal(InsertExpertAfter(place.harness, place.node), path, prediction, evidence, strength)


def _agreed(wrong: Sequence[Asked]) -> float:
    """How far wrong answers say what is wanted instead, of those that were given more than once; 0 where too little."""
    pairs = grouped((each.answer, each.wanted or "") for each in wrong)
    several = {answer: wanted for answer, wanted in pairs.items() if len(wanted) > 1}
    requests = {each.request for each in wrong}
    told = sum(map(len, several.values()))
    if told < TOLD or 2 * told < len(wrong) or len(requests) < MANY * len(pairs):
        return 0.0
    agreed = agreement(several)
    alike = Counter(each.wanted for each in wrong).most_common(1)[0][1] / len(wrong)
    return agreed if agreed >= AGREED and agreed - alike >= TELLING * (1.0 - alike) else 0.0


def wrong_late(asked: list[Asked]) -> float:
    """The share that was answered wrong in the second half of the trace, when most was learned."""
    late = asked[len(asked) // 2 :]
    return sum(each.is_wrong for each in late) / len(late) if late else 0.0


def _joined(view: View, draft: Draft, place: Place, source: str | None) -> tuple[str, list[str]] | None:
    """The `join` that a node is asked with, and the texts in it."""
    if source is None or source not in view.places():
        return None
    of = view.places()[source]
    value = draft.node(of.harness, of.node).value
    if of.harness == place.harness and isinstance(value, tree.Template):
        return of.node, list(dict.fromkeys(hole.name.text.partition(".")[0] for hole in value.holes))
    if of.harness != place.harness or not isinstance(value, tree.Call) or value.operation.text != "join":
        return None
    return of.node, [each.text for each in draft.inputs(value) if isinstance(each, tree.Name)]


def _path(view: View, prefix: str, name: str) -> str:
    """The path of what a name of a body stands for; an input of an inlined call is a node of its caller."""
    return f"{prefix}{name}"

"""The signs of a fault at one node, a word each: what `meta` is asked, and learns what to change by.

Words, as retrieval compares words: a sign shares none with another sign, so that graphs are alike that show the same.
"""

import re
from collections.abc import Iterator, Sequence

from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.rule_inputs import MANY, missing_input, missing_step_behind
from hdsl.evolve.proposers.rule_options import FEW, form_of, validators_behind
from hdsl.evolve.proposers.rule_steps import LESS, known
from hdsl.evolve.proposers.seen import Asked, asked_of, asks, is_fallback, source_of, table_of, users_of
from hdsl.graph.program import Call, Switch

SIGNS = {
    "blamed": "most of the loss is put on the node",
    "suspected": "some of the loss is put on it",
    "mistaken": "most of its answers are wrong",
    "unreliable": "about half of them are",
    "slips": "some of them are",
    "fails": "some of its answers fail",
    "ambiguous": "different answers are wanted of the same request, for most requests",
    "distinguishable": "another text tells which of them",
    "manifold": "it is asked many different requests for few answers",
    "joined": "what it is asked was joined of several texts",
    "later": "what it is asked is the answer of an earlier step",
    "systematic": "its wrong answers should all become others in the same way",
    "spoils": "what comes in is what is wanted of it, and it answers something else",
    "malformed": "its answers are of a form that nobody wants",
    "leaky": "a check behind it lets such answers pass",
    "alternative": "something else answers if it fails",
    "unknowing": "its rows know nothing of what comes in",
    "premature": "the next step knows what comes in better than it does",
    "obstructs": "the next step knows less of what comes out than of what comes in",
    "caseless": "answers are wanted that no branch knows",
    "exhausted": "its loop has used all of its turns, and failed",
    "starved": "hardly a row is shown to it",
    "unsteady": "another trial answers the same examples rightly",
}
"""What each word says."""
_FEW_FLIPS = 3


def signs(view: View, path: str, place: Place) -> str:
    """What is remarkable about a node in a trace, a sign a line; the same words for the same signs."""
    return "\n".join(_signs(view, path, place))


def _signs(view: View, path: str, place: Place) -> Iterator[str]:
    node = view.program.nodes[path]
    yield node.shown
    share = next((each.blame for each in view.summary.nodes if each.path == path), 0.0)
    if share > 0:
        yield "blamed" if share > 0.5 else "suspected"
    every = asked_of(view, path)
    asked = [each for each in every if each.wanted is not None]
    if asked:
        yield from _of_answers(asked)
    elif any(each.failed for each in every):
        yield "fails"
    if asks(node):
        yield from _of_requests(view, path, place, asked)
        yield from _of_form(view, path, place, asked)
        yield from _of_neighbours(view, path, place)
        topk = node.what.options.get("topk") if isinstance(node.what, Call) else None
        if isinstance(topk, int) and topk <= FEW:
            yield "starved"
    if isinstance(node.what, Switch):
        yield from _of_switch(view, path, asked)
    report = next((each for each in view.summary.loops if each.path == path), None)
    if report is not None and report.taken.get(report.turns, 0) and any(each.failed for each in every):
        yield "exhausted"


def _of_answers(asked: Sequence[Asked]) -> Iterator[str]:
    wrong = [each for each in asked if each.is_wrong]
    if wrong:
        share = len(wrong) / len(asked)
        yield "slips" if share < 0.34 else "unreliable" if share < 0.67 else "mistaken"
    if any(each.failed for each in wrong):
        yield "fails"
    if sum(each.request == each.wanted for each in wrong) * 2 > len(wrong) > 0:
        yield "spoils"


def _of_requests(view: View, path: str, place: Place, asked: Sequence[Asked]) -> Iterator[str]:
    wanted: dict[str, set[str]] = {}
    for each in asked:
        wanted.setdefault(each.request, set()).add(each.wanted or "")
    if sum(len(each) > 1 for each in wanted.values()) * 2 > len(wanted):
        yield "ambiguous"
        if any(proposal.strength > 0.1 for proposal in missing_input(view, path, place)):
            yield "distinguishable"
    if wanted and len(wanted) >= MANY * len({each.wanted for each in asked}):
        yield "manifold"
    if any(True for _ in missing_step_behind(view, path, place)):
        yield "systematic"
    source = source_of(view.program.nodes[path])
    if source in view.places():
        yield "joined" if view.program.nodes[source].shown in ("join", "text") else "later"


def _of_form(view: View, path: str, place: Place, asked: Sequence[Asked]) -> Iterator[str]:
    form = form_of([each.wanted or "" for each in asked])
    draft = Draft(view.opened)
    if any(is_fallback(user) for user in users_of(view, path, place)):
        yield "alternative"
    if form is None or all(re.search(form, each.answer) for each in asked if each.is_wrong):
        return
    yield "malformed"
    for user in validators_behind(draft, place):
        passed = [each for each in asked_of(view, path[: -len(place.node)] + user) if not each.failed]
        if any(not re.search(form, each.answer) for each in passed):
            yield "leaky"


def _of_switch(view: View, path: str, asked: Sequence[Asked]) -> Iterator[str]:
    tables = {table_of(view.program.nodes[each]) for each in view.program.nodes[path].input_paths}
    known_answers = {row[2] for table in tables if table for row in view.seeds.get(table, ())}
    if any(each.is_wrong and each.wanted not in known_answers for each in asked):
        yield "caseless"


def _of_neighbours(view: View, path: str, place: Place) -> Iterator[str]:
    texts = [each for each in asked_of(view, path) if each.request]
    table = table_of(view.program.nodes[path])
    if not texts:
        return
    own = known(view, table, [each.request for each in texts]) if table else 0.0
    if not own:
        yield "unknowing"
    for user in users_of(view, path, place):
        other = table_of(user)
        if other is not None:
            came_in = known(view, other, [each.request for each in texts])
            if came_in > own + LESS:
                yield "premature"
            if came_in > known(view, other, [each.answer for each in texts]) + LESS:
                yield "obstructs"
    if len(view.again) > 1:
        yield from _of_trials(view)


def _of_trials(view: View) -> Iterator[str]:
    wrong = [{each.line for each in trial if each.loss > 0} for trial in view.again]
    ever, always = set.union(*wrong), set.intersection(*wrong)
    if len(ever - always) >= _FEW_FLIPS and len(ever - always) * 2 > len(ever):
        yield "unsteady"


def kind_of(proposal: Proposal) -> str:
    """The kind of edit that a proposal is."""
    return "rewrite" if isinstance(proposal.change, str) else proposal.change.kind

"""The signs of a fault at one node, in a few words: what `meta` is asked, and learns what to change by."""

from collections.abc import Iterator

from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.rule_inputs import MANY
from hdsl.evolve.proposers.rule_options import FEW, form_of
from hdsl.evolve.proposers.rule_steps import known
from hdsl.evolve.proposers.seen import Asked, asked_of, asks, source_of, table_of
from hdsl.graph.program import Call, Switch


def signs(view: View, path: str, place: Place) -> str:
    """What is remarkable about a node in a trace, a sign a line; the same words for the same signs."""
    return "\n".join(_signs(view, path, place))


def _signs(view: View, path: str, place: Place) -> Iterator[str]:
    node = view.program.nodes[path]
    yield f"operation {node.shown}"
    share = next((each.blame for each in view.summary.nodes if each.path == path), 0.0)
    yield f"blame {_amount(share)}"
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    if asked:
        yield from _of_answers(asked)
    if isinstance(node.what, Switch):
        yield from _of_switch(view, path, asked)
    yield from _of_neighbours(view, path, place)
    yield from _of_loop(view, path)
    if asks(node) and isinstance(node.what, Call):
        topk = node.what.options.get("topk")
        if isinstance(topk, int) and topk <= FEW:
            yield "few_rows_shown"


def _of_answers(asked: list[Asked]) -> Iterator[str]:
    wrong = [each for each in asked if each.is_wrong]
    yield f"wrong {_amount(len(wrong) / len(asked))}"
    if any(each.failed for each in wrong):
        yield "fails"
    wanted: dict[str, set[str]] = {}
    for each in asked:
        wanted.setdefault(each.request, set()).add(each.wanted or "")
    unclear = sum(len(each) > 1 for each in wanted.values())
    if unclear:
        yield f"same_request_different_answers {_amount(unclear / len(wanted))}"
    answers = {each.wanted for each in asked}
    if len(wanted) >= MANY * len(answers):
        yield "many_requests_few_answers"
    form = form_of([each.wanted or "" for each in asked])
    if form is not None and any(form_of([each.answer]) != form for each in wrong):
        yield "answers_of_another_form"


def _of_switch(view: View, path: str, asked: list[Asked]) -> Iterator[str]:
    tables = {table_of(view.program.nodes[each]) for each in view.program.nodes[path].input_paths}
    known_answers = {row[2] for table in tables if table for row in view.seeds.get(table, ())}
    unknown = [each for each in asked if each.is_wrong and each.wanted not in known_answers]
    if unknown:
        yield f"answers_no_branch_knows {_amount(len(unknown) / max(1, len(asked)))}"


def _of_neighbours(view: View, path: str, place: Place) -> Iterator[str]:
    node = view.program.nodes[path]
    texts = [each for each in asked_of(view, path) if each.request]
    if not texts or not asks(node):
        return
    table = table_of(node)
    own = known(view, table, [each.request for each in texts]) if table else 0.0
    yield f"knows_what_comes_in {_amount(own)}"
    source = source_of(node)
    if source is not None and source in view.program.nodes:
        yield f"asked_by {view.program.nodes[source].shown}"
    draft = Draft(view.opened)
    for user in draft.users(place.harness, place.node):
        behind = view.program.nodes.get(path[: -len(place.node)] + user)
        other = None if behind is None else table_of(behind)
        if other is not None:
            came_in = known(view, other, [each.request for each in texts])
            came_out = known(view, other, [each.answer for each in texts])
            yield f"next_knows_what_comes_in {_amount(came_in)}"
            yield f"next_knows_what_comes_out {_amount(came_out)}"


def _of_loop(view: View, path: str) -> Iterator[str]:
    report = next((each for each in view.summary.loops if each.path == path), None)
    if report is not None:
        yield "loop_uses_all_turns" if report.uses_all else "loop_ends_before"


def _amount(share: float) -> str:
    return "none" if share <= 0 else "some" if share < 0.34 else "half" if share < 0.67 else "most"


def kind_of(proposal: Proposal) -> str:
    """The kind of edit that a proposal is."""
    return "rewrite" if isinstance(proposal.change, str) else proposal.change.kind

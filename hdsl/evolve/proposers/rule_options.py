"""Rules for numbers and checks: rows that are shown, turns of a loop, validators, asking again."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hdsl.evolve.edits.change_option import ChangeOption
from hdsl.evolve.edits.change_room import ChangeRoom
from hdsl.evolve.edits.change_turns import ChangeTurns
from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.edits.possible import NOT_BLANK
from hdsl.evolve.edits.validator import AddValidator, TightenValidator
from hdsl.evolve.edits.wrap_loop import WrapLoop
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, asks, source_of, table_of
from hdsl.graph.program import Call

TURNS = 3
FEW, MANY = 2, 4
"""So few rows that are shown, of so many times as many, are too few to see what they have in common."""
_PIECES = re.compile(r"[A-Za-z]+|[0-9]+|\s+|.", re.DOTALL)
_MOST_PIECES = 9


def rows_shown(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """The row that knows the answer was not shown; or it was, and others led astray."""
    node = view.program.nodes[path]
    table = table_of(node)
    if table is None or not isinstance(node.what, Call) or node.what.signature.option("topk") is None:
        return
    topk = node.what.options.get("topk")
    if not isinstance(topk, int):
        return
    rows = view.seeds.get(table, ())
    yield from _few_shown(view, path, place, topk)
    unseen: list[int] = []
    astray: list[int] = []
    wrong = [each for each in asked_of(view, path) if each.is_wrong]
    for each in wrong:
        knowing = [number for number, row in enumerate(rows) if row[2].strip() == (each.wanted or "").strip()]
        if knowing and not set(knowing) & set(each.rows) and len(each.rows) >= topk:
            unseen.append(each.line)
        elif knowing and set(knowing) & set(each.rows[:1]):
            astray.append(each.line)
    for lines, value, what in (
        (unseen, min(topk * 4, 64), "a row with the wanted answer was there and not shown"),
        (astray, max(1, topk // 4), "the most similar row has the wanted answer, and others were shown too"),
    ):
        if lines and value != topk:
            evidence = (f"in {len(lines)} of {len(wrong)} wrong answers of `{place.node}` {what} (topk={topk})",)
            prediction = dict.fromkeys(lines, 0.6)
            strength = 1.2 * len(lines) / max(1, len(view.traces))
            yield Proposal(ChangeOption(place.harness, place.node, "topk", value), path, prediction, evidence, strength)


def _few_shown(view: View, path: str, place: Place, topk: int) -> Iterator[Proposal]:
    """Hardly a row is shown of many that there are, and new requests are answered wrong."""
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    wrong = [each.line for each in asked if each.is_wrong]
    table = table_of(view.program.nodes[path])
    there = len(view.tables.get(table or "", ()))
    if wrong and topk <= FEW and there >= MANY * topk:
        evidence = (
            f"`{place.node}` is shown {topk} of up to {there} rows, and {len(wrong)} of {len(asked)} are wrong",
        )
        edit = ChangeOption(place.harness, place.node, "topk", 8)
        yield Proposal(edit, path, dict.fromkeys(wrong, 0.4), evidence, 0.9 * len(wrong) / len(asked))


def more_turns(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """A loop that fails when its turns are used up."""
    node = view.program.nodes[path]
    report = next((each for each in view.summary.loops if each.path == path), None)
    if report is None or not isinstance(node.what, Call):
        return
    failed = [each.line for each in asked_of(view, path) if each.failed]
    used = report.taken.get(report.turns, 0)
    total = sum(report.taken.values())
    if failed and used:
        evidence = (f"`{place.node}` took all of its {report.turns} turns {used} of {total} times, and failed",)
        prediction = dict.fromkeys(failed, 0.5)
        yield Proposal(
            ChangeTurns(place.harness, place.node, max(2, report.turns * 2)), path, prediction, evidence,
            1.5 * len(failed) / max(1, len(view.traces)),
        )  # fmt: skip


def more_room(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """What makes a list of a text fails, where there are more than it has room for."""
    node = view.program.nodes[path]
    source = source_of(node)
    if asks(node) or source is None or len(node.shape) != len(view.program.nodes[source].shape) + 1:
        return
    written = node.shape[-1]
    size = view.program.dimensions.get(written) if isinstance(written, str) else written
    gone = {each.line for each in asked_of(view, source) if each.failed}
    failed = [each for each in asked_of(view, path) if each.failed and each.line not in gone]
    if not failed or not isinstance(size, int):
        return
    lines = {each.line for each in failed}
    evidence = (
        f"`{place.node}` has room for {size}, and fails for {len(lines)} of {len(view.traces)} examples, as: "
        f"{failed[0].cause[:80]}",
    )
    edit = ChangeRoom(place.harness, place.node, 2 * size)
    yield Proposal(edit, path, dict.fromkeys(lines, 0.5), evidence, 1.2 * len(lines) / max(1, len(view.traces)))


def ask_again(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """Answers that are not even of the form that is wanted: to be asked again, or checked more strictly."""
    node = view.program.nodes[path]
    if not asks(node):
        return
    asked = [each for each in asked_of(view, path) if each.wanted is not None]
    wrong = [each for each in asked if each.is_wrong]
    if not wrong:
        return
    pattern = form_of([each.wanted or "" for each in asked])
    unfit = [each.line for each in wrong if pattern is not None and not re.search(pattern, each.answer)]
    failed = [each.line for each in wrong if each.failed]
    draft = Draft(view.opened)
    for user in validators_behind(draft, place):
        passed = _passed(view, path[: -len(place.node)] + user, pattern)
        if pattern is not None and passed:
            evidence = (f"{len(passed)} answers of `{place.node}` pass `{user}` and are not of the form {pattern}",)
            yield Proposal(
                TightenValidator(place.harness, user, pattern), path, dict.fromkeys(passed, 0.6), evidence,
                1.5 * len(passed) / len(asked),
            )  # fmt: skip
            return
        if pattern is not None:
            unfit = []
    lines = unfit or failed
    if unfit and pattern is not None and _is_alternative(draft, place):
        evidence = (f"{len(unfit)} of {len(asked)} answers of `{place.node}` are not of the form {pattern}",)
        edit = AddValidator(place.harness, place.node, "until_match", pattern)
        yield Proposal(edit, path, dict.fromkeys(unfit, 0.5), evidence, 1.3 * len(unfit) / len(asked))
    if lines:
        check = pattern if unfit and pattern is not None else NOT_BLANK
        evidence = (f"{len(lines)} of {len(asked)} answers of `{place.node}` are not of the form {check}",)
        yield Proposal(
            WrapLoop(place.harness, place.node, TURNS, "until_match", check), path, dict.fromkeys(lines, 0.6),
            evidence, 1.2 * len(lines) / len(asked),
        )  # fmt: skip


def _is_alternative(draft: Draft, place: Place) -> bool:
    """Whether a fallback would answer in place of a node if it failed."""
    for user in draft.users(place.harness, place.node):
        value = draft.node(place.harness, user).value
        if getattr(getattr(value, "operation", None), "text", "") == "fallback":
            return True
    return False


def _passed(view: View, path: str, pattern: str | None) -> list[int]:
    """The lines of examples of which a validator let an answer pass that is not of a form."""
    answers = [each for each in asked_of(view, path) if not each.failed]
    return [each.line for each in answers if pattern is not None and not re.search(pattern, each.answer)]


def form_of(texts: Sequence[str]) -> str | None:
    """A pattern for the one form that nearly all texts have: letters, digits and the signs between; None for none."""
    if not texts:
        return None
    form, count = Counter(map(_form, texts)).most_common(1)[0]
    return form if form is not None and count >= 0.75 * len(texts) else None


def _form(text: str) -> str | None:
    pieces = _PIECES.findall(text)
    if not pieces or len(pieces) > _MOST_PIECES or (len(pieces) == 1 and pieces[0].isalpha()):
        return None
    return "^" + "".join(map(_piece, pieces)) + "$"


def _piece(piece: str) -> str:
    if piece.isascii() and piece.isalpha():
        return "[A-Za-z]+"
    if piece.isascii() and piece.isdigit():
        return "[0-9]+"
    return r"\s+" if piece.isspace() else re.escape(piece)


def validators_behind(draft: Draft, place: Place) -> list[str]:
    """The checks for a pattern that a node's answers go through."""
    found = []
    for user in draft.users(place.harness, place.node):
        value = draft.node(place.harness, user).value
        if getattr(getattr(value, "operation", None), "text", "") == "until_match":
            found.append(user)
    return found

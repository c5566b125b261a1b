"""All edits that could be tried on a file, as far as numbers go into few values: for random search and for tests."""

from collections.abc import Iterator
from itertools import combinations

from hdsl.evolve.edits.add_input import AddInput
from hdsl.evolve.edits.add_label import AddLabel
from hdsl.evolve.edits.change_option import ChangeOption
from hdsl.evolve.edits.change_room import ChangeRoom, makes_dimension
from hdsl.evolve.edits.change_turns import ChangeTurns
from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.evolve.edits.insert_expert import InsertExpertAfter, InsertExpertBefore
from hdsl.evolve.edits.remove_node import RemoveNode
from hdsl.evolve.edits.split_expert import SplitExpert
from hdsl.evolve.edits.swap_inputs import SwapInputs, swappable
from hdsl.evolve.edits.swap_steps import SwapSteps
from hdsl.evolve.edits.validator import AddValidator, TightenValidator
from hdsl.evolve.edits.wrap_fallback import WrapFallback
from hdsl.evolve.edits.wrap_loop import WrapLoop
from hdsl.evolve.edits.wrap_vote import WrapVote
from hdsl.evolve.opened import Opened
from hdsl.syntax import tree

NOT_BLANK = r"\S"
"""What every answer that says something has."""
TURNS = ROOM = (2, 3, 4, 8)
SAMPLES = (3, 5)
ROWS_SHOWN = (1, 2, 4, 8, 16)


def possible_edits(opened: Opened, harness: str) -> Iterator[Edit]:
    """The edits of one harness of a file, in the order of its nodes. Some of them may turn out not to apply."""
    draft = Draft(opened)
    values = draft.values(harness)
    for statement in draft.harness(harness).body:
        if isinstance(statement, tree.Node):
            yield from _of_node(draft, harness, statement, [each.name for each in values])
    for item in opened.file.items:
        if isinstance(item, tree.TypeDeclaration):
            yield AddLabel(item.name.text, "other")


def _of_node(draft: Draft, harness: str, statement: tree.Node, names: list[str]) -> Iterator[Edit]:
    node = statement.name.text
    value = statement.value
    for source in names:
        if node in draft.users(harness, source):
            yield InsertExpertBefore(harness, node, source)
    if node in names:
        yield InsertExpertAfter(harness, node)
        yield from _validators(draft, harness, node)
    yield RemoveNode(harness, node)
    before = [each for each in names if node in draft.users(harness, each) and not draft.is_input(harness, each)]
    yield from (RemoveNode(harness, node, each) for each in before)
    if isinstance(value, tree.Call | tree.Switch):
        taken = [each.text for each in swappable(draft, harness, node) if each.text in names]
        yield from (SwapInputs(harness, node, *pair) for pair in combinations(dict.fromkeys(taken), 2))
    if not isinstance(value, tree.Call):
        return
    for user in draft.users(harness, node):
        yield SwapSteps(harness, node, user)
    signature = draft.signature_or_none(value)
    if signature is None:
        return
    if signature.meaning.takes_turns or any(each.kind == "dim" for each in signature.options):
        for turns in TURNS:
            yield ChangeTurns(harness, node, turns)
    if node in names and makes_dimension(draft, harness, node):
        yield from (ChangeRoom(harness, node, room) for room in ROOM)
    if signature.has_effect("llm") and not signature.is_harness:
        if signature.option("topk") is not None:
            for rows in ROWS_SHOWN:
                yield ChangeOption(harness, node, "topk", rows)
        yield SplitExpert(harness, node)
        yield from (WrapVote(harness, node, samples) for samples in SAMPLES)
        yield from (WrapFallback(harness, node, source) for source in names if node in draft.users(harness, source))
        for source in names:
            if source != node and (draft.is_input(harness, source) or draft.is_before(harness, source, node)):
                yield AddInput(harness, node, source)


def _validators(draft: Draft, harness: str, node: str) -> Iterator[Edit]:
    labels = draft.value(harness, node).type.label_texts
    checks = [("until_match", NOT_BLANK), *(("until_label", label) for label in labels)]
    for operation, argument in checks:
        yield AddValidator(harness, node, operation, argument)
        yield WrapLoop(harness, node, 3, operation, argument)
        try:
            is_validator = draft.call(harness, node).operation.text == operation
        except DoesNotApply:
            is_validator = False
        if is_validator:
            yield TightenValidator(harness, node, argument)

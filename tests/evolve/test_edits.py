"""Edits of graphs: what each kind writes, that comments stay, and that every edit can be taken back."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdsl.evolve.edits.add_input import AddInput
from hdsl.evolve.edits.add_label import AddLabel
from hdsl.evolve.edits.applying import apply_edit
from hdsl.evolve.edits.change_option import ChangeOption
from hdsl.evolve.edits.change_turns import ChangeTurns
from hdsl.evolve.edits.draft import DoesNotApply
from hdsl.evolve.edits.insert_expert import InsertExpertAfter, InsertExpertBefore
from hdsl.evolve.edits.kinds import KINDS, edit_from_json
from hdsl.evolve.edits.possible import possible_edits
from hdsl.evolve.edits.remove_node import RemoveNode
from hdsl.evolve.edits.split_expert import SplitExpert
from hdsl.evolve.edits.swap_inputs import SwapInputs
from hdsl.evolve.edits.swap_steps import SwapSteps
from hdsl.evolve.edits.validator import AddValidator, TightenValidator
from hdsl.evolve.edits.wrap_fallback import WrapFallback
from hdsl.evolve.edits.wrap_loop import WrapLoop
from hdsl.evolve.edits.wrap_vote import WrapVote
from hdsl.evolve.opened import open_text, read_opened
from hdsl.syntax.format import format_source
from tests.sources import ROOT
from tests.typed_programs import typed_program

PATH = Path("file.hg")
EXAMPLES = sorted((ROOT / "examples").glob("*/*.hg"))

HARNESS = """hdsl 1

type Desk {
  "money": "invoices",  # and refunds
  "other",
}

# Who answers.
experience route: text -> Desk = [("a", "b", "money")]

experience say: text -> text = []

# Answers questions.
harness desk(question: text[B], customer: text[B]) -> text[B] {
  budget(llm_calls=3, per=[B])

  # First the desk.
  desk:   Desk[B] = expert(question, route, topk=4)
  paid:   text[B] = expert(question, say)  # in money
  polite: text[B] = expert(paid, say, task="Be polite.")
  other:  text[B] = join("For", customer, question)
  answer: text[B] = switch desk { "money" => polite, "other" => other }
  return answer
}
"""


def after(edit, text=HARNESS):
    """The lines that an edit adds, and those that it takes away."""
    made = apply_edit(edit, PATH, text)
    assert made.inverse.applied(made.after) == text
    assert edit_from_json(edit.as_json()) == edit
    assert comments(text) <= comments(made.after)
    old, new = ([" ".join(line.split()) for line in each.splitlines()] for each in (text, made.after))
    return [line for line in new if line not in old], [line for line in old if line not in new]


def comments(text):
    opened = read_opened(PATH, text)
    return Counter(text[each.start : each.end] for each in opened.source.comments)


def refused(edit, text=HARNESS):
    with pytest.raises(DoesNotApply) as caught:
        apply_edit(edit, PATH, text)
    return str(caught.value)


def test_an_expert_is_inserted_on_the_way_into_a_node():
    new, old = after(InsertExpertBefore("desk", "other", "question", task="Shorten."))
    assert "experience other_step_rows: text -> text = []" in new
    assert 'other_step: text[B] = expert(question, other_step_rows, task="Shorten.")' in new
    assert 'other: text[B] = join("For", customer, other_step)' in new
    assert not any("budget" in line for line in new), "the other branch costs as much"
    assert 'other: text[B] = join("For", customer, question)' in old


def test_an_expert_is_inserted_behind_a_node_and_used_in_its_place():
    new, _ = after(InsertExpertAfter("desk", "answer"))
    assert "answer_step: text[B] = expert(answer, answer_step_rows)" in new
    assert "return answer_step" in new


def test_an_expert_is_split_and_its_rows_stay_with_the_second():
    new, _ = after(SplitExpert("desk", "polite", task="What?"))
    assert 'polite_what: text[B] = expert(paid, polite_what_rows, task="What?")' in new
    assert 'polite: text[B] = expert(polite_what, say, task="Be polite.")' in new
    assert "budget(llm_calls=4, per=[B])" in new, "the budget grows with what it is for"


def test_an_input_is_added_in_a_join_of_its_own_or_in_the_one_that_is_there():
    new, _ = after(AddInput("desk", "paid", "customer"))
    assert "paid_input: text[B] = join(question, customer)" in new
    assert "paid: text[B] = expert(paid_input, say) # in money" in new
    once = apply_edit(AddInput("desk", "paid", "customer"), PATH, HARNESS).after
    new, _ = after(AddInput("desk", "polite", "customer"), once)
    assert "polite_input: text[B] = join(paid, customer)" in new
    assert "already" in refused(AddInput("desk", "paid", "customer"), once)


def test_a_label_comes_with_its_case():
    new, _ = after(AddLabel("Desk", "people", "a person reads it", task="As a person."))
    assert '"people": "a person reads it",' in new
    assert 'answer_people: text[B] = expert(question, answer_people_rows, task="As a person.")' in new
    assert any('"people" => answer_people' in line for line in new)


def test_a_validator_keeps_the_labels_of_what_it_checks():
    new, _ = after(AddValidator("desk", "paid", "until_match", "[0-9]"))
    assert 'paid_checked: text[B] = until_match(paid, pattern="[0-9]")' in new
    new, _ = after(AddValidator("desk", "desk", "until_match", "m"))
    assert "desk_checked: Desk[B] = gate(desk, desk_match)" in new


def test_a_node_is_asked_again_until_a_validator_is_content_and_the_check_can_be_made_stricter():
    loop = WrapLoop("desk", "paid", 3, "until_match", "[0-9]")
    new, _ = after(loop)
    assert "paid_turns: text[B, 3] = expand(question, to=[B, 3])" in new
    assert "paid_turn: text[B, 3] = expert(paid_turns, say)" in new
    assert "paid: text[B] = recurrent(paid_checked, question) # in money" in new
    looped = apply_edit(loop, PATH, HARNESS).after
    new, _ = after(TightenValidator("desk", "paid_checked", "^[0-9]+$"), looped)
    assert 'paid_checked: text[B, 3] = until_match(paid_turn, pattern="^[0-9]+$")' in new
    new, _ = after(ChangeTurns("desk", "paid", 8), looped)
    assert {"paid_turns: text[B, 8] = expand(question, to=[B, 8])", "budget(llm_calls=10, per=[B])"} <= {*new}


def test_a_node_is_asked_several_times_or_gets_a_fallback():
    new, _ = after(WrapVote("desk", "desk", 3))
    assert "desk_samples: text[B, 3] = expand(question, to=[B, 3])" in new
    assert "desk_sample: Desk[B, 3] = expert(desk_samples, route, topk=4)" in new
    assert "desk: Desk[B] = vote(desk_sample)" in new
    assert "budget(llm_calls=5, per=[B])" in new
    new, _ = after(WrapFallback("desk", "paid", "question", task="Say something."))
    assert 'paid_else: text[B] = expert(question, paid_else_rows, task="Say something.")' in new
    assert "paid_or_else: text[B] = fallback(paid, paid_else)" in new
    assert 'polite: text[B] = expert(paid_or_else, say, task="Be polite.")' in new


TEMPLATED = """hdsl 1

type Person { name: text, town: text }

experience people: text -> Person = []

experience say: text -> text = []

harness desk(question: text[1]) -> text[1] {
  person: Person[1] = expert(question, people)
  said:   text[1]   = expert(person.name, say)
  answer: text[1]   = "Dear {person.name} of {person.town}: {said}"
  return answer
}
"""


def test_names_in_templates_and_fields_are_names_too():
    new, _ = after(InsertExpertAfter("desk", "said"), TEMPLATED)
    assert 'answer: text[1] = "Dear {person.name} of {person.town}: {said_step}"' in new
    new, _ = after(InsertExpertBefore("desk", "answer", "said"), TEMPLATED)
    assert any("{answer_step}" in line for line in new)
    assert "declares no type" in refused(AddLabel("Person", "x"), TEMPLATED)
    assert "neither a call nor a switch" in refused(RemoveNode("desk", "answer"), TEMPLATED)
    for edit in possible_edits(open_text(PATH, TEMPLATED), "desk"):
        try:
            after(edit, TEMPLATED)
        except DoesNotApply as reason:
            assert len(str(reason)) > 10


def test_a_node_is_taken_out_with_the_table_that_it_alone_used():
    new, old = after(RemoveNode("desk", "polite"))
    assert any('"money" => paid' in line for line in new)
    assert "experience say: text -> text = []" not in old, "another node uses it"
    alone = HARNESS.replace("expert(paid, say,", "expert(paid, manners,").replace(
        "experience say", "# How.\nexperience manners: text -> text = []  # none yet\n\nexperience say"
    )
    _, old = after(RemoveNode("desk", "polite"), alone)
    assert "experience manners: text -> text = [] # none yet" in old


def test_steps_that_follow_each_other_are_taken_out_together():
    new, old = after(RemoveNode("desk", "polite", "paid"))
    assert any('"money" => question' in line for line in new)
    assert {"paid: text[B] = expert(question, say) # in money"} <= {*old}
    assert "does not lead" in refused(RemoveNode("desk", "polite", "other"))
    assert "used elsewhere" in refused(RemoveNode("desk", "polite", "paid"), HARNESS.replace("customer, q", "paid, q"))


def test_inputs_and_branches_change_places_and_back():
    swapped = SwapInputs("desk", "other", "customer", "question")
    new, _ = after(swapped)
    assert 'other: text[B] = join("For", question, customer)' in new
    made = apply_edit(swapped, PATH, HARNESS)
    assert apply_edit(SwapInputs("desk", "other", "question", "customer"), PATH, made.after).after == format_source(
        HARNESS
    )
    new, _ = after(SwapInputs("desk", "answer", "polite", "other"))
    assert any('"money" => other, "other" => polite' in line for line in new)
    assert "takes `paid` 0 times" in refused(SwapInputs("desk", "answer", "paid", "other"))
    assert "with itself" in refused(SwapInputs("desk", "answer", "other", "other"))
    assert "would not check" in refused(SwapInputs("desk", "paid", "question", "say"))


def test_turns_are_changed_where_their_dimension_is_named():
    looped = apply_edit(WrapLoop("desk", "paid", 3, "until_match", "[0-9]"), PATH, HARNESS).after
    named = looped.replace("  # First the desk.", "  dim N = 3\n  # First the desk.").replace("[B, 3]", "[B, N]")
    new, _ = after(ChangeTurns("desk", "paid", 8), named)
    assert {"dim N = 8", "budget(llm_calls=10, per=[B])"} <= {*new}


def test_two_steps_change_their_order_with_their_comments():
    made = apply_edit(SwapSteps("desk", "paid", "polite"), PATH, HARNESS)
    lines = [" ".join(line.split()) for line in made.after.splitlines()]
    first = lines.index('polite: text[B] = expert(question, say, task="Be polite.")')
    assert lines[first + 1] == "paid: text[B] = expert(polite, say) # in money"
    assert any('"money" => paid' in line for line in lines)
    assert made.inverse.applied(made.after) == HARNESS


def test_options_are_changed_or_written():
    assert "desk: Desk[B] = expert(question, route, topk=16)" in after(ChangeOption("desk", "desk", "topk", 16))[0]
    new, _ = after(ChangeOption("desk", "paid", "task", 'Say "yes".'))
    assert r'paid: text[B] = expert(question, say, task="Say \"yes\".") # in money' in new


def test_an_edit_that_does_not_apply_says_why():
    assert "no node `nobody`" in refused(RemoveNode("desk", "nobody"))
    assert "already" in refused(ChangeOption("desk", "desk", "topk", 4))
    assert "asks nothing" in refused(WrapLoop("desk", "other", 3, "until_match", "x"))
    assert "switches on" in refused(InsertExpertBefore("desk", "answer", "desk"))
    assert "would not check (HG601" in refused(RemoveNode("desk", "desk"))
    assert "not defined before" in refused(AddInput("desk", "desk", "polite"))


def test_what_is_no_edit_is_refused_when_it_is_read():
    for value, what in (
        ([], "kinds"),
        ({"kind": "rewrite"}, "kinds"),
        ({"kind": "remove_node", "harness": "desk"}, "node"),
        ({"kind": "remove_node", "harness": "desk", "node": 3}, "is a text"),
        ({"kind": "change_turns", "harness": "desk", "node": "x", "turns": "3"}, "whole number"),
        ({"kind": "remove_node", "harness": "desk", "node": "x", "path": "/etc"}, "'path'"),
    ):
        with pytest.raises(ValueError, match=what):
            edit_from_json(value)


def test_the_inverse_restores_what_was_not_formatted_and_refuses_any_other_text():
    text = HARNESS.replace("\n", "\r\n").replace("  paid:   text[B]", " paid :text[ B ]")
    made = apply_edit(ChangeOption("desk", "desk", "topk", 2), PATH, text)
    assert made.inverse.applied(made.after) == text
    with pytest.raises(DoesNotApply):
        made.inverse.applied(made.after + "\n")


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6))
def test_every_edit_of_any_program_checks_or_says_why_it_does_not_apply(seed):
    chance = random.Random(seed)
    is_example = chance.random() < 0.3
    path = chance.choice(EXAMPLES) if is_example else PATH
    text = path.read_text(encoding="utf-8") if is_example else typed_program(chance, harnesses=2, nodes=6)
    text = commented(text, chance)
    opened = open_text(path, text)
    edits = [edit for harness in opened.harnesses for edit in possible_edits(opened, harness)]
    for edit in chance.sample(edits, min(6, len(edits))):
        try:
            made = apply_edit(edit, path, text, opened)
        except DoesNotApply as reason:
            assert len(str(reason)) > 10
            continue
        assert not made.opened.errors
        assert made.inverse.applied(made.after) == text
        assert not comments(text) - comments(made.after)


def commented(text, chance):
    """The text with comments at the ends of lines and on lines of their own."""
    lines = []
    for number, line in enumerate(text.split("\n")):
        if number and chance.random() < 0.15:
            lines.append(f"  # above {number}")
        lines.append(f"{line}  # behind {number}" if line.strip() and chance.random() < 0.15 else line)
    return "\n".join(lines)


def test_every_kind_is_tried_on_some_program():
    found = set()
    for seed in range(4):
        opened = open_text(PATH, typed_program(random.Random(seed)))
        found |= {edit.kind for harness in opened.harnesses for edit in possible_edits(opened, harness)}
    assert found == set(KINDS)

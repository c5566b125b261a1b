"""What single rules see in a trace, and the order in which a search tries what is proposed."""

import json
from pathlib import Path

import pytest

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.edits.add_input import AddInput
from hdsl.evolve.edits.change_option import ChangeOption
from hdsl.evolve.edits.insert_expert import InsertExpertAfter
from hdsl.evolve.edits.swap_inputs import SwapInputs
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.footprint import Allowance
from hdsl.evolve.opened import open_text
from hdsl.evolve.proposals import Proposal, View
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.record import Choices, Record
from hdsl.evolve.search import Rules
from hdsl.evolve.trial import Setting, learned
from hdsl.kernel.request import Usage
from hdsl.learn.module import seeds
from hdsl.learn.start import Changed, work_of
from hdsl.reflect.summary import summary_of
from tests.evolve.test_evolution import Scripted

TRAIN = '\ntrain task {\n  data = load("data.jsonl")\n  loss = exact_match\n  valid = 0.4\n  epochs = 1\n}\n'
CODES = {each: str(number) for number, each in enumerate("abcde")}
ROWS = ", ".join(f'("{each}", "{each}", "{code}")' for each, code in CODES.items())


def written(folder: Path, text: str, pairs) -> Path:
    (folder / "data.jsonl").write_text(
        "".join(json.dumps({"item": [item], "expected": [wanted]}) + "\n" for item, wanted in pairs)
    )
    (folder / "task.hg").write_text(f"hdsl 1\n\n{text}{TRAIN}")
    return folder / "task.hg"


def proposed(folder: Path, text: str, pairs) -> list[Proposal]:
    """What the rules propose from one trace of a file, the strongest first."""
    return traced_proposals(folder, written(folder, text, pairs))


def traced_proposals(folder: Path, file: Path) -> list[Proposal]:
    settings = load_settings(folder, kernel="nearest")
    work = work_of(*checked_module(file, str(file)), settings, None, Changed())
    opened = open_text(file, file.read_text())
    program = opened.program("task")
    setting = Setting(work, tuple(work.examples), 1)
    tables, _, _, traces = learned(program, Scripted(), setting, 0, "trace", is_traced=True)
    rows = seeds(program, settings.project)
    view = View(opened, "task", program, traces, summary_of(program, traces, tables), rows, tables,
                Allowance.of(program), (), 0)  # fmt: skip
    return list(RulesProposer().propose(view, Scripted()))


def test_a_fallback_that_never_gets_to_what_may_fail_is_turned_round(tmp_path):
    text = f"""experience codes: text -> text = [{ROWS}]

harness task(item: text[1]) -> text[1] {{
  code:   text[1] = expert(item, codes, topk=4)
  known:  text[1] = until_match(code, pattern="^[0-9]")
  other:  text[1] = "nobody knows {{item}}"
  answer: text[1] = fallback(other, known)
  return answer
}}
"""
    first = proposed(tmp_path, text, [*CODES.items()] * 3)[0]
    assert first.change == SwapInputs("task", "answer", "other", "known")
    assert "cannot fail" in first.evidence[0]
    turned = proposed(tmp_path, text.replace("other, known", "known, other"), [*CODES.items()] * 3)
    assert not any(isinstance(each.change, SwapInputs) for each in turned)


def test_branches_that_say_what_is_wanted_of_each_other_are_crossed(tmp_path):
    text = """type Kind { "vowel", "consonant" }

experience kinds: text -> Kind = [
  ("a", "a", "vowel"), ("e", "e", "vowel"), ("b", "b", "consonant"), ("c", "c", "consonant"),
]

harness task(item: text[1]) -> text[1] {
  kind:   Kind[1] = expert(item, kinds, topk=4)
  sung:   text[1] = "sing it"
  spoken: text[1] = "say it"
  answer: text[1] = switch kind { "vowel" => spoken, "consonant" => sung }
  return answer
}
"""
    wanted = {"a": "sing it", "e": "sing it", "b": "say it", "c": "say it"}
    found = proposed(tmp_path, text, [*wanted.items()] * 2)
    crossed = next(each for each in found if isinstance(each.change, SwapInputs))
    assert {crossed.change.one, crossed.change.other} == {"sung", "spoken"}
    right = {item: "say it" if said == "sing it" else "sing it" for item, said in wanted.items()}
    assert not any(isinstance(each.change, SwapInputs) for each in proposed(tmp_path, text, [*right.items()] * 2))


@pytest.mark.parametrize("number", ["2", "N"])
def test_a_list_without_room_for_all_of_its_elements_gets_more(tmp_path, number):
    text = f"""experience codes: text -> text = [{ROWS}]

harness task(item: text[1]{", N: dim = 2" if number == "N" else ""}) -> text[1] {{
  line:   text[1, {number}] = split(item, at=" ")
  code:   text[1, {number}] = expert(line, codes, topk=4)
  answer: text[1] = merge(code, with=" ")
  return answer
}}
"""
    pairs = [("a b", "0 1"), ("a b c", "0 1 2"), ("c", "2"), ("e d c", "4 3 2")]
    room = next(each for each in proposed(tmp_path, text, pairs) if each.change.kind == "change_room")
    assert room.change.as_json() == {"kind": "change_room", "harness": "task", "node": "line", "size": 4}
    assert "fails for 2 of 4 examples" in room.evidence[0]


def test_a_step_without_a_sign_is_left_out_after_all_others_are_tried(tmp_path):
    text = f"""experience codes: text -> text = [{ROWS}]

experience names: text -> text = []

harness task(item: text[1]) -> text[1] {{
  code:   text[1] = expert(item, codes, topk=4)
  answer: text[1] = expert(code, names, topk=4)
  return answer
}}
"""
    found = [each.change.as_json() for each in proposed(tmp_path, text, [(item, f"{item}!") for item in CODES])]
    left_out = [("code", ""), ("answer", ""), ("answer", "code")]
    last = [(each["node"], each["since"]) for each in found[-3:] if each["kind"] == "remove_node"]
    assert sorted(last) == sorted(left_out)


TURNED = f"""experience codes: text -> text = [{ROWS}]

harness task(item: text[1]) -> text[1] {{
  code:   text[1] = expert(item, codes, topk=4)
  answer: text[1] = join(code, item, with=" ")
  return answer
}}
"""
USELESS = Proposal(ChangeOption("task", "code", "topk", 5), "code")
RIGHT = Proposal(SwapInputs("task", "answer", "code", "item"), "answer")
COSTLY = Proposal(InsertExpertAfter("task", "answer"), "answer")


class Proposing:
    """Proposes the same each time."""

    name = "same"
    usage = Usage()

    def __init__(self, *proposals):
        self.proposals = proposals

    def propose(self, view, kernel):
        return self.proposals


def searched(folder: Path, count: int, *proposals: Proposal, calls: int | None = None):
    """The events of a search with one trial of each graph, by the number of the candidate."""
    items = [list(CODES)[number % len(CODES)] for number in range(count)]
    file = written(folder, TURNED, [(item, f"{item} {CODES[item]}") for item in items])
    work = work_of(*checked_module(file, str(file)), load_settings(folder, kernel="nearest"), None, Changed())
    choices = Choices(
        str(file), "task", rules=Rules(seeds=1, width=3, rounds=1, calls=calls), sealed=0.0, allow=("calls=8",)
    )
    evolution = Evolution(
        work, file.read_text(), Scripted(), Proposing(*proposals), choices, Record(folder / f"run{count} {calls}")
    )
    evolution.search.run(evolution.opened)
    evolution.close()
    ends = [each for each in evolution.search.archive.events if each["event"] in ("accepted", "rejected")]
    return {each["id"]: each for each in ends}


def test_the_first_that_is_surely_better_is_kept_and_those_behind_it_are_not_tried(tmp_path):
    ends = searched(tmp_path, 40, USELESS, RIGHT, COSTLY)
    assert [(ends[number]["event"], ends[number]["seeds"]) for number in (1, 2, 3)] == [
        ("rejected", 1), ("accepted", 1), ("rejected", 0),
    ]  # fmt: skip
    assert ends[3]["reason"] == "candidate 2 of its round was kept"


def test_what_came_near_has_one_more_trial_after_the_others(tmp_path):
    ends = searched(tmp_path, 15, RIGHT, USELESS)
    assert ends[2]["event"] == "rejected"
    assert (ends[1]["event"], ends[1]["seeds"], ends[1]["better"]) == ("accepted", 2, 6)
    few = searched(tmp_path, 12, RIGHT)
    assert (few[1]["event"], few[1]["seeds"]) == ("rejected", 2), "five examples are too few to be sure"


def test_a_trial_that_would_take_more_than_is_left_does_not_end_the_search_for_others(tmp_path):
    spent = searched(tmp_path, 40, RIGHT)[1]["spent"]
    ends = searched(tmp_path, 40, COSTLY, RIGHT, calls=spent)
    assert (ends[1]["event"], ends[1]["seeds"]) == ("rejected", 0)
    assert f"{spent // 2} of {spent} are left" in ends[1]["reason"]
    assert ends[2]["event"] == "accepted"


def test_an_input_that_no_node_takes_is_given_to_the_one_that_lacks_it(tmp_path):
    text = """experience desks: text -> text = []

harness task(item: text[1], place: text[1]) -> text[1] {
  desk: text[1] = expert(item, desks, topk=4)
  return desk
}
"""
    file = written(tmp_path, text, [])
    data = [{"item": [item], "place": [place], "expected": [f"desk {place}"]} for item in "ab" for place in "xyz"] * 3
    (tmp_path / "data.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in data))
    assert traced_proposals(tmp_path, file)[0].change == AddInput("task", "desk", "place")

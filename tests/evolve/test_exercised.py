"""A smaller graph that is no worse is kept only where the data has exercised what it leaves out."""

import json
from pathlib import Path

import pytest

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.edits.remove_node import RemoveNode
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.proposals import Proposal
from hdsl.evolve.record import Choices, Record
from hdsl.evolve.search import Rules
from hdsl.learn.start import Changed, work_of
from tests.evolve.test_evolution import Scripted
from tests.evolve.test_rules import CODES, ROWS, TRAIN, Proposing, proposed

EXAMPLES = 80

FALLBACK = f"""experience codes: text -> text = [{ROWS}]

experience names: text -> text = []

harness task(item: text[1]) -> text[1] {{
  code:   text[1] = expert(item, codes, topk=4)
  known:  text[1] = until_match(code, pattern="^[0-9]")
  other:  text[1] = expert(item, names, topk=4)
  answer: text[1] = fallback(known, other)
  return answer
}}
"""
TO_INPUT = FALLBACK.replace('experience names: text -> text = []\n\n', "").replace(
    "  other:  text[1] = expert(item, names, topk=4)\n", ""
).replace("known, other", "known, item")  # fmt: skip
SWITCH = f"""type Kind {{ "known", "unknown" }}

experience kinds: text -> Kind = [{", ".join(f'("{each}", "{each}", "known")' for each in CODES)}]

experience codes: text -> text = [{ROWS}]

harness task(item: text[1]) -> text[1] {{
  kind:   Kind[1] = expert(item, kinds, topk=4)
  code:   text[1] = expert(item, codes, topk=4)
  answer: text[1] = switch kind {{ "unknown" => item, "known" => code }}
  return answer
}}
"""
NEEDLESS = f"""experience codes: text -> text = [{ROWS}]

experience polish: text -> text = []

harness task(item: text[1]) -> text[1] {{
  code:   text[1] = expert(item, codes, topk=4)
  answer: text[1] = expert(code, polish, topk=4)
  return answer
}}
"""


def removed(folder: Path, text: str, node: str, codes=CODES):
    """How the search ended for the graph without a node: the event that it was kept or rejected by."""
    items = [list(codes)[number % len(codes)] for number in range(EXAMPLES)]
    (folder / "data.jsonl").write_text(
        "".join(json.dumps({"item": [item], "expected": [codes[item]]}) + "\n" for item in items)
    )
    file = folder / "task.hg"
    file.write_text(f"hdsl 1\n\n{text}{TRAIN}")
    work = work_of(*checked_module(file, str(file)), load_settings(folder, kernel="nearest"), None, Changed())
    proposer = Proposing(Proposal(RemoveNode("task", node), node))
    choices = Choices(str(file), "task", rules=Rules(seeds=1, rounds=1), sealed=0.0)
    evolution = Evolution(work, file.read_text(), Scripted(), proposer, choices, Record(folder / "run"))
    evolution.search.run(evolution.opened)
    evolution.close()
    (end,) = [each for each in evolution.search.archive.events if each["event"] in ("accepted", "rejected", "refused")]
    return end


@pytest.mark.parametrize(
    ("text", "node", "why"),
    [
        (FALLBACK, "other", "`other` is taken out, and was never asked"),
        pytest.param(FALLBACK, "known", "`known` is taken out, and never failed", marks=pytest.mark.slow),
        pytest.param(FALLBACK, "answer", "`other` is taken out, and was never asked", marks=pytest.mark.slow),
        (TO_INPUT, "answer", "`answer` is taken out, and never came to `item`"),
        (SWITCH, "answer", "`answer` is taken out, and never took its branch unknown"),
    ],
)
def test_what_was_never_asked_is_not_taken_out_for_being_small(tmp_path, text, node, why):
    end = removed(tmp_path, text, node)
    assert end["event"] == "rejected"
    assert "0 worse" in end["reason"], "not one example needs it"
    assert why in end["reason"]


def test_a_step_that_was_asked_and_changes_nothing_is_taken_out(tmp_path):
    assert removed(tmp_path, NEEDLESS, "answer")["event"] == "accepted"


def test_an_alternative_that_was_asked_and_does_harm_is_taken_out(tmp_path):
    unknown = dict.fromkeys("vwxyz", "?")
    other = FALLBACK.replace("expert(item, names, topk=4)", '"nobody knows {item}"')
    assert removed(tmp_path, other, "answer", {**CODES, **unknown})["event"] == "accepted"


def test_the_rules_leave_a_step_alone_that_was_never_asked(tmp_path):
    wrong = [(item, f"{code}!") for item, code in CODES.items()]
    steps = {each.change.node for each in proposed(tmp_path, FALLBACK, wrong) if each.change.kind == "remove_node"}
    assert "code" in steps
    assert "other" not in steps


def test_a_step_is_not_taken_out_where_each_answer_is_wrong_already(tmp_path):
    wrong = {item: f"{code}!" for item, code in CODES.items()}
    end = removed(tmp_path, NEEDLESS.replace("expert(code, polish, topk=4)", '"{code}?"'), "code", wrong)
    assert end["event"] == "rejected"
    assert "only 0 of them could turn worse" in end["reason"]

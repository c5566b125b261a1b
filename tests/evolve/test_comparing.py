"""How candidates are compared, what they may do, and what is divided: plain data in and out."""

from pathlib import Path

import pytest

from hdsl.evolve.archive import Archive, ArchiveDiffers, Member, front
from hdsl.evolve.candidate import Candidate, made
from hdsl.evolve.comparing import Comparison, compared, level
from hdsl.evolve.edits.wrap_loop import WrapLoop
from hdsl.evolve.evolution import brier
from hdsl.evolve.footprint import Allowance, NotAllowed, footprint
from hdsl.evolve.opened import open_text
from hdsl.evolve.parts import TooFewExamples, divided
from hdsl.evolve.proposals import Proposal
from hdsl.evolve.trial import Answered, Outcome
from hdsl.experience.training_data import Example
from hdsl.kernel.request import Usage

PATH = Path("file.hg")

HARNESS = """hdsl 1

experience say: text -> text = []

harness desk(question: text[1]) -> text[1] {
  answer: text[1] = expert(question, say)
  return answer
}

test "says" {
  out: text[1] = desk("a")
  expect contains(out, "")
}
"""


def outcome(*losses):
    answered = tuple(Answered(number, loss, "") for number, loss in enumerate(losses))
    return Outcome((), answered, Usage(), Usage(len(losses)), {})


def candidate(text=HARNESS):
    opened = open_text(PATH, text)
    program = opened.program("desk")
    return Candidate(0, None, opened, program, footprint(program))


def test_the_same_examples_are_compared_over_all_seeds():
    found = compared([outcome(1, 1, 0, 1), outcome(1, 1, 0, 0)], [outcome(0, 1, 0, 0), outcome(0, 1, 1, 0)])
    assert found.differences == (1.0, 0.0, -0.5, 0.5)
    assert (found.better, found.worse, found.gain) == (2, 1, 0.25)
    assert found.chance == 3 / 8, "of the eight ways to choose the signs, three gain as much"
    low, high = found.interval()
    assert low < found.gain < high


def test_what_is_better_in_every_trial_says_more_than_what_comes_and_goes():
    def chance(*differences):
        return Comparison(differences).chance

    assert chance(1.0, 1.0, 1.0, 1.0, -0.5, -0.5) < chance(0.5, 0.5, 0.5, 0.5, -1.0, -1.0)
    assert chance(*[0.5] * 6) == chance(*[1.0] * 6) == 1 / 64
    many = [0.5] * 300 + [-0.5] * 240 + [0.0] * 300
    assert chance(*many) == pytest.approx(chance(*many, *[0.0] * 300), rel=0.2), (
        "from many on by the normal distribution"
    )


def test_nothing_that_differs_says_nothing_and_all_tests_together_stay_under_one_level():
    assert compared([outcome(1, 0)], [outcome(1, 0)]).chance == 1.0
    assert sum(level(number) for number in range(1, 5000)) < 0.05


def test_the_front_leaves_out_what_another_one_beats():
    members = [
        Member(0, None, 0.5, 2.0, 5),
        Member(1, 0, 0.2, 2.0, 6),
        Member(2, 0, 0.5, 1.0, 4),
        Member(3, 0, 0.3, 3, 6),
    ]
    assert [each.number for each in front(members)] == [1, 2]


def test_what_an_edit_may_need_is_what_the_file_does_or_has_a_budget_for_and_what_is_allowed():
    loop = Proposal(WrapLoop("desk", "answer", 3, "until_match", "x"), "answer")
    parent = candidate()
    allowed = Allowance.of(parent.program)
    assert made(parent, loop, "desk", allowed).refused == "it needs --allow calls=3"
    assert made(parent, loop, "desk", allowed.plus("calls=3")).opened is not None
    rich = candidate(HARNESS.replace("[1] {\n  answer", "[1] {\n  budget(llm_calls=5)\n\n  answer"))
    assert made(rich, loop, "desk", Allowance.of(rich.program)).opened is not None
    for word in ("calls", "calls=-1", "calls=many", "fly", "money=3"):
        with pytest.raises(NotAllowed):
            Allowance.of(parent.program, [word])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("experience say", 'op run(x: text[*S]) -> text[*S] = "os:system"\n\nexperience say', "does not check"),
        ("experience say: text -> text = []", 'experience say: text -> text = load("/etc/passwd")', "does not check"),
        ("hdsl 1", "hdsl 1\n\nuse std.terminal", "names the module std.terminal"),
        ("[1] {\n", "[1] {\n  seen: text[1] = read_file(question)\n", "needs --allow read"),
        ("harness desk(question: text[1])", "harness desk(question: text[1], more: text[1])", "does not check"),
        ('contains(out, "")', 'contains(out, "b")', "called, trained or tested"),
        ("return answer", "return nobody", "does not check"),
    ],
)
def test_a_rewritten_file_brings_no_new_entry_point_no_effect_and_no_easier_test(old, new, why):
    parent = candidate()
    text = HARNESS.replace(old, new)
    if "read_file" in new:
        text = text.replace("expert(question, say)", "expert(seen, say)")
    found = made(parent, Proposal(text, ""), "desk", Allowance.of(parent.program))
    assert found.opened is None
    assert why in found.refused


def test_data_is_divided_in_three_parts_that_share_nothing():
    examples = [Example({"x": str(number)}, "y", {}, number) for number in range(1, 41)]
    parts = divided(examples, 0.3, 0.25, 7)
    assert divided(examples, 0.3, 0.25, 7).training == parts.training
    lines = [[each.line for each in part] for part in (parts.training, parts.validation, parts.sealed.opened())]
    assert sorted(line for part in lines for line in part) == list(range(1, 41))
    assert [len(each) for each in lines] == [21, 9, 10]
    with pytest.raises(TooFewExamples):
        divided(examples[:2], 0.3, 0.25, 0)


def test_an_archive_that_says_otherwise_is_not_gone_on_with(tmp_path):
    archive = Archive(tmp_path / "archive.jsonl")
    archive.add("root", loss=0.5)
    archive.add("ended")
    archive.close()
    before = (tmp_path / "archive.jsonl").read_bytes()
    again = Archive(tmp_path / "archive.jsonl")
    again.add("root", loss=0.5)
    with pytest.raises(ArchiveDiffers, match=r"archive\.jsonl:2"):
        again.add("ranked")
    again.close()
    assert (tmp_path / "archive.jsonl").read_bytes() == before


def test_predictions_are_compared_with_saying_the_base_rate():
    assert brier([]) == {"count": 0}
    assert brier([(1.0, True), (0.0, False)])["skill"] == 1.0
    assert brier([(0.5, True), (0.5, False)])["skill"] == 0.0

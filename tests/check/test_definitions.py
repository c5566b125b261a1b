"""Definitions that are missing, misspelt or doubled, and answers around a file: one fault, whatever uses them."""

import pytest

from hdsl.check.fixes import applied
from tests.check.texts import LOOP, REPLY, check_text, codes_of

CALLED = """
test "answers" {
  out: text[1] = reply("hello", task="Be brief.", T=2)
  expect contains(out, "hello")
}
"""
OPTIONS = REPLY.replace("text[1])", 'text[1], task: str = "", T: dim = 3)').replace(
    "  answer: text[1] = llm(message)\n",
    "  asked: text[1, T] = expand(message, to=[1, T])\n  said: text[1, T] = llm(asked, task=task)\n"
    "  answer: text[1] = merge(said)\n",
)


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("asked: ", "askde: ", "HG101"),
        ("asked: ", "said: ", "HG102"),
        ("  asked: text[1, T] = expand(message, to=[1, T])\n", "", "HG101"),
        ('task: str = "", ', "", "HG206"),
        ("task: str", "tasks: str", "HG101"),
        (", T: dim = 3", "", "HG406"),
        ("T: dim", "turns: dim", "HG406"),
        ("T: dim = 3", "T: int = 3", "HG406"),
        ("-> text[1] {", "-> text[2] {", "HG705"),
        ("return answer", "return said", "HG705"),
    ],
)
def test_what_is_wrong_with_a_definition_is_told_once_no_cascade(tmp_path, right, wrong, code):
    whole = OPTIONS + CALLED
    assert codes_of(tmp_path, whole) == []
    assert codes_of(tmp_path, whole.replace(right, wrong, 1)) == [code]


def test_a_definition_that_is_used_often_and_missing_is_told_once_and_not_taken_for_another(tmp_path):
    lines = "".join(f"  node{i}: text[1] = join(messages, messages)\n" for i in range(4))
    last = "  node4: text[1] = join(node3, message)\n  return node4\n"
    text = f"hdsl 1\n\nharness many(message: text[1]) -> text[1] {{\n{lines}{last}}}\n"
    (found,) = check_text(tmp_path, text)
    assert (found.code, len(found.related), found.fixes) == ("HG101", 6, ())


@pytest.mark.parametrize(("kind", "code"), [("type", "HG110"), ("twice", "HG102")])
def test_a_type_that_is_missing_or_declared_under_another_name_no_cascade(tmp_path, kind, code):
    types = {"type": "", "twice": 'type Mood { "a", "b" }\n\ntype Mood { "accept", "reject" }\n\n'}[kind]
    uses = "experience one: text -> Verdict = []\n\nexperience other: text -> Verdict = []\n"
    assert codes_of(tmp_path, f"hdsl 1\n\n{types}{uses}") == [code]


def test_a_type_whose_declaration_is_misspelt_is_fixed_there(tmp_path):
    uses = "experience one: text -> Verdict = []\n\nexperience other: text -> Verdict = []\n"
    (found,) = check_text(tmp_path, f'hdsl 1\n\ntype Verdit {{ "accept", "reject" }}\n\n{uses}')
    assert found.code == "HG110"
    assert [(edit.text, edit.place.span.start) for edit in found.fixes[0].edits] == [("Verdict", 13)]


def test_a_statement_above_several_that_it_uses_no_cascade(tmp_path):
    nodes = "  one: text[1] = first_line(message)\n  other: text[1] = first_line(message)\n"
    both = "  answer: text[1] = join(one, other)\n"
    assert codes_of(tmp_path, REPLY.replace("  answer: text[1] = llm(message)\n", both + nodes)) == ["HG103"]
    again = "  third: text[1] = join(one, one)\n"
    late = REPLY.replace("  answer: text[1] = llm(message)\n", both.replace("other", "one") + again + nodes)
    assert codes_of(tmp_path, late.replace("return answer", "return third")) == ["HG103"]


def test_what_stands_around_a_file_is_one_fault_and_goes(tmp_path):
    for text in (f"```hg\n{REPLY}```\n", f"Here is the file:\n\n{REPLY}", f"Here:\n```\n{REPLY}```"):
        (found,) = check_text(tmp_path, text)
        assert (found.code, applied(text, found.fixes[0].edits)) == ("HG004", REPLY)


def test_an_annotation_is_only_written_anew_where_nothing_else_disagrees(tmp_path):
    text = OPTIONS.replace("text[1, T] = llm", "text[T, 1] = llm")
    assert [fix.applicability for each in check_text(tmp_path, text) for fix in each.fixes] == ["safe"]
    text = OPTIONS.replace("= llm(asked, task=task)", "= llm(message, task=task)").replace("  asked", "  _asked")
    assert [fix.applicability for each in check_text(tmp_path, text) for fix in each.fixes] == ["unsafe"]


def test_a_shape_that_is_empty_is_shown_as_inferred(tmp_path):
    (found,) = check_text(tmp_path, REPLY.replace("llm(message)", "merge(message)"))
    assert found.found == "text[1]" and found.expected == "text[]"


def test_two_tests_of_one_name_are_one_too_many(tmp_path):
    test = CALLED.replace(', task="Be brief.", T=2', "")
    assert codes_of(tmp_path, REPLY + test + test) == ["HG102"]


def test_a_call_that_gives_a_loop_no_turn(tmp_path):
    caller = "harness outer(task: text[1]) -> text[1] {\n  out: text[1] = coder(task, T=0)\n  return out\n}\n"
    text = LOOP[: LOOP.index("test ")] + caller
    assert codes_of(tmp_path, text) == ["HG405"]


def test_a_body_in_the_style_of_python_is_one_fault(tmp_path):
    text = LOOP.replace(") -> text[1] {", ") -> text[1]:", 1)
    (found,) = check_text(tmp_path, text[: text.index("test ")])
    assert found.code == "HG001"


def test_a_slip_of_a_name_that_is_used_more_often_is_told_at_each_place(tmp_path):
    right = "".join(f"  good{i}: text[1] = first_line(message)\n" for i in range(9))
    wrong = "".join(f"  node{i}: text[1] = first_line(mesage)\n" for i in range(4))
    text = f"hdsl 1\n\nharness many(message: text[1]) -> text[1] {{\n{right}{wrong}  return node3\n}}\n"
    assert codes_of(tmp_path, text) == ["HG101"] * 4


def test_a_fault_elsewhere_in_the_file_hides_no_effects_and_no_budget(tmp_path):
    other = REPLY.removeprefix("hdsl 1\n").replace("reply", "other").replace("llm(message)", "llm(message")
    loop = LOOP[: LOOP.index("test ")].replace("llm_calls=30", "llm_calls=29")
    assert codes_of(tmp_path, loop + other) == ["HG710", "HG002"]
    assert codes_of(tmp_path, loop.replace("harness coder", "export harness coder")) == ["HG012", "HG710"]

"""One fault is one diagnostic: what follows from a fault that is reported is not reported."""

import pytest

from tests.check.texts import LOOP, REPLY, TWICE, check_text, codes_of


def test_valid_files_give_nothing(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, REPLY + TWICE) == []
    assert codes_of(tmp_path, LOOP) == []


def test_unknown_name_no_cascade(tmp_path):
    """Neither is the name that was meant reported as unused, nor a user of the node that could not be typed."""
    assert codes_of(tmp_path, REPLY.replace("llm(message)", "llm(mesage)") + TWICE) == ["HG101"]


def test_unknown_result_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("return answer", "return answr") + TWICE) == ["HG101"]


def test_unknown_operation_no_cascade(tmp_path):
    text = REPLY.replace("llm(message)", "lmm(message, task=tone, topk=T)")
    text = text.replace("message: text[1])", 'message: text[1], tone: str = "", T: dim = 3)')
    assert codes_of(tmp_path, text) == ["HG109"]


def test_missing_use_no_cascade(tmp_path):
    """Six calls, a type and an experience of a module that is not in use are one fault: the `use` that is missing."""
    text = LOOP.replace("use std.terminal\n", "").replace("T]    = payload", "T]    = terminal.payload")
    assert codes_of(tmp_path, text.replace('  data = load("pairs.jsonl")\n', ""))[:1] == ["HG109"]
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, text) == ["HG109"]


def test_missing_module_no_cascade(tmp_path):
    text = """\
hdsl 1

use "rows.hg" as rows

harness reply(message: rows.Mood[1]) -> rows.Mood[1] {
  mood:   rows.Mood[1] = expert(message, rows.moods)
  answer: text[1]      = rows.greet(mood, tone="polite")
  both:   text[1]      = join(answer, mood)
  other:  rows.Mood[1] = expert(both, rows.moods)
  return other
}
"""
    assert codes_of(tmp_path, text) == ["HG801"]


def test_misspelt_module_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, LOOP.replace("use std.terminal", "use std.terminals")) == ["HG106"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("answer: text[1] llm(message)", "HG001"),
        ("answer: text[1] = llm(message", "HG002"),
        ("answer: text[1 = llm(message)", "HG002"),
        ('answer: text[1] = llm(message, task="polite)', "HG003"),
        ("answer: text[1] = llm(message))", "HG011"),
        ("answer: text[1] = llm(message) }", "HG011"),
        ("answer: text[1] = llm(message, task='polite')", "HG010"),
        ("answer: text[1] = message + message", "HG013"),
        ("answer: text[1] = llm(first_line(message))", "HG207"),
        ("answer: text[1] = llm(first_line(first_line(message)))", "HG207"),
        ("answer: text[1] = switch message { else => message", "HG002"),
    ],
)
def test_broken_statement_no_cascade(tmp_path, broken, code):
    """The node is known by its name, its harness is callable, and what the statement would have used is not unused."""
    text = REPLY.replace("answer: text[1] = llm(message)", broken) + TWICE
    assert codes_of(tmp_path, text) == [code]


def test_faults_of_a_file_in_one_line_no_cascade(tmp_path):
    text = REPLY.replace("hdsl 1", "hdsl 1 use std.terminal dim K = 3").replace("= llm", "llm").replace("\n", " ")
    assert codes_of(tmp_path, text) == ["HG001"]


def test_misspelt_return_no_cascade(tmp_path):
    found = check_text(tmp_path, REPLY.replace("return answer", "retrun answer") + TWICE)
    assert [(each.code, each.expected) for each in found] == [("HG001", "`return`")]


def test_misspelt_keyword_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("harness", "harnes") + TWICE) == ["HG012"]


def test_unclosed_harness_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.rstrip().removesuffix("}") + TWICE) == ["HG002"]


def test_unclosed_experience_no_cascade(tmp_path):
    text = REPLY.replace("hdsl 1\n", 'hdsl 1\n\nexperience tone: text -> text = [\n  ("a", "b", "c"),\n')
    text = text.replace("llm(message)", "expert(message, tone)")
    assert codes_of(tmp_path, text) == ["HG002"]


def test_unclosed_text_of_several_lines_no_cascade(tmp_path):
    """All that the text swallows counts as defined."""
    text = TWICE + REPLY.removeprefix("hdsl 1\n")
    assert codes_of(tmp_path, "hdsl 1\n" + text.replace("llm(message)", 'llm(message, task="""polite)')) == ["HG003"]


def test_broken_signature_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("message: text", "message text") + TWICE) == ["HG001"]


def test_broken_type_no_cascade(tmp_path):
    text = LOOP.replace('"text:": "type this text",', '"text:" "type this text",')
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, text) == ["HG001"]


def test_broken_use_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, LOOP.replace("use std.terminal", "use std.terminal as")) == ["HG001"]


def test_broken_test_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, LOOP.replace("out: text[1] = coder", "out: text[1] coder")) == ["HG001"]
    assert codes_of(tmp_path, LOOP.replace("  expect contains", "  return contains")) == ["HG001"]


def test_wrong_annotation_no_cascade(tmp_path):
    """Users of the node are not measured by an annotation that is wrong."""
    text = REPLY.replace("answer: text[1]", "answer: text[2]").replace(
        "return answer", "short: text[1] = first_line(answer)\n  return short"
    )
    assert codes_of(tmp_path, text + TWICE) == ["HG702"]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("message: text[1]", "message: txt[1]", "HG110"),
        ("message: text[1]", "message: text", "HG407"),
        ("-> text[1]", "-> txt[1]", "HG110"),
        ("-> text[1]", "-> text", "HG407"),
        ("-> text[1]", "-> text[1, N]", "HG406"),
        ("message: text[1]", 'message: text[1] = "hello"', "HG213"),
    ],
)
def test_fault_of_a_signature_no_cascade(tmp_path, right, wrong, code):
    """Neither the body nor a caller is held to a signature that is not as it is meant."""
    assert codes_of(tmp_path, REPLY.replace(right, wrong) + TWICE) == [code]


def test_unknown_type_of_an_option_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    found = check_text(
        tmp_path, LOOP.replace("T: dim = 30", "T: dimm = 30").replace('print hello")', 'print hello", T=3)')
    )
    assert [each.code for each in found] == ["HG110"]
    assert found[0].help == "Did you mean `dim`?"


def test_unknown_type_of_an_experience_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, LOOP.replace("text -> Action", "text -> Actions")) == ["HG110"]


def test_session_of_an_unknown_type_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(tmp_path, LOOP.replace("shell: session[1]", "shell: sesion[1]")) == ["HG110"]


def test_session_before_another_input_no_cascade(tmp_path):
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    text = LOOP.replace("task: text[1], shell: session[1]", "shell: session[1], task: text[1]")
    assert codes_of(tmp_path, text) == ["HG215"]


def test_unreadable_experience_no_cascade(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"query": "a"\n')
    text = REPLY.replace("hdsl 1\n", 'hdsl 1\n\nexperience tone: text -> text = load("rows.jsonl")\n')
    found = check_text(tmp_path, text.replace("llm(message)", "expert(message, tone)"))
    assert [(each.code, each.place.source.path) for each in found] == [("HG803", str(tmp_path / "rows.jsonl"))]


def test_two_types_of_one_call_no_cascade(tmp_path):
    """A session for a text is one fault, whatever its shape; the annotation is not measured by it."""
    (tmp_path / "pairs.jsonl").write_text('{"task": "print hello", "expected": "hello"}\n')
    assert codes_of(
        tmp_path, LOOP.replace("terminal.capture(shells)\n  action", "terminal.capture(task)\n  action")
    ) == ["HG301"]


def test_wrong_argument_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("llm(message)", "llm(input=message)")) == ["HG208"]
    assert codes_of(
        tmp_path,
        REPLY.replace("llm(message)", "llm(message, tsk=tone)").replace("text[1])", 'text[1], tone: str = "")'),
    ) == ["HG204"]


def test_recursion_no_cascade(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("llm(message)", "twice(message)") + TWICE) == ["HG604"]


def test_module_with_faults_no_cascade(tmp_path):
    """The fault is reported once, in the file where it is, also where two files use that file."""
    (tmp_path / "b.hg").write_text(REPLY.replace("llm(message)", "llm(mesage)"))
    (tmp_path / "c.hg").write_text(REPLY.replace("hdsl 1\n", 'hdsl 1\nuse "b.hg" as b\n').replace("llm(", "b.reply("))
    text = REPLY.replace("hdsl 1\n", 'hdsl 1\nuse "b.hg" as b\nuse "c.hg" as c\n')
    text = text.replace("llm(message)", "b.reply(message)").replace(
        "return answer", "other: text[1] = c.reply(answer)\n  return other"
    )
    assert codes_of(tmp_path, text) == ["HG101"]


def test_unused_modules_and_inputs_are_reported_where_nothing_else_is_wrong(tmp_path):
    text = REPLY.replace("hdsl 1\n", "hdsl 1\nuse std.terminal\n").replace("text[1])", "text[1], other: text[1])")
    assert codes_of(tmp_path, text) == ["HG108", "HG105"]


def test_twenty_independent_faults_give_twenty(tmp_path):
    faults = [
        ("answer: text[1] = llm(mesage)", "HG101"),
        ("answer: text[1] = lmm(message)", "HG109"),
        ("answer: txt[1] = llm(message)", "HG110"),
        ("answer: text[2] = llm(message)", "HG702"),
        ("answer: text = llm(message)", "HG407"),
        ('answer: text[1] = llm(message, tsk="a")', "HG204"),
        ('answer: text[1] = llm(message, "a")', "HG205"),
        ("answer: text[1] = llm(message, task=3)", "HG206"),
        ("answer: text[1] = llm()", "HG201"),
        ("answer: text[1] = llm(message, message)", "HG202"),
        ("answer: text[1] = join(message, 3)", "HG210"),
        ("answer: text[1] = message[4, None]", "HG403"),
        ("answer: text[1] = expand(message, to=[])", "HG404"),
        ('answer: text[1] = switch message { "a" => message }', "HG601"),
        ("answer: text[1] = llm(first_line(message))", "HG207"),
        ("answer: text[1] = llm(message", "HG002"),
        ("answer: text[1] llm(message)", "HG001"),
        ("answer: text[1] = llm(message))", "HG011"),
        ("answer: text[1] = message * message", "HG013"),
        ("answer: text[1] = llm(message, task='a')", "HG010"),
    ]
    text = "hdsl 1\n"
    for i, (statement, _) in enumerate(faults):
        text += (
            REPLY.removeprefix("hdsl 1\n")
            .replace("reply", f"reply{i}")
            .replace("answer: text[1] = llm(message)", statement)
        )
    assert codes_of(tmp_path, text) == [code for _, code in faults]


def test_twenty_unknown_names_in_one_body_give_twenty(tmp_path):
    lines = "".join(f"  node{i}: text[1] = llm(missing{i})\n" for i in range(20))
    text = f"hdsl 1\n\nharness many(message: text[1]) -> text[1] {{\n{lines}  return message\n}}\n"
    assert codes_of(tmp_path, text) == ["HG101"] * 20


def test_no_cascade_hides_a_second_fault_of_the_same_body(tmp_path):
    text = REPLY.replace("return answer", "short: text[2] = first_line(message)\n  return short")
    assert codes_of(tmp_path, text.replace("llm(message)", "llm(mesage)")) == ["HG101", "HG702"]


def test_misspelt_type_of_an_input_keeps_its_dimensions_no_cascade(tmp_path):
    text = REPLY.replace("text[1]", "text[B]").replace("message: text", "message: txt")
    assert codes_of(tmp_path, text) == ["HG110"]


def test_misspelt_type_of_an_option_that_is_passed_on_no_cascade(tmp_path):
    text = REPLY.replace("message: text[1])", 'message: text[1], tone: srt = "")').replace(
        "message)\n", "message, task=tone)\n"
    )
    assert codes_of(tmp_path, text) == ["HG110"]


def test_arguments_of_an_unknown_operation_are_used_no_cascade(tmp_path):
    text = REPLY.replace("hdsl 1\n", "hdsl 1\n\nuse std.agnets\n").replace("text[1])", "text[1], T: dim = 3)")
    assert codes_of(tmp_path, text.replace("llm(message)", "agnets.terminal_agent(message, T=T)")) == ["HG106"]


def test_shape_that_nothing_gives_and_that_is_not_written_no_cascade(tmp_path):
    text = REPLY.replace("  answer", '  kept: text = read_file("a")\n  both: text[1] = join(message, kept)\n  answer')
    assert codes_of(tmp_path, text.replace("llm(message)", "llm(both)")) == ["HG406"]


def test_misspelt_option_that_is_needed_no_cascade(tmp_path):
    text = REPLY.replace("  answer: text[1] = llm(message)", "  answer: text[1] = expand(message, too=[1])")
    assert codes_of(tmp_path, text) == ["HG204"]


def test_label_that_begins_with_another_no_cascade(tmp_path):
    """The switch has no case for it either, and needs none."""
    text = LOOP.replace('  "key:": "press this key",\n', '  "key:": "press this key",\n  "key:more": "",\n')
    text = text[: text.index("test")]
    assert codes_of(tmp_path, text) == ["HG304"]

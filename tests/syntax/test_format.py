"""The formatter: one layout, every comment kept, the meaning never changed."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.syntax.format import Unformattable, format_source
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from tests.generators import program
from tests.sources import repository_sources, without_spans


def comments(text: str) -> list[str]:
    return [text[span.start : span.end].rstrip() for span in Source("", text).comments]


def documentation(text: str) -> list[str]:
    source = Source("", text)
    return [source.documentation(item.span.start) for item in parse(text).file.items]


def check_formatted(text: str) -> None:
    formatted = format_source(text)
    before, after = parse(text), parse(formatted)
    assert after.faults == ()
    assert without_spans(after.file) == without_spans(before.file)
    assert comments(formatted) == comments(text)
    assert format_source(formatted) == formatted
    assert formatted.endswith("\n") and not formatted.endswith("\n\n")
    assert not formatted.startswith("\n")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0), comments=st.sampled_from([0.0, 0.02, 0.1, 0.3]))
def test_any_program_is_formatted_without_loss(seed: int, comments: float) -> None:
    check_formatted(program(Random(seed), comments))


@pytest.mark.parametrize("seed", range(8))
def test_seeded_programs_are_formatted_without_loss(seed: int) -> None:
    random = Random(seed)
    for _ in range(10):
        check_formatted(program(random, random.choice((0, 0.05, 0.2))))


@pytest.mark.parametrize("part", range(4))
def test_files_of_the_repository_are_formatted_without_loss(part: int) -> None:
    for name, text in repository_sources()[part::4]:
        if parse(text).faults:
            continue  # a page shows what is wrong
        check_formatted(text)
        assert documentation(format_source(text)) == documentation(text), name


def formatted_body(body: str) -> str:
    """The body of a harness after formatting, without its indentation."""
    lines = format_source("hdsl 1 harness h() -> text[] {\n" + body + "\nreturn a }").splitlines()
    return "\n".join(line[2:] for line in lines[3:-2])


def test_a_whole_file() -> None:
    text = """\
# first
hdsl    1   # version
use std.terminal


use std.agents as   agents
type Action{"text:":"type",
"key:", }
type Verdict { "accept", "revise:" : "say what" }
dim K=3
# Rows.
experience decide:text->Action=[("a","b","text:c"),("d",   "e", "key:f")]
experience empty : text->text=[]
op f(x:A[*S]...,goal:text[ * S ]?,n:int=3)->A[*S]!llm(n) !wait( n )="m:f"
# Works.
harness coder(task:text[1],T:dim=30)->text[1]{
budget( llm_calls = 30 , per=[ T ])

a:text[1,T]=expand(task,to=[1,T])
action : Action[1, T] = expert(a , decide,task="x")   # decided
# then
sent = switch action {"text:"=>a,else=>action}

last=a[0,1:4,:,-2:,...,None]
return last}
test "t"{out:text[1]=coder("x") expect contains(out,"x")}
train coder{data=load("p.jsonl") lr=1.0}
# end"""
    assert (
        format_source(text)
        == """\
# first
hdsl 1  # version

use std.terminal

use std.agents as agents

type Action {
  "text:": "type",
  "key:",
}

type Verdict { "accept", "revise:": "say what" }

dim K = 3

# Rows.
experience decide: text -> Action = [
  ("a", "b", "text:c"),
  ("d", "e", "key:f"),
]

experience empty: text -> text = []

op f(x: A[*S]..., goal: text[*S]?, n: int = 3) -> A[*S] !llm(n) !wait(n) = "m:f"

# Works.
harness coder(task: text[1], T: dim = 30) -> text[1] {
  budget(llm_calls=30, per=[T])

  a:      text[1, T]   = expand(task, to=[1, T])
  action: Action[1, T] = expert(a, decide, task="x")  # decided
  # then
  sent = switch action { "text:" => a, else => action }

  last = a[0, 1:4, :, -2:, ..., None]
  return last
}

test "t" {
  out: text[1] = coder("x")
  expect contains(out, "x")
}

train coder {
  data = load("p.jsonl")
  lr = 1.0
}
# end
"""
    )


def test_columns_align_within_a_block_of_nodes() -> None:
    body = "a: text[1] = f(x)\nlonger: text[1, T] = g(a)\nbare = h(a)\n\nb: text[1] = f(x)\n# c\nccc: text[] = f(x)"
    assert formatted_body(body) == (
        "a:      text[1]    = f(x)\n"
        "longer: text[1, T] = g(a)\n"
        "bare               = h(a)\n"
        "\n"
        "b: text[1] = f(x)\n"
        "# c\n"
        "ccc: text[] = f(x)"
    )


def test_columns_of_nodes_without_types() -> None:
    assert formatted_body("a = f(x)\nlonger = g(a)") == "a      = f(x)\nlonger = g(a)"


def test_a_comma_at_the_end_puts_one_a_line_and_a_long_line_does_too() -> None:
    assert formatted_body("a = f(x, n=1,)") == "a = f(\n  x,\n  n=1,\n)"
    assert formatted_body("a = f(x,\n n=1)") == "a = f(x, n=1)"
    words = "w" * 110
    assert formatted_body(f'a = f(x, task="{words}")') == f'a = f(\n  x,\n  task="{words}",\n)'
    assert formatted_body(f'a = f(x, task="{words[12:]}")') == f'a = f(x, task="{words[12:]}")'


def test_an_operation_is_one_line_however_long() -> None:
    line = "op f(" + ", ".join(f"option{i}: int = {i}" for i in range(12)) + ') -> text[] = "m:f"'
    assert format_source(f"hdsl 1 {line}") == f"hdsl 1\n\n{line}\n"


def test_a_comment_in_a_list_breaks_it_and_stays() -> None:
    body = "a = f( # first\nx # of x\n, # behind\n# own\nn=[1 # one\n])"
    assert formatted_body(body) == ("a = f(  # first\n  x,  # of x\n  # behind\n  # own\n  n=[\n    1,  # one\n  ],\n)")


def test_comments_where_nothing_can_be_broken_go_on_deeper() -> None:
    assert formatted_body("a # name\n: # colon\ntext[1] = # is\nf(x)") == (
        "a  # name\n    :  # colon\n    text[1] =  # is\n    f(x)"
    )


def test_blank_lines_between_statements_are_kept_once_and_never_at_the_edges() -> None:
    assert formatted_body("\n\n\na = f(x)\n\n\n\nb = f(x)") == "a = f(x)\n\nb = f(x)"


def test_uses_and_operations_may_stand_together_other_declarations_may_not() -> None:
    text = 'hdsl 1\nuse a.b\nuse a.c\n\n\nuse a.d\nop f() -> text[]\nop g() -> text[]\ndim K = 1\ntest "t" {}\n'
    assert format_source(text) == (
        'hdsl 1\n\nuse a.b\nuse a.c\n\nuse a.d\n\nop f() -> text[]\nop g() -> text[]\n\ndim K = 1\n\ntest "t" {}\n'
    )


def test_strings_and_numbers_stay_as_they_are_written() -> None:
    node = 'a = f(x, m=-0.50, n=007, s="\\d \\u00e9\\"", t="""one\r\n  two # three\n\n\n""")'
    text = "hdsl 1\n\nharness h() -> text[] {\n  " + node + "\n  return a\n}\n"
    assert format_source(text) == text


def test_line_ends_become_lf() -> None:
    assert format_source("hdsl 1 # c\r\n\r\n\r\nuse a.b\r\n") == "hdsl 1  # c\n\nuse a.b\n"


def test_a_comment_right_above_a_declaration_stays_right_above_it_and_another_does_not_come_there() -> None:
    text = "hdsl 1\n# of K\ndim K = 1\n# stands alone\n\ndim L = 1 # behind\n# of h\nharness h() -> text[] { return a }"
    assert documentation(format_source(text)) == documentation(text) == ["of K", "", "of h"]


def test_a_text_that_does_not_parse_is_refused_with_its_faults() -> None:
    with pytest.raises(Unformattable) as refused:
        format_source("hdsl 1\nharness h( -> text[1] { return a }\n")
    assert refused.value.faults == parse("hdsl 1\nharness h( -> text[1] { return a }\n").faults != ()


def test_lists_that_are_nested_too_deep_are_not_laid_out():
    text = """hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = expand(message, to=%s)
  return answer
}
"""
    assert format_source(text % ("[" * 90 + "1" + "]" * 90))
    for depth in (110, 20_000):
        with pytest.raises(Unformattable) as caught:
            format_source(text % ("[" * depth + "1" + "]" * depth))
        (fault,) = caught.value.faults
        assert fault.kind == "beyond-limits"

"""The parser: trees whose spans are where the things stand, and recovery that finds each fault in its place."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.syntax import tree
from hdsl.syntax.parser import parse
from hdsl.syntax.tree import Name, Span
from tests.generators import mutant, program
from tests.sources import repository_sources

FILE = """\
# A comment.
hdsl 1
use std.terminal
use "lib/rows.hg" as rows
type Action { "text:": "type it", "key:" }
dim K = 3
experience decide: text -> Action = [("q", "k", "text:a")]
experience other: text -> rows.Kind = load("o.jsonl")
op f(x: A[*S]..., goal: text[*S]?, n: int = 3) -> A[*S, 2] !llm(n) !fails = "m:f"
harness coder(task: text[1], until: op(t[*E]) -> t[*E] !read, e: experience(text -> Action), T: dim = 30) -> t[1] {
  budget(llm_calls=3, per=[T])
  dim L = 4
  experience local: text -> text = []
  a: text[1, T] = expand(task, to=[1, *S], x="é", y=0.5)
  b = switch a { "text:" => a, else => task }
  c: text[1] = a[0, 1:, ..., None]
  return c
}
test "one" {
  out: text[1] = coder("x", until=terminal.until_exit(command="y"))
  expect contains(out, "x")
}
train coder { data = load("p.jsonl") loss = edit_distance lr = 1.0 }
"""


def spans(value: object) -> Iterator[tuple[object, Span]]:
    """Every part of a tree that has a span."""
    if isinstance(value, Span):
        return
    span = getattr(value, "span", None)
    if isinstance(span, Span):
        yield value, span
    names = getattr(value, "__dataclass_fields__", None) or getattr(value, "_fields", None)
    children = [getattr(value, name) for name in names] if names else value if isinstance(value, tuple) else []
    for child in children:
        yield from spans(child)


def written(text: str, kind: type) -> list[str]:
    return [text[span.start : span.end] for value, span in spans(parse(text).file) if type(value) is kind]


def test_the_text_of_a_span_is_the_thing() -> None:
    assert parse(FILE).faults == ()
    assert written(FILE, tree.Version) == ["hdsl 1"]
    assert written(FILE, tree.Use) == ["use std.terminal", 'use "lib/rows.hg" as rows']
    assert written(FILE, tree.Label) == ['"text:": "type it"', '"key:"']
    assert written(FILE, tree.DimConstant) == ["dim K = 3", "dim L = 4"]
    assert written(FILE, tree.Row) == ['("q", "k", "text:a")']
    assert written(FILE, tree.Rows) == ['[("q", "k", "text:a")]', "[]"]
    assert written(FILE, tree.Load) == ['load("o.jsonl")', 'load("p.jsonl")']
    assert written(FILE, tree.Effect) == ["!llm(n)", "!fails", "!read"]
    assert written(FILE, tree.OperationType) == ["op(t[*E]) -> t[*E] !read"]
    assert written(FILE, tree.ExperienceType) == ["experience(text -> Action)"]
    assert written(FILE, tree.Budget) == ["budget(llm_calls=3, per=[T])"]
    assert written(FILE, tree.Switch) == ['switch a { "text:" => a, else => task }']
    assert written(FILE, tree.Case) == ['"text:" => a', "else => task"]
    assert written(FILE, tree.Index) == ["a[0, 1:, ..., None]"]
    assert written(FILE, tree.IndexRange) == ["1:"]
    assert written(FILE, tree.IndexEllipsis) == ["..."]
    assert written(FILE, tree.Node)[1:3] == [
        'b = switch a { "text:" => a, else => task }',
        "c: text[1] = a[0, 1:, ..., None]",
    ]
    assert written(FILE, tree.BoundOperation) == ['terminal.until_exit(command="y")']
    assert written(FILE, tree.ListValue) == ["[T]", "[1, *S]"]
    assert written(FILE, tree.Pack) == ["*S"]
    assert written(FILE, tree.Number) == ["3", "30", "3", "1", "0.5", "1.0"]
    assert written(FILE, tree.Dim)[:4] == ["*S", "*S", "*S", "2"]
    assert written(FILE, tree.Expect) == ['expect contains(out, "x")']
    assert written(FILE, tree.Setting) == ['data = load("p.jsonl")', "loss = edit_distance", "lr = 1.0"]
    assert [text.split()[0] for text in written(FILE, tree.Operation)] == ["op"]
    assert written(FILE, tree.Operation)[0].endswith('"m:f"')
    assert written(FILE, tree.Harness)[0].endswith("return c\n}")
    assert written(FILE, tree.Test)[0].endswith('"x")\n}')
    assert written(FILE, tree.TypeDeclaration) == ['type Action { "text:": "type it", "key:" }']
    assert written(FILE, tree.Train)[0].startswith("train coder {")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0))
def test_spans_of_any_program(seed: int) -> None:
    text = program(Random(seed))
    parsed = parse(text)
    assert parsed.faults == ()
    for value, (start, end) in spans(parsed.file):
        part = text[start:end]
        assert part == part.strip() and part
        if isinstance(value, Name) and "." not in value.text:
            assert part == value.text
        if isinstance(value, tree.Text):
            assert part[0] == part[-1] == '"'


def test_strings_are_decoded() -> None:
    file = parse(r"""hdsl 1 test "a\n\t\"\\\u00e9\d" {}""").file
    (test,) = file.items
    assert isinstance(test, tree.Test)
    assert test.name.text == 'a\n\t"\\é\\d'


@pytest.mark.parametrize("word", ["hdsl", "return", "test", "op", "experience", "budget", "else"])
def test_a_reserved_word_may_be_an_option_or_a_part_of_a_path(word: str) -> None:
    text = f"hdsl 1\nharness h(x: text[1]) -> text[1] {{\n  a = f(x, {word}=1, b=c.{word})\n  return a\n}}\n"
    assert parse(text).faults == ()


def faulty(text: str) -> list[tuple[int, str]]:
    """The line of each fault, and what stands there."""
    faults = parse(text).faults
    return [(text.count("\n", 0, fault.span.start) + 1, text[fault.span.start : fault.span.end]) for fault in faults]


def test_several_faults_in_one_run_each_in_its_place() -> None:
    text = """\
hdsl 1
use
type Action { "text:" "type it" }
harness good(x: text[1]) -> text[1] {
  a: text[1] = f(x)
  return a
}
harness bad(x: text[1]) -> text[1] {
  a: text[1] = f(x,, y)
  b: text[1] = g(h(x))
  c: text[1] = k(x)
  d: text[1 = k(x)
  return d
}
test "t" {
  expect contains(a "b")
}
"""
    found = faulty(text)
    assert [line for line, _ in found] == [2, 3, 9, 10, 12, 16]
    assert (10, "h") in found and (9, ",") in found
    good = next(item for item in parse(text).file.items if isinstance(item, tree.Harness) and item.name.text == "good")
    assert len(good.body) == 1
    bad = next(item for item in parse(text).file.items if isinstance(item, tree.Harness) and item.name.text == "bad")
    assert [statement.name.text for statement in bad.body if isinstance(statement, tree.Node)] == ["c"]
    assert {"a", "b", "d"} <= parse(text).unread


def test_what_could_be_read_around_a_fault_has_its_own_spans() -> None:
    text = FILE.replace("dim L = 4", "dim L = = 4")
    assert [line for line, _ in faulty(text)] == [12]
    assert written(text, tree.Switch) == ['switch a { "text:" => a, else => task }']
    assert written(text, tree.Use) == ["use std.terminal", 'use "lib/rows.hg" as rows']


@pytest.mark.parametrize("text", ["", "# only a comment", "harness h() -> text[] { return a }", "hdsl"])
def test_a_file_without_its_version(text: str) -> None:
    assert len(parse(text).faults) >= 1


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from('hdsl 1\n{}()[]=:,"#ax.*->!?é\\'), max_size=80))
def test_any_text_is_read_or_refused_with_a_fault_inside_it(text: str) -> None:
    for fault in parse(text).faults:
        assert 0 <= fault.span.start <= fault.span.end <= len(text)


@pytest.mark.parametrize("seed", range(5))
def test_a_mutant_is_read_or_refused_with_a_fault_inside_it(seed: int) -> None:
    random = Random(seed)
    texts = [text for _, text in repository_sources()] + [program(random) for _ in range(20)]
    for text in random.sample(texts, min(40, len(texts))):
        changed = mutant(text, random)
        for fault in parse(changed).faults:
            assert 0 <= fault.span.start <= fault.span.end <= len(changed)

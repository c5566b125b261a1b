"""Bounds along the most expensive branch, and budgets compared with them."""

from pathlib import Path

import pytest

from hdsl.check.session import check_file
from hdsl.graph.cost import bounds
from tests.programs import program_of

HEAD = """hdsl 1

use std.terminal

type Kind { "one": "", "other": "" }

experience kinds: text -> Kind = []
"""


def calls(tmp_path: Path, body: str, shape: str = "text[B]") -> str:
    program = program_of(tmp_path, HEAD + f"harness h(x: {shape}) -> {shape} {{\n{body}\n}}\n", "h")
    return str(bounds(program)[0].llm_calls)


def test_the_most_expensive_branch_counts(tmp_path):
    body = """  kind: Kind[B] = expert(x, kinds)
  a: text[B] = llm(x)
  b: text[B] = llm(a)
  c: text[B] = llm(x)
  out: text[B] = switch kind { "one" => b, "other" => c }
  return out"""
    assert calls(tmp_path, body) == "3·B"


def test_what_both_branches_need_counts_once_and_apart(tmp_path):
    body = """  kind: Kind[B] = expert(x, kinds)
  shared: text[B] = llm(x)
  a: text[B] = llm(shared)
  b: text[B] = llm(shared, task="other")
  out: text[B] = switch kind { "one" => a, "other" => b }
  return out"""
    assert calls(tmp_path, body) == "3·B"


def test_a_branch_that_is_paid_for_once_for_all_elements_is_added(tmp_path):
    body = """  kind: Kind[B] = expert(x, kinds)
  first: text[] = x[0]
  one: text[] = llm(first)
  a: text[B] = expand(one, to=[B])
  b: text[B] = llm(x)
  out: text[B] = switch kind { "one" => a, "other" => b }
  return out"""
    assert calls(tmp_path, body) == "2·B + 1"


def test_bounds_that_no_size_decides_stand_side_by_side(tmp_path):
    body = """  kind: Kind[1] = expert(x, kinds)
  many: text[1, T] = expand(x, to=[1, T])
  tried: text[1, T] = llm(many)
  a: text[1] = merge(tried)
  b: text[1] = llm(x)
  c: text[1] = llm(b)
  d: text[1] = llm(c)
  e: text[1] = llm(d)
  out: text[1] = switch kind { "one" => a, "other" => e }
  return out"""
    program = program_of(tmp_path, HEAD + f"harness h(x: text[1], T: dim = 3) -> text[1] {{\n{body}\n}}\n", "h")
    total, _ = bounds(program)
    assert str(total.llm_calls) == "max(T + 1, 5)"
    assert total.at({"T": 10}).llm_calls.number == 11


@pytest.mark.parametrize(
    ("budget", "fits"),
    [
        ("llm_calls=2, per=[B]", True),
        ("llm_calls=1, per=[B]", False),
        ("llm_calls=1000", False),
        ("seconds=1", True),
    ],
)
def test_a_budget_is_compared_at_all_sizes(tmp_path, budget, fits):
    file = tmp_path / "file.hg"
    file.write_text(
        "hdsl 1\n"
        f"harness h(x: text[B]) -> text[B] {{\n  budget({budget})\n"
        "  a: text[B] = llm(x)\n  b: text[B] = llm(a)\n  return b\n}\n"
    )
    assert [diagnostic.code for diagnostic in check_file(file).diagnostics] == ([] if fits else ["HG710"])


def test_a_call_with_more_turns_is_held_to_the_budget_of_what_it_calls(tmp_path):
    file = tmp_path / "file.hg"
    file.write_text("""hdsl 1

harness inner(x: text[1], T: dim = 3) -> text[1] {
  budget(llm_calls=3)

  many:  text[1, T] = expand(x, to=[1, T])
  tried: text[1, T] = llm(many)
  found: text[1, T] = until_match(tried, pattern="a")
  out:   text[1]    = recurrent(found, x)
  return out
}

harness outer(x: text[1]) -> text[1] {
  fine: text[1] = inner(x)
  more: text[1] = inner(fine, T=4)
  return more
}
""")
    (diagnostic,) = check_file(file).diagnostics
    assert (diagnostic.code, diagnostic.place.source.position(diagnostic.place.span.start)[0]) == ("HG710", 15)

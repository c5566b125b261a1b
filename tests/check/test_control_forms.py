"""Forms that follow a success, a failure or an end: the order of effects that they prove, and what is wrong."""

from pathlib import Path

import pytest

from hdsl.check.session import check_file
from hdsl.graph.cost import bounds
from tests.programs import program_of

HEAD = """\
hdsl 1

use std.terminal

type Kind { "yes", "no" }

harness main(task: text[2], shell: session[2], N: dim = 3) -> text[2] {
"""


def codes(folder: Path, *lines: str) -> list[str]:
    """What is wrong with a body whose last line defines `last`."""
    path = folder / "main.hg"
    path.write_text(HEAD + "".join(f"  {line}\n" for line in lines) + "  return last\n}\n", encoding="utf-8")
    return [each.code for each in check_file(path).diagnostics if each.severity == "error"]


TYPED = 'typed: text[2] = terminal.send_text("a", shell)'
OTHER = 'other: text[2] = terminal.send_text("b", shell)'
SCREEN = "screen: text[2] = terminal.capture(shell)"
SEEN = 'seen: text[2] = until_match(typed, pattern="a")'
MANY = (
    "shells: session[2, N] = expand(shell, to=[2, N])",
    'turn: text[2, N] = terminal.send_text("a", shells)',
    "all: text[2, N] = in_order(turn)",
)

CHECKS = {
    "an alternative comes after the one before": (TYPED, SEEN, OTHER, "last: text[2] = fallback(seen, other)"),
    "what stands behind a fallback comes after all of it": (
        *(TYPED, SEEN, OTHER, SCREEN),
        "either: text[2] = fallback(seen, other)",
        "last: text[2] = sequential(either, screen)",
    ),
    "a cause comes after what it is of": (
        *(TYPED, SEEN, OTHER),
        "why: text[2] = cause(seen)",
        "last: text[2] = sequential(why, other)",
    ),
    "the end comes after what it ends": (TYPED, OTHER, "last: text[2] = always(typed, other)"),
    "what follows comes after the end": (
        *(TYPED, OTHER, SCREEN),
        "both: text[2] = always(typed, other)",
        "last: text[2] = sequential(both, screen)",
    ),
    "what both need may be used anywhere": (
        *(SCREEN, "line: text[2] = join(screen, task)"),
        *("typed: text[2] = terminal.send_text(line, shell)", "other: text[2] = terminal.send_text(screen, shell)"),
        "both: text[2] = always(typed, other)",
        "last: text[2] = join(both, screen)",
    ),
    "nested": (
        *(TYPED, OTHER, "third: text[2] = terminal.send_key(task, shell)"),
        "inner: text[2] = always(typed, other)",
        "last: text[2] = always(inner, third)",
    ),
    "one session in order": (*MANY, "last: text[2] = merge(all)"),
    "all turns are done behind all of them": (
        *(*MANY, SCREEN, "joined: text[2] = merge(all)"),
        "last: text[2] = sequential(joined, screen)",
    ),
    "all turns are done behind the last": (
        *(*MANY, SCREEN, "end: text[2] = all[:, -1]"),
        "last: text[2] = sequential(end, screen)",
    ),
    "the elements are outside of every loop": (
        *(*MANY, "asked: text[2, N] = llm(all)"),
        "last: text[2] = merge(asked)",
    ),
    "a loop whose turns are alternatives that fail": (
        *("one: text[2] = llm(task)", 'good: text[2] = until_match(one, pattern="a")'),
        "pile: text[2, 2] = stack(good, task)",
        "turns: text[2, 2] = pile[:, :]",
        "last: text[2] = recurrent(turns)",
    ),
}
"""What checks without a word."""

WRONG = {
    "alternatives are in no order with others": (
        ["HG501"],
        (TYPED, SEEN, OTHER, SCREEN, "either: text[2] = fallback(seen, other)", "last: text[2] = join(either, screen)"),
    ),
    "some turns may come later": (
        ["HG501"],
        (
            *(*MANY, SCREEN, "first: text[2] = all[:, 0]"),
            *("early: text[2] = sequential(first, screen)", "joined: text[2] = merge(all)"),
            "last: text[2] = join(early, joined)",
        ),
    ),
    "a turn is in no order with what is done for the turn before": (
        ["HG504", "HG501"],
        (
            *(*MANY, "again: text[2, N] = terminal.send_text(all, shells)"),
            "last: text[2] = merge(again)",
        ),
    ),
    "a loop that cannot fail": (
        ["HG507"],
        (
            *("tasks: text[2, N] = expand(task, to=[2, N])", "said: text[2, N] = llm(tasks)"),
            'good: text[2, N] = until_match(said, pattern="a")',
            "turn: text[2, N] = fallback(good, said)",
            "last: text[2] = recurrent(turn)",
        ),
    ),
    "a loop whose cause is all that is left": (
        ["HG507"],
        (
            *("tasks: text[2, N] = expand(task, to=[2, N])", "said: text[2, N] = llm(tasks)"),
            'good: text[2, N] = until_match(said, pattern="a")',
            "turn: text[2, N] = cause(good)",
            "last: text[2] = recurrent(turn)",
        ),
    ),
    "a wait behind what may fail at last": (
        ["HG509"],
        (
            *(TYPED, SEEN, OTHER, 'failing: text[2] = until_match(other, pattern="b")'),
            *("either: text[2] = fallback(seen, failing)", "settled: text[2] = terminal.wait_idle(shell)"),
            "last: text[2] = sequential(either, settled)",
        ),
    ),
    "a wait behind what is ended": (
        ["HG509"],
        (
            *(TYPED, SEEN, OTHER, "both: text[2] = always(seen, other)"),
            *("settled: text[2] = terminal.wait_idle(shell)", "last: text[2] = sequential(both, settled)"),
        ),
    ),
    "alternatives of two types": (
        ["HG301"],
        ("score: score[2] = exact_match(task, task)", "last: text[2] = fallback(task, score)"),
    ),
}


@pytest.mark.parametrize("case", CHECKS)
def test_an_order_that_is_proven(case: str, tmp_path: Path) -> None:
    assert codes(tmp_path, *CHECKS[case]) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong(case: str, tmp_path: Path) -> None:
    expected, lines = WRONG[case]
    assert codes(tmp_path, *lines) == expected


def test_a_wait_behind_an_alternative_that_cannot_fail_is_fine(tmp_path: Path) -> None:
    lines = (
        *(TYPED, SEEN, "either: text[2] = fallback(seen, task)", "settled: text[2] = terminal.wait_idle(shell)"),
        "last: text[2] = sequential(either, settled)",
    )
    assert codes(tmp_path, *lines) == []


def test_alternatives_are_summed_and_so_are_all_turns(tmp_path: Path) -> None:
    text = """\
hdsl 1

harness main(task: text[B], N: dim = 3) -> text[B] {
  one:   text[B]    = llm(task)
  good:  text[B]    = until_match(one, pattern="a")
  two:   text[B]    = llm(task, task="Again.")
  both:  text[B]    = fallback(good, two)
  tasks: text[B, N] = expand(both, to=[B, N])
  said:  text[B, N] = llm(tasks)
  all:   text[B, N] = in_order(said)
  end:   text[B]    = merge(all)
  note:  text[B]    = write_file(task, "")
  last:  text[B]    = always(end, note)
  return last
}
"""
    bound, _ = bounds(program_of(tmp_path, text), {"B": 2, "N": 5})
    assert (bound.llm_calls.number, bound.writes.number) == (4 + 10, 2)

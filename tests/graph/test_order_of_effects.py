"""The order of effects is one of elements: what is settled for one coordinate is not for another."""

from pathlib import Path

import pytest

from hdsl.graph.cost import reached
from hdsl.graph.order import Order, order_of, ordered_by_branches
from hdsl.graph.places import places_of
from tests.programs import program_of

FILES = ""

HEAD = """\
hdsl 1

use std.terminal

type Kind { "yes", "no" }

op decide(x: text[*S]) -> Kind[*S] = "world:decide"

harness main(task: text[2], shells: session[2], T: dim = 3) -> text[2] {
"""


def order(folder: Path, *lines: str) -> Order:
    """The order of a body whose last line defines `last`, of whatever is found in it."""
    text = HEAD + "".join(f"  {line}\n" for line in lines) + "  return last\n}\n"
    program = program_of(folder, text, with_errors=True)
    return order_of(program, places_of(program, reached(program)))


WRITE = "write: text[2] = terminal.send_text(task, shells)"
READ = "read: text[2] = terminal.capture(shells)"


def test_steps_are_in_order_element_by_element(tmp_path):
    found = order(tmp_path, WRITE, READ, "last: text[2] = sequential(write, read)")
    assert found.before("write", "read", "shells")
    assert not found.before("read", "write", "shells")


@pytest.mark.parametrize(
    "lines",
    [
        ("all: text[] = merge(read)", "again: text[2] = expand(all, to=[2])"),
        ("one: text[] = read[0]", "again: text[2] = expand(one, to=[2])"),
        ("one: text[1] = read[1:2]", "again: text[2] = expand(one, to=[2])"),
    ],
)
def test_what_one_element_did_is_not_done_by_the_others(tmp_path, lines):
    """The first element's second step reads all sessions while the second element still writes to its own."""
    found = order(tmp_path, WRITE, READ, *lines, "last: text[2] = sequential(write, again)")
    assert not found.ordered("write", "read", "shells")


def test_all_elements_are_done_where_one_text_is_made_of_them(tmp_path):
    lines = (WRITE, READ, "all: text[] = merge(write)", "first: text[2] = expand(all, to=[2])")
    assert order(tmp_path, *lines, "last: text[2] = sequential(first, read)").before("write", "read", "shells")


def test_only_the_elements_that_are_asked_for_are_done(tmp_path):
    lines = (WRITE, READ, "one: text[] = write[0]", "first: text[2] = expand(one, to=[2])")
    assert not order(tmp_path, *lines, "last: text[2] = sequential(first, read, write)").ordered(
        "write", "read", "shells"
    )


def test_elements_of_two_sessions_of_a_tensor_do_not_race(tmp_path):
    lines = (
        "left: session[] = shells[0]",
        "right: session[] = shells[1]",
        'one: text[] = terminal.send_text("a", left)',
        'other: text[] = terminal.send_text("b", right)',
        "both: text[] = join(one, other, task0)",
        "last: text[2] = expand(both, to=[2])",
    )
    found = order(tmp_path, "task0: text[] = task[0]", *lines)
    assert found.ordered("one", "other", "shells")
    same = [line.replace("shells[1]", "shells[0]") for line in lines]
    assert not order(tmp_path, "task0: text[] = task[0]", *same).ordered("one", "other", "shells")


def test_what_a_loop_takes_from_outside_is_done_before_its_turns(tmp_path):
    lines = (
        WRITE,
        "many: text[2, T] = expand(write, to=[2, T])",
        "wide: session[2, T] = expand(shells, to=[2, T])",
        "read: text[2, T] = terminal.until_idle(many, wide)",
        "last: text[2] = recurrent(read, task)",
    )
    found = order(tmp_path, *lines)
    assert found.before("write", "read", "shells")


def test_all_turns_are_done_behind_their_loop(tmp_path):
    lines = (
        "many: text[2, T] = expand(task, to=[2, T])",
        "wide: session[2, T] = expand(shells, to=[2, T])",
        "write: text[2, T] = terminal.send_text(many, wide)",
        'turn: text[2, T] = until_match(write, pattern="a")',
        "result: text[2] = recurrent(turn, task)",
        READ,
        "last: text[2] = sequential(result, read)",
    )
    assert order(tmp_path, *lines).before("write", "read", "shells")


def test_either_order_is_one_where_a_choice_decides(tmp_path):
    """If yes, the write comes first; if no, the read does: each time in one order."""
    lines = (
        WRITE,
        "kind: Kind[2] = decide(task)",
        'first: text[2] = switch kind { "yes" => write, "no" => task }',
        "read: text[2] = terminal.until_idle(first, shells)",
        "last: text[2] = sequential(read, write)",
    )
    found = order(tmp_path, *lines)
    assert not found.ordered("write", "read", "shells")
    assert ordered_by_branches(found.program, found.places, "write", "read", "shells")


def test_the_switch_that_is_asked_of_a_stack_is_the_one_input_its_number_names(tmp_path):
    lines = (
        'one: text[2] = write_file(["a", "A"], task)',
        'other: text[2] = write_file(["b", "B"], task)',
        "pile: text[2, 2] = stack(one, other)",
        "last: text[2] = pile[1]",
    )
    found = order(tmp_path, *lines)
    assert [len(found.places.of_node[path]) for path in ("one", "other")] == [0, 1]


def test_files_are_those_of_a_coordinate(tmp_path):
    lines = (
        'one: text[2] = write_file(["a", "A"], task)',
        "all: text[] = merge(one)",
        'saved: text[] = write_file("all", all)',
        "last: text[2] = expand(saved, to=[2])",
    )
    assert order(tmp_path, *lines).before("one", "saved", FILES)

"""Rules of effects: what is one thing, where a fault is shown, and that one fault is one diagnostic."""

import pytest

from hdsl.check.session import check_file
from tests.check.texts import check_text, codes_of

LOOP = """\
hdsl 1

use std.terminal

type Action { "text:", "key:" }

experience decide: text -> Action = [("list $", "$ ", "text:ls")]

harness coder(task: text[1], shell: session[1], T: dim = 30) -> text[1] {
  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  action:  Action[1, T]  = expert(before, decide)
  keys:    text[1, T]    = payload(action)
  typed:   text[1, T]    = terminal.send_text(keys, shells)
  pressed: text[1, T]    = terminal.send_key(keys, shells)
  sent:    text[1, T]    = switch action { "text:" => typed, "key:" => pressed }
  settled: text[1, T]    = terminal.wait_idle(shells)
  after:   text[1, T]    = terminal.capture(shells)
  turn:    text[1, T]    = sequential(sent, settled, after)
  checked: text[1, T]    = terminal.until_idle(turn, shells)
  result:  text[1]       = recurrent(checked, task)
  return result
}
"""


def body(*lines: str, inputs: str = "a: session[1], b: session[1]", result: str = "text[1]") -> str:
    """A harness over two sessions whose last line defines `last`."""
    statements = "".join(f"  {line}\n" for line in lines)
    use = "use std.terminal\n\n" if "terminal." in statements else ""
    return f"hdsl 1\n\n{use}harness main({inputs}) -> {result} {{\n{statements}  return last\n}}\n"


def written(folder, text, old, new):
    assert text.count(old) == 1
    return codes_of(folder, text.replace(old, new))


# One fault, one diagnostic


def test_unordered_turn_no_cascade(tmp_path):
    """Five pairs of effects are in no order, and one node is why."""
    found = check_text(tmp_path, LOOP.replace("sequential(sent", "join(sent"))
    assert [each.code for each in found] == ["HG501"]
    assert found[0].place.source.text[found[0].place.span.start :].startswith("turn:")


def test_unreached_write_no_cascade(tmp_path):
    """One sequence of writes is not needed: neither are its steps told, nor what it was made of or made into."""
    text = LOOP.replace("  checked:", '  seen:    text[1, T]    = until_match(before, pattern="a")\n  checked:')
    found = check_text(tmp_path, text.replace("recurrent(checked,", "recurrent(seen,"))
    assert [(each.code, each.message.split("`")[1]) for each in found] == [("HG503", "turn")]


def test_unreached_switch_of_writes_no_cascade(tmp_path):
    found = check_text(tmp_path, LOOP.replace("sequential(sent, settled", "sequential(settled"))
    assert [(each.code, each.message.split("`")[1]) for each in found] == [("HG503", "sent")]


def test_two_unreached_writes_are_two(tmp_path):
    lines = ('x: text[1] = write_file("a", "b")', 'y: text[1] = write_file("c", "d")', "last: text[1] = llm(task)")
    assert codes_of(tmp_path, body(*lines, inputs="task: text[1]")) == ["HG503", "HG503"]


def test_two_loops_over_one_body_without_a_validator_no_cascade(tmp_path):
    lines = (
        "many: text[1, 3] = expand(task, to=[1, 3])",
        "tried: text[1, 3] = llm(many)",
        "one: text[1] = recurrent(tried, task)",
        "all: text[1] = recurrent_all(tried, task)",
        "last: text[1] = join(one, all)",
    )
    assert codes_of(tmp_path, body(*lines, inputs="task: text[1]")) == ["HG507"]


def test_session_shared_along_a_batch_no_cascade(tmp_path):
    """Many nodes use the one session; the `expand` is the fault."""
    text = LOOP.replace("shell: session[1]", "shell: session[]").replace("[1", "[B")
    assert codes_of(tmp_path, text) == ["HG504"]


def test_loop_without_validator_no_cascade(tmp_path):
    text = LOOP.replace("  checked: text[1, T]    = terminal.until_idle(turn, shells)\n", "")
    assert written(tmp_path, text, "recurrent(checked, task)", "recurrent(turn, task)") == ["HG507"]


def test_callers_of_an_unordered_harness_no_cascade(tmp_path):
    text = LOOP.replace("sequential(sent", "join(sent")
    text += (
        "\nharness twice(task: text[1], shell: session[1]) -> text[1] {\n"
        "  one:  text[1] = coder(task, shell)\n  two:  text[1] = coder(one, shell)\n  return two\n}\n"
    )
    assert codes_of(tmp_path, text) == ["HG501"]


def test_two_faults_of_effects_are_two(tmp_path):
    text = LOOP.replace("sequential(sent", "join(sent")
    other = LOOP.replace("coder", "other").replace("settled, after)", "settled, before)")
    other = other.replace("  after:   text[1, T]    = terminal.capture(shells)\n", "")
    assert codes_of(tmp_path, text + other[other.index("\nharness") :]) == ["HG501", "HG502"]


# What one thing is


def test_two_sessions_do_not_race(tmp_path):
    lines = (
        'x: text[1] = terminal.send_text("ls", a)',
        'y: text[1] = terminal.send_text("ls", b)',
        "last: text[1] = join(x, y)",
    )
    assert codes_of(tmp_path, body(*lines)) == []
    assert codes_of(tmp_path, body(*lines).replace('"ls", b', '"ls", a').replace(", b: session[1]", "")) == ["HG501"]


def test_a_session_and_the_file_system_are_separate(tmp_path):
    lines = (
        'x: text[1] = terminal.send_text("ls", a)',
        'y: text[1] = write_file("log", "ls")',
        "last: text[1] = join(x, y)",
    )
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == []


def test_two_reads_need_no_order(tmp_path):
    lines = ("x: text[1] = terminal.capture(a)", "y: text[1] = terminal.wait_idle(a)", "last: text[1] = join(x, y)")
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == []


def test_one_session_through_two_expands_is_one(tmp_path):
    lines = (
        "one: session[1, 1] = expand(a, to=[1, 1])",
        "two: session[1, 1] = expand(a, to=[1, 1])",
        'x: text[1, 1] = terminal.send_text("ls", one)',
        'y: text[1, 1] = terminal.send_text("ls", two)',
        "last: text[1, 1] = join(x, y)",
    )
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]", result="text[1, 1]")) == ["HG501"]


# What orders


@pytest.mark.parametrize(
    ("joined", "codes"),
    [
        ("last: text[1] = join(x, y)", ["HG501"]),
        ("last: text[1] = sequential(x, y)", []),
        ("last: text[1] = sequential(y, x)", []),
    ],
)
def test_a_sequence_orders(tmp_path, joined, codes):
    lines = ('x: text[1] = terminal.send_text("ls", a)', "y: text[1] = terminal.capture(a)", joined)
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == codes


def test_data_orders(tmp_path):
    lines = (
        "x: text[1] = terminal.capture(a)",
        "y: text[1] = llm(x)",
        "z: text[1] = terminal.send_text(y, a)",
        "last: text[1] = join(x, y, z)",
    )
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == []


def test_a_condition_comes_before_its_branches(tmp_path):
    lines = (
        "seen: text[1] = terminal.capture(a)",
        'more: text[1] = terminal.send_text("y", a)',
        'less: text[1] = terminal.send_text("n", a)',
        'last: text[1] = switch seen { "ready" => more, else => less }',
    )
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == []


def test_an_old_read_as_an_ordinary_input_is_fine(tmp_path):
    text = LOOP.replace("  checked:", "  both:    text[1, T]    = join(before, turn)\n  checked:")
    assert codes_of(tmp_path, text.replace("until_idle(turn,", "until_idle(both,")) == []


def test_a_wait_for_a_write_may_stand_behind_a_validator(tmp_path):
    """The validator guards the write; without the write there is nothing to wait for."""
    lines = (
        "seen: text[1] = terminal.capture(a)",
        "free: text[1] = terminal.until_idle(seen, a)",
        'typed: text[1] = terminal.send_key("Enter", a)',
        "settled: text[1] = terminal.wait_idle(a)",
        "last: text[1] = sequential(free, typed, settled)",
    )
    assert codes_of(tmp_path, body(*lines, inputs="a: session[1]")) == []
    assert written(tmp_path, body(*lines, inputs="a: session[1]"), "free, typed, settled", "typed, free, settled") == [
        "HG509"
    ]


@pytest.mark.parametrize("goal", ["", ", x"])
def test_a_loop_over_a_constant_has_no_validator(tmp_path, goal):
    body = f'recurrent(["a", "b"]{goal})'
    file = tmp_path / "main.hg"
    file.write_text(
        "hdsl 1\n\nharness h(x: text[]) -> text[] {\n"
        f"  kept: text[] = {body}\n  both: text[] = join(kept, x)\n  return both\n}}\n"
    )
    found = check_file(file, "main.hg").diagnostics
    assert [(each.code, each.place.source.text[slice(*each.place.span)]) for each in found] == [("HG507", "kept")]

"""Polynomials in shape parameters, and the bounds that are made of them."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from hdsl.graph.cost import bounds
from hdsl.graph.polynomial import NOTHING, Polynomial
from hdsl.graph.program import Program
from tests.commands import REPOSITORY, hdsl

names = st.sampled_from(["B", "T", "L"])
shapes = st.lists(names | st.integers(0, 9), max_size=4).map(tuple)
sizes = st.fixed_dictionaries({name: st.integers(0, 20) for name in "BTL"})

USES = """hdsl 1

use std.terminal

op agent(input: text[*S], calls: int = 20) -> text[*S] !llm(calls) !write = "work:agent"

experience memory: text -> text = []

op worker(input: text[*S], calls: int = 20) -> text[*S] !llm(calls) !write = "working:worker"

harness uses(task: text[B], shell: session[B], calls: int, T: dim = 3) -> text[B] {
  shells:  session[B, T] = expand(shell, to=[B, T])
  seen:    text[B, T]    = terminal.capture(shells)
  keys:    text[B, T]    = expert(seen, memory)
  typed:   text[B, T]    = terminal.send_text(keys, shells)
  settled: text[B, T]    = terminal.wait_idle(shells, timeout=2.5)
  turn:    text[B, T]    = sequential(typed, settled)
  judged:  text[B, T]    = terminal.until_exit(turn, shells, command="true", timeout=7.0)
  done:    text[B]       = recurrent(judged, task)
  worked:  text[B]       = worker(done, calls=4)
  return worked
}
"""


def value(shape: tuple[str | int, ...], factor: float, at: dict[str, int]) -> float:
    product = factor
    for dimension in shape:
        product *= at[dimension] if isinstance(dimension, str) else dimension
    return product


@given(st.lists(st.tuples(shapes, st.integers(0, 50)), max_size=5), sizes)
def test_a_sum_of_shapes_at_sizes_is_the_number_of_their_elements(
    terms: list[tuple[tuple[str | int, ...], int]], at: dict[str, int]
) -> None:
    total = sum((Polynomial.of_shape(shape, factor) for shape, factor in terms), NOTHING)
    assert (total.at(at).number or 0) == sum(value(shape, factor, at) for shape, factor in terms)


@given(shapes, shapes, sizes)
def test_adding_is_the_same_from_both_sides_and_sizes_may_come_one_by_one(
    left: tuple[str | int, ...], right: tuple[str | int, ...], at: dict[str, int]
) -> None:
    one, other = Polynomial.of_shape(left), Polynomial.of_shape(right)
    assert str(one + other) == str(other + one)
    stepwise = one + other
    for name, size in at.items():
        stepwise = stepwise.at({name: size})
    assert stepwise.number == (one + other).at(at).number


def test_polynomials_as_people_write_them() -> None:
    total = Polynomial.of_shape(("B", "T"), 2) + Polynomial.of_shape(("B",)) + Polynomial.of_shape((2, 2), 1.5)
    assert str(total) == "2·B·T + B + 6"
    assert str(total.at({"T": 10})) == "21·B + 6"
    assert str(total.at({"T": 10, "B": 0})) == "6"
    assert (str(NOTHING), NOTHING.number) == ("0", 0)
    assert total.number is None


def test_every_effect_counts_at_all_coordinates_of_its_node(harness: Callable[..., Program]) -> None:
    total, each = bounds(harness(USES, "uses"))
    assert str(each["keys"].llm_calls) == "B·T"
    assert str(each["worked"].llm_calls) == "4·B"
    assert str(each["typed"].writes) == "B·T"
    assert str(each["settled"].seconds) == "2.5·B·T"
    assert str(each["judged"].seconds) == "7·B·T"
    assert (str(total.llm_calls), str(total.writes), str(total.seconds)) == ("B·T + 4·B", "B·T + B", "9.5·B·T")
    assert "seen" not in each


def test_sizes_replace_names(harness: Callable[..., Program]) -> None:
    total, _ = bounds(harness(USES, "uses"), {"T": 3, "B": 2})
    assert (total.llm_calls.number, total.writes.number, total.seconds.number) == (14, 8, 57)


def test_what_the_result_does_not_need_costs_nothing(harness: Callable[..., Program]) -> None:
    needless = USES.replace("  return worked", "  more: text[B] = llm(done)\n  return worked")
    assert "more" not in bounds(harness(needless, "uses"))[1]


def test_the_command_shows_each_node_and_the_sum() -> None:
    ended = hdsl("cost", "examples/coder/coder.hg", folder=REPOSITORY)
    assert ended.code == 0
    rows = {line.split("  ")[0]: line.split()[-3:] for line in ended.out.splitlines()}
    assert rows["done.action"] == ["10", "0", "0"]
    assert rows["done.settled"] == ["0", "0", "100"]
    assert rows["in all"][0] == "20"
    thirty = hdsl("cost", "examples/coder/coder.hg", "--dim", "T=30", folder=REPOSITORY)
    assert "done.keys     30           0       0" in thirty.out.splitlines()


def test_the_command_says_which_dimensions_there_are() -> None:
    words = ["cost", "examples/router/router.hg", "--dim"]
    assert hdsl(*words, "Q=1", folder=REPOSITORY).err.endswith("no dimension `Q`; its dimensions: B\n")
    assert hdsl(*words, "B=many", folder=REPOSITORY).err.endswith("a whole number, not B=many\n")
    assert hdsl(*words, "B", folder=REPOSITORY).code == 2

"""The order of evaluation, step by step, as the trace of a run shows it."""

import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from tests.commands import Recorded

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

Times = dict[tuple[str, tuple[int, ...]], tuple[float, float]]

ROUNDED = 0.002
"""Milliseconds by which two times may be off: each is written with three digits."""


def times_of(run: Recorded) -> Times:
    """When each evaluation began and ended, in milliseconds."""
    return {
        (pull["node"], tuple(pull["coordinates"])): (pull["started"], pull["started"] + pull["duration"])
        for pull in run.trace
    }


def assert_ended_in_order(times: Times, at: Sequence[int], *nodes: str) -> None:
    ends = [times[f"done.{node}", tuple(at)][1] for node in nodes]
    assert ends == sorted(ends), nodes


def assert_began_after(times: Times, at: Sequence[int], later: str, earlier: str) -> None:
    assert times[f"done.{later}", tuple(at)][0] >= times[f"done.{earlier}", tuple(at)][1] - ROUNDED


def assert_turn_in_order(times: Times, at: Sequence[int], written: str) -> None:
    """Looked, decided, wrote, waited, looked again, judged."""
    assert_ended_in_order(
        times, at, "shells", "before", "action", "keys", written, "sent", "settled", "after", "turn", "checked"
    )
    assert_began_after(times, at, "keys", "action")
    assert_began_after(times, at, "settled", "sent")
    assert_began_after(times, at, "after", "settled")


def assert_turns_follow(times: Times, batch: int, turns: int) -> None:
    for turn in range(1, turns):
        before = max(end for (_, at), (_, end) in times.items() if at == (batch, turn - 1))
        began = min(start for (_, at), (start, _) in times.items() if at == (batch, turn))
        assert began >= before - ROUNDED


def assert_once(run: Recorded) -> None:
    counted = Counter((pull["node"], tuple(pull["coordinates"])) for pull in run.trace)
    assert set(counted.values()) == {1}


def test_every_node_is_evaluated_once_at_each_coordinate(one: Recorded, two: Recorded) -> None:
    assert_once(one)
    assert_once(two)


def test_a_turn_looks_decides_writes_waits_looks_again_and_is_judged(one: Recorded) -> None:
    times = times_of(one)
    assert_turn_in_order(times, (0, 0), "typed")
    assert_turn_in_order(times, (0, 1), "pressed")


def test_a_turn_begins_when_all_of_the_last_has_ended(one: Recorded) -> None:
    assert_turns_follow(times_of(one), 0, 2)


def test_what_lies_outside_the_loop_is_there_before_turn_0(one: Recorded) -> None:
    times = times_of(one)
    assert times["shell", (0,)][1] <= min(start for (_, at), (start, _) in times.items() if len(at) == 2) + ROUNDED


def test_the_branch_not_chosen_and_the_turns_not_needed_are_never_evaluated(one: Recorded) -> None:
    times = times_of(one)
    assert ("done.typed", (0, 0)) in times and ("done.pressed", (0, 0)) not in times
    assert ("done.pressed", (0, 1)) in times and ("done.typed", (0, 1)) not in times
    assert {at for _, at in times if len(at) == 2} == {(0, 0), (0, 1)}


def test_a_trace_begins_with_the_run_and_stands_in_the_order_of_the_ends(one: Recorded, two: Recorded) -> None:
    for run in (one, two):
        times = list(times_of(run).values())
        assert min(start for start, _ in times) >= 0.0
        ends = [end for _, end in times]
        assert all(end <= following + 1.0 for end, following in pairwise(ends))


def test_each_element_of_a_batch_keeps_that_order_and_its_own_session(two: Recorded) -> None:
    times = times_of(two)
    for batch in range(2):
        assert_turn_in_order(times, (batch, 0), "typed")
        assert_turn_in_order(times, (batch, 1), "pressed")
        assert_turns_follow(times, batch, 2)
    handles = {two.text(pull) for pull in two.trace if pull["node"] == "shell"}
    assert len(handles) == 2


def test_the_elements_of_a_batch_run_side_by_side(two: Recorded) -> None:
    times = times_of(two)
    (first_began, first_ended), (second_began, second_ended) = (times["done.result", (batch,)] for batch in range(2))
    assert max(first_began, second_began) < min(first_ended, second_ended)
    order: list[Any] = [pull["coordinates"][0] for pull in two.trace if len(pull["coordinates"]) == 2]
    changes = sum(one != other for one, other in pairwise(order))
    assert changes > 1

"""The loop: order of evaluation, trajectories, what is outside, who wins, budgets."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.kernel.request import Turn
from hdsl.ops.expand import expand, ft_expand
from hdsl.ops.recurrent import ft_recurrent, recurrent, recurrent_all
from hdsl.ops.sequential import sequential
from hdsl.ops.site import Pull, Site
from hdsl.ops.switch import switch
from hdsl.tensor.text_tensor import read_texts
from tests.ops.graphs import SURE, leaf, node, pulled, texts_of, tracing

Judge = Callable[[str, Pull], Element]


def _body(turns: int, judge: Judge, batch: int = 1, name: str = "body") -> FutureTensor:
    """A loop's body that is judged by its turn."""
    x = leaf(["x"] * batch * turns, [batch, turns])
    return node(name, lambda text, *, pull: judge(text, pull), x)


def _succeeds_at(turn: int) -> Judge:
    def judge(text: str, pull: Pull) -> Element:
        at = pull.coordinates[-1]
        return f"turn {at}", SURE if at == turn else Status.failed_because(f"not {at}")

    return judge


def test_the_first_turn_that_does_not_fail_is_the_result() -> None:
    with tracing() as trace:
        body = _body(5, _succeeds_at(2))
        assert pulled(recurrent(body, site=Site("loop")), 0) == ("turn 2", SURE)
    assert trace.steps == ["body[0, 0]", "body[0, 1]", "body[0, 2]", "loop[0]"]
    assert read_texts(body.ft_static_tensor) == ["turn 0", "turn 1", "turn 2", None, None]


@pytest.mark.parametrize(
    ("confidences", "winner"),
    [([0.1, 0.9, 0.5], 1), ([0.5, 0.5, 0.5], 2), ([0.0, 0.0], 1), ([0.3, 0.0], 0), ([0.9, 0.2, 0.9], 2)],
)
def test_all_failed_gives_the_surest_and_the_latest_of_equals_still_failed(
    confidences: list[float], winner: int
) -> None:
    def judge(text: str, pull: Pull) -> Element:
        at = pull.coordinates[-1]
        return f"turn {at}", Status.self_confidence_but_failed(confidences[at], f"cause {at}")

    text, status = pulled(recurrent(_body(len(confidences), judge), site=Site()), 0)
    assert (text, status.cause) == (f"turn {winner}", f"cause {winner}")
    assert status == Status.self_confidence_but_failed(confidences[winner], f"cause {winner}")


def test_an_overflow_ends_the_loop_failed() -> None:
    def judge(text: str, pull: Pull) -> Element:
        return "over", Status.kContextOverflow if pull.coordinates[-1] == 1 else Status.failed_because("no")

    with tracing() as trace:
        assert pulled(recurrent(_body(5, judge), site=Site()), 0) == ("over", Status.kContextOverflow)
    assert len(trace.of("body")) == 2


def test_not_bounded_fails_in_a_lowered_loop_and_succeeds_by_hand() -> None:
    def judge(text: str, pull: Pull) -> Element:
        return f"turn {pull.coordinates[-1]}", Status.kConfidenceNotBounded

    assert pulled(recurrent(_body(3, judge), site=Site()), 0) == ("turn 2", Status.kConfidenceNotBounded)
    assert pulled(ft_recurrent(_body(3, judge)), 0) == ("turn 0", SURE)


def test_each_turn_is_given_the_goal_and_what_turns_before_it_returned() -> None:
    seen = []

    def judge(text: str, pull: Pull) -> Element:
        seen.append((pull.trajectory.goal, pull.trajectory.turns, str(pull.trajectory)))
        at = pull.coordinates[-1]
        return f"turn {at}", Status.failed_because(f"cause {at}")

    pulled(recurrent(_body(3, judge), leaf(["the goal"]), site=Site()), 0)
    first, second = Turn("turn 0", True, "cause 0"), Turn("turn 1", True, "cause 1")
    assert [(goal, turns) for goal, turns, _ in seen] == [
        ("the goal", ()),
        ("the goal", (first,)),
        ("the goal", (first, second)),
    ]
    assert seen[0][2] == "the goal"
    assert seen[1][2] == "the goal\n====[Iteration 0]====\nOutput:\n\nturn 0\n\n"


def test_a_failed_goal_fails_the_loop_before_any_turn() -> None:
    with tracing() as trace:
        goal = leaf([("half", Status.failed_because("no goal"))])
        assert pulled(recurrent(_body(3, _succeeds_at(0)), goal, site=Site("loop")), 0) == (
            "half",
            Status.failed_because("no goal"),
        )
    assert trace.steps == ["loop[0]"]


def test_an_error_in_a_turn_is_a_failed_turn() -> None:
    def judge(text: str, pull: Pull) -> Element:
        if pull.coordinates[-1] == 0:
            raise OSError("gone")
        return str(pull.trajectory.turns), SURE

    assert "OSError: gone" in pulled(recurrent(_body(3, judge), site=Site()), 0)[0]


def test_a_spent_budget_is_never_caught() -> None:
    def judge(text: str, pull: Pull) -> Element:
        raise BudgetSpent("30 calls")

    body = _body(3, judge)
    with pytest.raises(BudgetSpent):
        recurrent(body, site=Site()).ft_forward()
    assert body.ft_static_tensor.tolist() == [[0, 0, 0]]


def test_recurrent_all_joins_the_texts_of_all_turns() -> None:
    assert pulled(recurrent_all(_body(5, _succeeds_at(2)), site=Site()), 0) == ("turn 0\nturn 1\nturn 2", SURE)
    text, status = pulled(recurrent_all(_body(2, _succeeds_at(9)), site=Site()), 0)
    assert (text, status.failed) == ("turn 0\nturn 1", True)


def test_a_loop_over_nothing_is_refused(tmp_path: Path) -> None:
    async def nothing(coordinates: tuple[int, ...], trajectory: str) -> Element:
        return "", SURE

    for shape in ([], [2, 0]):
        with pytest.raises(ValueError, match="turns"):
            ft_recurrent(FutureTensor(tmp_path, nothing, shape))


def test_by_hand_the_prompt_is_the_goal_and_outputs_accumulate() -> None:
    prompts = []

    def judge(text: str, pull: Pull) -> Element:
        prompts.append(str(pull.trajectory))
        return _succeeds_at(1)(text, pull)

    loop = ft_recurrent(_body(3, judge), accumulate_output=lambda so_far, text: f"{so_far}+{text}")
    assert run_sync(loop.ft_async_get((0,), "prompt")) == ("+turn 0+turn 1", SURE)
    assert prompts == ["prompt", "prompt\n====[Iteration 0]====\nOutput:\n\nturn 0\n\n"]


def test_a_step_budget_stops_and_the_next_forward_goes_on() -> None:
    with tracing() as trace:
        loop = ft_recurrent(_body(5, _succeeds_at(3)), step_budget=2)
        loop.ft_forward()
        assert not loop.ft_forwarded
        assert len(trace.of("body")) == 2
        loop.ft_forward()
    assert loop.ft_forwarded
    assert trace.of("body") == [f"body[0, {turn}]" for turn in range(4)]
    assert read_texts(loop.ft_static_tensor) == ["turn 3"]


def _worker(name: str, *inputs: FutureTensor, shape: tuple[int, ...] | None = None) -> FutureTensor:
    """A node that waits a little, as a kernel or a terminal does, and shows its trajectory."""

    async def work(*texts: str, pull: Pull) -> str:
        await asyncio.sleep(0.001)
        return f"{name}({pull.trajectory.goal}|{len(pull.trajectory.turns)})"

    return node(name, work, *inputs, shape=shape)


def test_what_expand_repeats_is_evaluated_once_before_turn_0_without_trajectory() -> None:
    with tracing() as trace:
        task = node("task", str, leaf(["goal"]))
        plan = _worker("plan", leaf(["x"]))
        plans = expand(plan, [1, 3], site=Site("plans"))
        inside = _worker("inside", leaf(["x"] * 3, [1, 3]))
        # The step that needs the plan comes last, so that only the rule brings the plan to the front.
        turn = sequential(inside, node("use", lambda text: text, plans), site=Site("turn"))
        judged = node("judged", lambda text, *, pull: _succeeds_at(1)(text, pull), turn)
        result = recurrent(judged, task, site=Site("result"))
        result.ft_forward()
    turns = [[f"{name}[0, {turn}]" for name in ("inside", "plans", "use", "turn", "judged")] for turn in range(2)]
    assert trace.steps == ["task[0]", "plan[0]", *turns[0], *turns[1], "result[0]"]
    assert read_texts(plan.ft_static_tensor) == ["plan(|0)"]
    assert read_texts(inside.ft_static_tensor)[:2] == ["inside(goal|0)", "inside(goal|1)"]


@pytest.mark.parametrize("turns", [1, 2])
def test_what_has_the_turn_dimension_is_inside_also_where_there_is_one_turn(turns: int) -> None:
    inside = _worker("inside", leaf(["x"] * turns, [1, turns]))
    body = node("body", lambda *texts: "".join(texts), inside, expand(leaf(["!"]), [1, turns], site=Site()))
    assert pulled(recurrent(body, leaf(["goal"]), site=Site()), 0)[0] == "inside(goal|0)!"


def test_coder_like_graph_step_by_step() -> None:
    """The example of the language, with a screen that shows the third command's output in turn 2."""
    screen: list[str] = []
    answers = iter(["text:echo", "key:Enter", "key:Enter"])

    async def act(text: str, shell: str) -> str:
        screen.append(text)
        return text

    async def capture(shell: str) -> str:
        return " ".join(screen)

    async def decide(before: str, *, pull: Pull) -> str:
        await asyncio.sleep(0.001)
        return next(answers)

    with tracing() as trace:
        shell = node("shell", str, leaf(["%1"]))
        shells = expand(shell, [1, 5], site=Site("shells"))
        before = node("before", capture, shells)
        action = node("action", decide, before)
        keys = node("keys", lambda text: text.partition(":")[2], action)
        typed = node("typed", act, keys, shells)
        pressed = node("pressed", act, keys, shells)
        sent = switch(action, [("text:", typed), ("key:", pressed)], site=Site("sent"))
        settled = node("settled", capture, shells)
        after = node("after", capture, shells)
        turn = sequential(sent, settled, after, site=Site("turn"))
        done = lambda text: (text, SURE if text.count("Enter") == 2 else Status.failed_because("busy"))  # noqa: E731
        checked = node("checked", done, turn)
        result = recurrent(checked, leaf(["goal"]), site=Site("result"))
        assert texts_of(result) == ["echo Enter Enter"]

    def steps(turn: int, branch: str) -> list[str]:
        names = ("shells", "before", "action", "keys", branch, "sent", "settled", "after", "turn", "checked")
        return [f"{name}[0, {turn}]" for name in names]

    assert trace.steps == ["shell[0]", *steps(0, "typed"), *steps(1, "pressed"), *steps(2, "pressed"), "result[0]"]
    assert read_texts(before.ft_static_tensor)[:3] == ["", "echo", "echo Enter"]


def test_the_loops_of_a_batch_run_at_once_and_each_in_order() -> None:
    async def slow(text: str, *, pull: Pull) -> Element:
        await asyncio.sleep(0.005)
        row, turn = pull.coordinates
        return f"{row}.{turn}", SURE if turn == row else Status.failed_because("no")

    with tracing() as trace:
        body = node("body", slow, leaf(["x"] * 12, [3, 4]))
        assert texts_of(recurrent(body, leaf(["g"] * 3), site=Site("loop"))) == ["0.0", "1.1", "2.2"]
    for row in range(3):
        own = [step for step in trace.of("body") if step.startswith(f"body[{row}")]
        assert own == [f"body[{row}, {turn}]" for turn in range(row + 1)]
    assert set(trace.steps[:3]) == {"body[0, 0]", "body[1, 0]", "body[2, 0]"}


def test_an_inner_loop_starts_anew_for_each_outer_turn() -> None:
    """Outer turns [1, T], inner turns [1, T, U]; what is outside of which loop, and every trajectory."""
    seen: dict[str, list[Any]] = {"inner": [], "per_turn": [], "once": []}

    def noting(name: str) -> Callable[..., str]:
        def note(*texts: str, pull: Pull) -> str:
            seen[name].append((pull.coordinates, pull.trajectory.goal, [turn.text for turn in pull.trajectory.turns]))
            return name

        return note

    with tracing() as trace:
        once = node("once", noting("once"), leaf(["x"]))
        per_turn = node("per_turn", noting("per_turn"), expand(leaf(["x"]), [1, 2], site=Site()))
        inner_work = node(
            "inner",
            noting("inner"),
            expand(per_turn, [1, 2, 2], site=Site()),
            expand(once, [1, 2, 2], site=Site()),
        )

        def judge_inner(text: str, *, pull: Pull) -> Element:
            at = pull.coordinates
            return f"inner {at[1]}.{at[2]}", SURE if at[2] == 1 else Status.failed_because("again")

        def judge_outer(text: str, *, pull: Pull) -> Element:
            return f"outer of {text}", SURE if pull.coordinates[1] == 1 else Status.failed_because("again")

        inner = recurrent(node("inner_body", judge_inner, inner_work), leaf(["small"] * 2, [1, 2]), site=Site("small"))
        outer = recurrent(node("outer_body", judge_outer, inner), leaf(["big"]), site=Site("big"))
        assert texts_of(outer) == ["outer of inner 1.1"]

    assert seen["once"] == [((0,), "", [])]
    assert seen["per_turn"] == [((0, 0), "big", []), ((0, 1), "big", ["outer of inner 0.1"])]
    assert seen["inner"] == [
        ((0, 0, 0), "big\nsmall", []),
        ((0, 0, 1), "big\nsmall", ["inner 0.0"]),
        ((0, 1, 0), "big\nsmall", ["outer of inner 0.1"]),
        ((0, 1, 1), "big\nsmall", ["outer of inner 0.1", "inner 1.0"]),
    ]
    named = trace.of("once", "per_turn", "inner_body", "small", "outer_body", "big")
    assert named == [
        "once[0]",
        *["per_turn[0, 0]", "inner_body[0, 0, 0]", "inner_body[0, 0, 1]", "small[0, 0]", "outer_body[0, 0]"],
        *["per_turn[0, 1]", "inner_body[0, 1, 0]", "inner_body[0, 1, 1]", "small[0, 1]", "outer_body[0, 1]"],
        "big[0]",
    ]


def test_what_a_live_body_shows_is_looked_at_each_turn() -> None:
    looks = []

    def look() -> Element:
        looks.append(1)
        return f"look {len(looks)}", Status.failed_because("not yet") if len(looks) < 3 else SURE

    screen = node("screen", look, shape=(1, 1))
    screen.ft_node.live = True
    assert pulled(ft_recurrent(ft_expand(screen, [1, 5])), 0)[0] == "look 3"
    assert len(looks) == 3

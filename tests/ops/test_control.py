"""fallback, cause, always and in_order: what is evaluated, in which order, what comes of it, and who learns."""

import asyncio
from collections.abc import Callable

import pytest
import torch

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.kernel.request import KernelNotConfigured, KernelUnreachable, Step
from hdsl.ops.always import always
from hdsl.ops.fallback import cause, fallback
from hdsl.ops.in_order import in_order
from hdsl.ops.merge import merge
from hdsl.ops.recurrent import recurrent
from hdsl.ops.site import Pull, Site
from hdsl.tensor.gradients import gradient_registry, take_judged, text_gradient
from hdsl.tensor.text_tensor import store_of
from tests.ops.graphs import SURE, leaf, node, pulled, texts_of, tracing

FAILED = Status.failed_because("no")


def said(name: str, status: Status = SURE, text: str = "", batch: int = 1) -> FutureTensor:
    """A node that says its name, or a text, with a status."""
    return node(name, lambda x: (text or name, status), leaf(["x"] * batch))


def raising(name: str, error: BaseException) -> FutureTensor:
    def function(x: str) -> str:
        raise error

    return node(name, function, leaf(["x"]))


def test_the_first_that_does_not_fail_and_no_other_is_evaluated() -> None:
    with tracing() as trace:
        result = fallback(said("a", FAILED), said("b"), said("c"), site=Site("either"))
        assert pulled(result, 0) == ("b", SURE)
    assert trace.steps == ["a[0]", "b[0]", "either[0]"]


@pytest.mark.parametrize("status", [FAILED, Status.kContextOverflow, Status.self_confidence_but_failed(0.9)])
def test_the_last_is_the_result_where_all_failed(status: Status) -> None:
    result = fallback(said("a", Status.failed_because("first")), said("b", status), site=Site())
    assert pulled(result, 0) == ("b", status)


def test_an_overflow_is_caught_and_a_spent_budget_is_not() -> None:
    assert pulled(fallback(said("a", Status.kContextOverflow), said("b"), site=Site()), 0) == ("b", SURE)
    with pytest.raises(BudgetSpent):
        pulled(fallback(raising("a", BudgetSpent("30 calls")), said("b"), site=Site()), 0)


def test_an_unreachable_kernel_fails_a_node_that_is_caught_and_no_other() -> None:
    caught = raising("a", KernelUnreachable("nobody there"))
    caught.ft_node.is_caught = True
    assert pulled(fallback(caught, said("b"), site=Site()), 0) == ("b", SURE)
    assert pulled(cause(caught, site=Site()), 0) == ("nobody there", SURE)
    with pytest.raises(KernelUnreachable):
        pulled(fallback(raising("a", KernelUnreachable("nobody there")), said("b"), site=Site()), 0)
    missing = raising("a", KernelNotConfigured("no key"))
    missing.ft_node.is_caught = True
    with pytest.raises(KernelNotConfigured):
        pulled(missing, 0)


@pytest.mark.parametrize(
    ("status", "text", "why"),
    [
        (SURE, "fine", ""),
        (Status.failed_because(" it broke\n"), "text", "it broke"),
        (Status.self_confidence_but_failed(0.3), "what it said", "what it said"),
        (Status.self_confidence_but_failed(0.3), " ", "failed"),
        (Status.kContextOverflow, "", "the context of the model overflowed"),
    ],
)
def test_a_cause_is_the_reason_in_words(status: Status, text: str, why: str) -> None:
    assert pulled(cause(said("x", status, text), site=Site()), 0) == (why, SURE)


def ends(first: Status, last: Status) -> tuple[Element, list[str]]:
    with tracing() as trace:
        result = pulled(always(said("x", first), said("then", last), site=Site("both")), 0)
    return result, trace.steps


def test_the_second_follows_the_first_however_it_ends() -> None:
    other = Status.failed_because("other")
    cases = ((SURE, SURE, SURE, ""), (FAILED, SURE, FAILED, "no"), (SURE, other, other, "other"))
    for first, last, status, why in cases:
        (text, found), steps = ends(first, last)
        assert (text, found, found.cause) == ("x", status, why)
        assert steps == ["x[0]", "then[0]", "both[0]"]
    assert ends(FAILED, other)[0][1].cause == "no"


def test_an_exception_that_ends_the_run_is_followed_too() -> None:
    with tracing() as trace, pytest.raises(BudgetSpent):
        pulled(always(raising("x", BudgetSpent("30 calls")), said("then"), site=Site("both")), 0)
    assert trace.steps == ["then[0]"]


def test_what_both_need_fails_both() -> None:
    with tracing() as trace:
        shared = said("shared", FAILED)
        x, then = node("x", str, shared), node("then", str, shared)
        assert pulled(always(x, then, site=Site("both")), 0) == ("shared", FAILED)
    assert trace.steps == ["shared[0]", "both[0]"]


def turns(judge: Callable[[str, Pull], Element], count: int = 3) -> FutureTensor:
    return node("body", lambda x, *, pull: judge(x, pull), leaf(["x"] * count, [1, count]))


def by_turn(*failed: int) -> Callable[[str, Pull], Element]:
    def judge(x: str, pull: Pull) -> Element:
        at = pull.coordinates[-1]
        return f"turn {at}", Status.failed_because(f"not {at}") if at in failed else SURE

    return judge


def test_elements_are_evaluated_in_order_whichever_is_asked_for_first() -> None:
    with tracing() as trace:
        result = in_order(turns(by_turn(1)), site=Site("all"))
        assert pulled(result, 0, 2) == ("turn 2", SURE)
        assert pulled(result, 0, 1) == ("turn 1", Status.failed_because("not 1"))
    assert trace.steps == [f"{name}[0, {turn}]" for turn in range(3) for name in ("body", "all")]


def test_what_nothing_needs_behind_an_element_is_not_evaluated() -> None:
    with tracing() as trace:
        assert pulled(in_order(turns(by_turn()), site=Site("all")), 0, 0) == ("turn 0", SURE)
    assert trace.of("body") == ["body[0, 0]"]


def test_with_stop_the_first_that_fails_ends_it() -> None:
    with tracing() as trace:
        result = in_order(turns(by_turn(1), 4), stop=True, site=Site("all"))
        assert texts_of(result) == ["turn 0", "turn 1", "", ""]
        assert pulled(result, 0, 3)[1].cause == "not 1"
    assert trace.of("body") == ["body[0, 0]", "body[0, 1]"]


def test_turns_are_given_the_goal_and_what_those_before_did() -> None:
    seen = []

    async def judge(x: str, *, pull: Pull) -> Element:
        await asyncio.sleep(0)
        seen.append((pull.trajectory.goal, [(turn.text, turn.failed) for turn in pull.trajectory.turns]))
        return by_turn(0)(x, pull)

    body = node("body", judge, leaf(["x"] * 2, [1, 2]))
    body.ft_node.step = 5
    result = in_order(body, leaf(["the goal"]), site=Site())
    texts_of(result)
    assert seen == [("the goal", []), ("the goal", [("turn 0", True)])]


def test_a_turn_shows_every_element_of_a_loop_inside_of_it() -> None:
    shown = []

    def inner(x: str, *, pull: Pull) -> str:
        return f"{pull.coordinates[1:]}"

    def judge(*texts: str, pull: Pull) -> Element:
        shown.extend(turn.steps for turn in pull.trajectory.turns)
        return "turn", FAILED

    with tracing():
        rounds = in_order(node("part", inner, leaf(["x"] * 4, [1, 2, 2])), site=Site("rounds"))
        rounds.ft_node.step = 3
        body = node("body", judge, merge(rounds, site=Site()))
        pulled(recurrent(body, site=Site()), 0)
    assert shown == [(Step("rounds", "(0, 0)"), Step("rounds", "(0, 1)"))]


def learned(future: FutureTensor) -> dict[int, str]:
    """What the elements of a node should have been, by what was handed to it."""
    return {at: judged.better for at, judged in take_judged(store_of(future.ft_node.static)).items()}


def taught(result: FutureTensor, *better: str) -> None:
    texts = texts_of(result)
    wanted = {at: text_gradient(text, should) for at, (text, should) in enumerate(zip(texts, better, strict=True))}
    gradient_registry().add(store_of(result.ft_node.static).uid, wanted)
    torch.autograd.backward(result)


def trainable(name: str, *elements: Element | str, shape: list[int] | None = None) -> FutureTensor:
    return leaf(list(elements), shape).requires_grad_()


def test_the_alternative_that_answered_learns() -> None:
    a, b = trainable("a", ("", FAILED), "fine"), trainable("b", "bad", "unused")
    taught(fallback(a, b, site=Site()), "better", "finer")
    assert (learned(a), learned(b)) == ({1: "finer"}, {0: "better"})


def test_the_first_input_of_always_learns_and_no_cause_does() -> None:
    x, then = trainable("x", "bad"), trainable("then", "end")
    taught(always(x, then, site=Site()), "better")
    assert (learned(x), learned(then)) == ({0: "better"}, {})
    y = trainable("y", ("text", FAILED))
    taught(cause(y, site=Site()), "another cause")
    assert learned(y) == {}


def test_each_turn_learns_what_it_should_have_been() -> None:
    body = trainable("body", "one", "two", shape=[1, 2])
    taught(in_order(body, site=Site()), "first", "second")
    assert learned(body) == {0: "first", 1: "second"}

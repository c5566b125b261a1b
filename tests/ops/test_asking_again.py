"""Answers outside their type: what is told of them, how often they are asked for again, and what that costs."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hdsl.future.context import BudgetSpent, RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.loop import run_sync
from hdsl.kernel.request import Answer, Label, Usage
from hdsl.ops.element import apply_operation
from hdsl.ops.expert import expert
from hdsl.ops.llm import llm
from hdsl.ops.site import Site
from hdsl.run.meter import BudgetMeter, Limit, UpperBound
from hdsl.tensor.make import make_tensor
from tests.servers.scripted_kernel import ScriptedKernel, leaf

LABELS = (Label("billing"), Label("technical"))


class Answers(ScriptedKernel):
    """A kernel that gives one answer after the other, the last one from then on."""

    def __init__(self, *answers: str | Answer) -> None:
        super().__init__(lambda request: answers[min(len(self.requests), len(answers)) - 1])


def asked(
    folder: Path,
    kernel: ScriptedKernel,
    meter: BudgetMeter | None = None,
    labels: Sequence[Label] = LABELS,
    **site: int,
) -> Element:
    with use_context(RunContext(kernel=kernel, meter=meter)):
        node = apply_operation(llm, [leaf(folder, ["x"])], {}, Site("desk", labels=tuple(labels), **site))  # type: ignore[arg-type]
    return run_sync(node.ft_async_get((0,)))


def budget(calls: int, bound: int) -> BudgetMeter:
    return BudgetMeter([Limit("", calls, None)], lambda path: UpperBound(bound, 0.0))


def test_an_answer_is_the_label_as_the_type_writes_it(tmp_path: Path) -> None:
    text, status = asked(tmp_path, kernel := Answers("The answer is **Billing**."))
    assert (text, status.failed, len(kernel.requests)) == ("billing", False, 1)


def test_what_is_outside_is_asked_for_again_with_what_was_wrong(tmp_path: Path) -> None:
    text, status = asked(tmp_path, kernel := Answers("billing or technical", "billing"))
    assert (text, status.failed) == ("billing", False)
    [rejection] = kernel.requests[1].rejected
    assert rejection.answer == "billing or technical"
    assert 'names more than one label: "billing" and "technical"' in rejection.reason
    assert "one of billing, technical and nothing else" in rejection.reason
    assert kernel.requests[0].rejected == ()


def test_it_is_asked_for_once_and_then_it_has_failed(tmp_path: Path) -> None:
    text, status = asked(tmp_path, kernel := Answers("hm", "hm?", "billing"))
    assert text == "hm?"
    assert status.failed
    assert "carries none of the labels 'billing', 'technical'" in status.cause
    assert len(kernel.requests) == 2


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_node_says_how_often(tmp_path: Path, retries: int) -> None:
    meter = budget(9, 9)
    _, status = asked(tmp_path, kernel := Answers("hm"), meter, retries=retries)
    assert status.failed
    assert len(kernel.requests) == 1 + retries
    assert [len(request.rejected) for request in kernel.requests] == [*range(1 + retries)]
    assert meter.usage.calls == 1 + retries


def test_each_question_is_counted_and_charged(tmp_path: Path) -> None:
    meter = budget(2, 1)
    asked(tmp_path, Answers("hm", "billing"), meter)
    assert (meter.usage.calls, meter.usage.prompt_tokens) == (2, 10)
    with pytest.raises(BudgetSpent):
        meter.charge("desk")


def test_without_being_told_to_only_what_the_budget_leaves_over_the_bound_is_asked(tmp_path: Path) -> None:
    _, status = asked(tmp_path, kernel := Answers("hm", "billing"), meter := budget(1, 1))
    assert status.failed
    assert len(kernel.requests) == 1
    assert meter.usage.calls == 1


def test_without_a_budget_of_calls_the_bound_holds(tmp_path: Path) -> None:
    for meter in (BudgetMeter([]), BudgetMeter([Limit("", None, 60.0)], lambda path: UpperBound(1, 0.0))):
        _, status = asked(tmp_path, kernel := Answers("hm", "billing"), meter)
        assert status.failed
        assert len(kernel.requests) == 1


def test_what_a_kernel_would_only_repeat_is_not_asked_for_again(tmp_path: Path) -> None:
    _, status = asked(tmp_path, kernel := Answers(Answer("hm", final=True)), retries=3)
    assert status.failed
    assert len(kernel.requests) == 1


def test_a_refusal_is_not_asked_for_again_and_a_cut_label_is(tmp_path: Path) -> None:
    _, status = asked(tmp_path, kernel := Answers(Answer("", "no")))
    assert (status.cause, len(kernel.requests)) == ("no", 1)
    cut = Answer("Well, let me", "the answer was cut at 73 tokens", cut=True)
    text, status = asked(tmp_path, kernel := Answers(cut, "billing"))
    assert (text, status.failed) == ("billing", False)
    assert "was too long" in kernel.requests[1].rejected[0].reason
    _, status = asked(tmp_path, kernel := Answers(cut))
    assert (status.cause, len(kernel.requests)) == ("the answer was cut at 73 tokens", 2)


def test_a_text_is_never_outside(tmp_path: Path) -> None:
    text, status = asked(tmp_path, kernel := Answers("**anything**"), labels=())
    assert (text, status.failed, len(kernel.requests)) == ("**anything**", False, 1)


def test_an_expert_is_asked_again_too(tmp_path: Path) -> None:
    kernel = Answers("Text", "Text: ls")
    with use_context(RunContext(kernel=kernel)):
        memory = make_tensor([["q", "k", "text:v"]], tmp_path)
        node = expert(leaf(tmp_path, ["$ "]), memory, site=Site(labels=(Label("text:"), Label("stop"))))
    text, status = run_sync(node.ft_async_get((0,)))
    assert (text, status.failed) == ("text: ls", False)
    assert "an answer that begins with text:" in kernel.requests[1].rejected[0].reason


def test_every_budget_of_today_still_holds() -> None:
    """Whatever is asked beyond the bounds, what the bounds count can still be asked, in each budget."""
    limits = [Limit("", 7, None), Limit("one", 3, None)]
    meter = BudgetMeter(limits, {"": UpperBound(5.0, 0.0), "one": UpperBound(2.0, 0.0)}.__getitem__)
    assert [meter.charge_beyond("one.desk") for _ in range(2)] == [True, False]
    assert [meter.charge_beyond("desk") for _ in range(2)] == [True, False]
    for site in ("one.desk", "one.desk", "desk", "desk", "desk"):
        meter.charge(site)
    with pytest.raises(BudgetSpent):
        meter.charge("desk")
    meter.add("desk", Usage(1))


def test_a_bound_that_nobody_knows_leaves_nothing() -> None:
    assert not BudgetMeter([Limit("", 100, None)]).charge_beyond("desk")
    assert not BudgetMeter([Limit("", 100, None)], lambda path: None).charge_beyond("desk")
    assert not BudgetMeter([Limit("", 1, None)], lambda path: UpperBound(2, 0.0)).charge_beyond("desk")

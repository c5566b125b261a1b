"""What texts learn through each operation over FutureTensors: one case by hand for each."""

import pytest
import torch

from hdsl.future.context import RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.kernel.request import Request
from hdsl.ops.attention import attend, causal_mask
from hdsl.ops.demonstrate import demonstrate, forgive
from hdsl.ops.expand import expand, ft_expand
from hdsl.ops.gate import ft_gate
from hdsl.ops.index import ft_slice, index
from hdsl.ops.llm import llm
from hdsl.ops.losses import exact_match, mean
from hdsl.ops.merge import ft_merge, merge
from hdsl.ops.recurrent import ft_recurrent, recurrent, recurrent_all
from hdsl.ops.sequential import ft_sequential
from hdsl.ops.site import Site
from hdsl.ops.speculate import speculate
from hdsl.ops.stack import ft_stack
from hdsl.ops.switch import ft_switch, switch
from hdsl.ops.terminal import send_text
from hdsl.ops.texts import first_line, join, payload
from hdsl.ops.unsqueeze import ft_unsqueeze
from hdsl.ops.validate import until_match
from hdsl.ops.vote import vote
from hdsl.tensor.frames import split_frames
from hdsl.tensor.gradients import gradient_registry, take_judged
from hdsl.tensor.text_tensor import read_texts, store_of
from tests.ops.graphs import leaf, node, texts_of
from tests.servers.scripted_kernel import ScriptedKernel

Wanted = list[str | None]


def learning(texts: list[str | Element | None], shape: list[int] | None = None) -> FutureTensor:
    """A leaf whose texts may learn."""
    return leaf(texts, shape).requires_grad_()


def backward(result: FutureTensor, *expected: str) -> torch.Tensor:
    """Teaches a result that it should be the expected texts; the loss."""
    texts_of(result)
    wanted = leaf(list(expected), result.ft_capacity_shape)
    loss = mean(node("loss", exact_match, forgive(result), wanted))
    texts_of(loss)
    torch.autograd.backward(loss)
    return loss


def learned(x: FutureTensor) -> Wanted:
    """What each text of a leaf should be: itself where it was found right, None where nothing was said of it."""
    judged = take_judged(store_of(x.ft_static_tensor))
    return [judged[at].better if at in judged else None for at in range(x.ft_static_tensor.numel())]


def test_a_slice_gives_back_to_where_it_was_taken():
    x = learning(["a", "b", "c", "d"], [2, 2])
    backward(ft_slice(x, [1, slice(0, 2)]), "C", "d")
    assert learned(x) == [None, None, "C", "d"]


def test_an_index_with_a_new_dimension_gives_back():
    x = learning(["a", "b"])
    backward(index(x, (None, slice(None, None, -1)), site=Site()), "B", "A")
    assert learned(x) == ["A", "B"]
    backward(ft_unsqueeze(x, 0), "A", "b")
    assert learned(x) == ["A", "b"]


def test_the_copies_of_an_expand_are_merged():
    x = learning(["one\ntwo\nthree\nfour\nfive\n"])
    backward(expand(x, [1, 2], site=Site()), "ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\n")
    assert learned(x) == ["ONE\ntwo\nthree\nfour\nFIVE\n"]
    backward(ft_expand(x, [3, 1]), *["x"] * 3)
    assert learned(x) == ["x"]


def test_a_stack_gives_each_its_own():
    x, y = learning(["a"]), learning(["b"])
    backward(ft_stack([x, y]), "A", "b")
    assert (learned(x), learned(y)) == (["A"], ["b"])


def test_only_the_last_step_of_a_sequence_that_passed_learns_texts_and_all_get_the_number():
    x, y = learning(["a"]), learning(["b"])
    backward(ft_sequential(x, y), "B")
    assert (learned(x), learned(y)) == ([None], ["B"])
    assert x.grad == y.grad == 1


def test_the_step_that_failed_a_sequence_learns():
    x, y = learning([("a", Status.failed_because("no"))]), learning(["b"])
    backward(ft_sequential(x, y), "A")
    assert (learned(x), learned(y)) == (["A"], [None])


def test_only_the_branch_that_was_taken_learns_at_each_coordinate():
    condition, left, right = learning(["l", "r"]), learning(["a", "b"]), learning(["c", "d"])
    backward(switch(condition, [("l", left), ("r", right)], site=Site()), "A", "D")
    assert (learned(condition), learned(left), learned(right)) == ([None, None], ["A", None], [None, "D"])


def test_the_condition_learns_where_it_fits_no_case_or_failed():
    condition, left = learning(["x", ("", Status.failed_because("no"))]), learning(["a", "b"])
    backward(ft_switch(condition, [("l", "", "", left)]), "l", "l")
    assert (learned(condition), learned(left)) == (["l", "l"], [None, None])


def test_the_turn_that_won_and_the_failed_ones_before_learn_and_no_turn_after():
    def judge(text: str) -> Element:
        return text, Status.confidence(1.0) if text == "c" else Status.self_confidence_but_failed(0.1, "no")

    x = learning(["a", "b", "c", "d"], [1, 4])
    backward(recurrent(node("judged", judge, x), site=Site()), "C")
    assert learned(x) == ["C", "C", "C", None]


def test_the_failed_turns_learn_from_a_right_result_to_be_it_at_once():
    x = learning(["a", "b"], [1, 2])
    backward(recurrent(node("judged", until_b, x), site=Site()), "b")
    assert learned(x) == ["b", "b"]


def test_turns_that_somebody_else_asked_are_none_of_a_loop_that_ended_before_them():
    x = learning(["a", "b", "c"], [1, 3])
    texts_of(x)
    backward(ft_recurrent(x), "Z")
    assert learned(x) == ["Z", None, None]
    x = learning(["a", "b", "c"], [1, 3])
    body = node("judged", lambda text: (text, Status.confidence(1.0)), x)
    texts_of(body)
    backward(recurrent_all(body, site=Site()), "Z")
    assert learned(x) == ["Z", None, None]


def until_a(text: str) -> Element:
    return until_match(text, pattern="^a")


def until_b(text: str) -> Element:
    return until_match(text, pattern="^b")


def test_of_a_loop_that_failed_the_surest_turn_learns_what_it_should_be():
    def doubt(text: str) -> Element:
        return text, Status.self_confidence_but_failed({"a": 0.2, "b": 0.9, "c": 0.3}[text], "no")

    x = learning(["a", "b", "c"], [1, 3])
    backward(ft_recurrent(node("judged", doubt, x), topk_self_confidence_but_failed=1), "B")
    assert learned(x) == [None, "B", "B"]


def test_a_loop_that_shows_all_turns_gives_the_last_its_own_part():
    x = learning(["a", "b"], [1, 2])
    backward(recurrent_all(node("judged", until_b, x), site=Site()), "a\nB")
    assert learned(x) == ["B", "B"]


def test_a_change_of_several_joined_turns_at_once_is_kept_as_refused():
    x = learning(["a", "b"], [1, 2])
    backward(recurrent_all(node("judged", until_b, x), site=Site()), "quite another")
    assert learned(x) == [None, None]
    (refused,) = gradient_registry().take_refused()
    assert "several of its 2 pieces" in refused.refused.cause


def test_merged_texts_are_taken_apart_by_their_frames():
    x = learning(["a", ("lost", Status.failed_because("no")), "c"], [1, 3])
    merged = ft_merge(x)
    (text,) = texts_of(merged)
    backward(merged, text.replace("  c", "  C"))
    assert learned(x) == ["a", None, "C"]


def test_a_merged_text_without_its_frames_is_refused():
    x = learning(["a", "b"], [1, 2])
    backward(ft_merge(x), "no frames at all")
    assert learned(x) == [None, None]
    assert gradient_registry().take_refused()


def test_what_was_attended_to_learns_from_every_position_that_saw_it():
    x = learning(["a", "b"], [1, 2])
    seen = attend(x, causal_mask(leaf(["a", "b"], [1, 2])))
    texts = texts_of(seen)
    assert [len(split_frames(text)) for text in texts] == [1, 2]
    backward(seen, *[text.replace("  a", "  A") for text in texts])
    assert learned(x) == ["A", "b"]


def test_what_is_typed_passes_its_gradient_and_is_not_typed_again():
    typed = []

    class Shell:
        async def send_text(self, text: str) -> None:
            typed.append(text)

    class Sessions:
        def session(self, handle: str) -> Shell:
            return Shell()

    with use_context(RunContext(terminal=Sessions())):
        x = learning(["ls"])
        backward(node("typed", send_text, x, leaf(["shell"]), sessions=(False, True)), "ls -l")
    assert (learned(x), typed) == (["ls -l"], ["ls"])


def test_a_gate_gives_the_value_its_gradient_and_the_verdict_none():
    value, by = learning(["draft"]), learning([("too long", Status.failed_because("no"))])
    backward(ft_gate(value, by), "short")
    assert (learned(value), learned(by)) == (["short"], [None])


@pytest.mark.parametrize(
    ("function", "text", "better", "wanted"),
    [
        (first_line, "\n one \ntwo", "ONE", "\n ONE \ntwo"),
        (first_line, "\n", "one", "one"),
        (until_a, "b", "a", "a"),
    ],
)
def test_functions_of_one_text_are_undone(function, text, better, wanted):
    x = learning([text])
    backward(node("result", function, x), better)
    assert learned(x) == [wanted]


def test_a_payload_keeps_its_label_and_an_exact_label_has_none():
    x = learning(["text:ls", "stop"])
    backward(node("result", payload, x, input_labels=(("text:", "stop"),)), "pwd", "pwd")
    assert learned(x) == ["text:pwd", None]
    (refused,) = gradient_registry().take_refused()
    assert "has no payload" in refused.refused.cause


def test_joined_texts_are_taken_apart_where_one_of_them_changed():
    x, y = learning(["a", "a"]), learning(["b\nb", "b"])
    backward(node("joined", join, x, y), "a\nB\nb", "A\nB")
    assert (learned(x), learned(y)) == (["a", "A"], ["B\nb", "B"])


def test_what_was_merged_with_a_separator_learns_piece_by_piece_and_what_was_left_out_nothing():
    x = learning(["a", ("", Status.failed_because("no")), "b", "c\nc"], [4])
    merged = merge(x, site=Site(), **{"with": "\n"})
    assert texts_of(merged) == ["a\nb\nc\nc"]
    backward(merged, "a\nB\nc\nc")
    assert learned(x) == ["a", None, "B", "c\nc"]


def test_those_that_lost_a_vote_learn_what_won():
    x = learning(["no", "yes", " yes\n", ("", Status.failed_because("no"))], [4])
    voted = vote(x, site=Site())
    assert texts_of(voted) == ["yes"]
    backward(voted, "yes")
    assert learned(x) == ["yes", "yes", " yes\n", "yes"]


def test_those_that_won_a_vote_and_were_wrong_learn_what_would_have_been_right():
    x = learning(["no", "yes", "yes"], [3])
    backward(vote(x, site=Site()), "no")
    assert learned(x) == ["no", "no", "no"]


def test_an_action_learns_in_the_answer_it_was_one_of():
    actions = learning(["text:ls\nkey:Enter", "unused"], [1, 2])
    done = speculate(actions, leaf(["$", "$ ls"], [1, 2]), site=Site())
    assert texts_of(done) == ["text:ls", "key:Enter"]
    backward(done, "text:pwd", "key:Enter")
    assert learned(actions) == ["text:pwd\nkey:Enter", None]


def test_the_model_is_asked_for_the_input_of_a_step_that_it_answered_and_of_a_function_of_ones_own():
    def better(request: Request) -> str:
        correction = request.correction
        return (
            "answer"
            if correction is None
            else f"{correction.text}, not {correction.actual} but {correction.expected[0]}"
        )

    with use_context(RunContext(kernel=ScriptedKernel(better))):
        x = learning(["question"])
        backward(node("asked", llm, x), "right")
        assert learned(x) == ["question, not answer but right"]
        y = learning(["abc"])
        backward(node("own", lambda text: text[::-1], y), "cbA")
        assert learned(y) == ["abc, not cba but cbA"]


def test_what_failed_by_its_input_gives_its_gradient_to_the_input():
    x, y = learning(["a"]), learning([("b", Status.failed_because("no"))])
    backward(node("joined", join, x, y), "B")
    assert (learned(x), learned(y)) == ([None], ["B"])


def test_a_right_result_says_so_all_the_way_up():
    x = learning(["text:a", "text:b"])
    texts = node("texts", payload, x, input_labels=(("text:",),))
    backward(ft_stack([ft_slice(texts, [slice(0, 1)])]), "a")
    assert learned(x) == ["text:a", None]


def test_a_demonstrated_node_goes_on_with_what_it_was_shown_and_learns_it():
    x = learning(["a", "b"])
    shown = demonstrate(x, {(0,): "A"})
    result = node("result", lambda text: text + "!", shown)
    assert texts_of(result) == ["A!", "b!"]
    with use_context(RunContext(kernel=ScriptedKernel("whatever"))):
        backward(result, "B!", "b!")
    assert learned(x) == ["A", "b"]


def test_a_demonstration_of_what_was_never_asked_teaches_nothing():
    x = learning(["a", "b"], [1, 2])
    loop = recurrent(node("judged", until_a, demonstrate(x, {(0, 0): "a", (0, 1): "c"})), site=Site())
    backward(loop, "a")
    assert learned(x) == ["a", None]


def test_a_forgiven_text_can_be_scored_and_learns_failed_as_it_is():
    x = learning([("kept", Status.failed_because("no"))])
    assert texts_of(forgive(x)) == ["kept"]
    backward(x, "better")
    assert read_texts(x.ft_static_tensor) == ["kept"]
    assert learned(x) == ["better"]

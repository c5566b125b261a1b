"""Absent elements: what makes them, how they pass through operations, and that nothing is learnt of them."""

import itertools
from functools import partial
from pathlib import Path

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.future.context import RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.node import Node
from hdsl.future.status import Status
from hdsl.ops.always import always
from hdsl.ops.demonstrate import forgive
from hdsl.ops.expand import expand
from hdsl.ops.fallback import cause, fallback
from hdsl.ops.gate import gate
from hdsl.ops.in_order import in_order
from hdsl.ops.index import index
from hdsl.ops.llm import llm
from hdsl.ops.losses import exact_match, mean
from hdsl.ops.merge import merge
from hdsl.ops.parts import parts_of
from hdsl.ops.recurrent import recurrent, recurrent_all
from hdsl.ops.sequential import sequential
from hdsl.ops.site import Site
from hdsl.ops.split import split
from hdsl.ops.stack import stack
from hdsl.ops.switch import switch
from hdsl.ops.texts import join
from hdsl.ops.validate import until_match
from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.tensor.gradients import take_judged
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import store_of
from tests.ops.graphs import leaf, node, tracing
from tests.servers.scripted_kernel import ScriptedKernel

NONE: Element = ("", Status.absent)
SITE = Site()
MATCHES = partial(until_match, pattern="yes")


def bad(cause: str = "why") -> Element:
    return "", Status.failed_because(cause)


def elements(tensor: FutureTensor) -> list[object]:
    """Each element: its text, None if it is absent, or its cause in a list if it failed."""
    run_sync(tensor.ft_pull_all())
    found: list[object] = []
    for at in itertools.product(*map(range, tensor.ft_capacity_shape)):
        text, status = run_sync(tensor.ft_async_get(at))
        found.append(None if status.is_absent else [status.cause] if status.failed else text)
    return found


def one(tensor: FutureTensor) -> object:
    return elements(tensor)[0]


def test_a_status_of_its_own():
    assert (Status.absent.is_absent, Status.absent.failed, Status.absent.is_confidence) == (True, False, False)
    assert Status.absent.tag == "absent"
    assert Status.convert_float_to_status(Status.convert_status_to_float(Status.absent)) == Status.absent
    assert not Status.failed_because("x").is_absent
    assert torch.tensor(Status.absent.coefficient, dtype=torch.bfloat16).item() == Status.absent.coefficient


def test_an_operation_with_an_absent_input_is_not_run_even_beside_a_failed_one():
    kernel = ScriptedKernel("said")
    with use_context(RunContext(kernel=kernel)):
        asked = node("asked", llm, leaf(["a", NONE, bad()]))
        assert elements(asked) == ["said", None, ["why"]]
        assert len(kernel.requests) == 1
    assert elements(node("joined", join, leaf([NONE, bad(), "a"]), leaf([bad(), NONE, NONE]))) == [None, None, None]
    assert elements(gate(leaf(["a", bad(), NONE]), leaf([NONE, NONE, bad()]), site=SITE)) == [None, None, None]
    chosen = switch(leaf([NONE, "x", "y"]), [("x", leaf(["a", NONE, "a"])), ("y", leaf(["b"] * 3))], site=SITE)
    assert elements(chosen) == [None, None, "b"]
    assert elements(node("score", exact_match, leaf([NONE, "a"]), leaf(["a", "a"]))) == [None, "0"]


def test_steps_and_alternatives_end_at_an_absent_one():
    with tracing() as trace:
        last = node("last", join, leaf(["c", "c", "c"]))
        steps = sequential(leaf(["a", "a", bad()]), leaf([NONE, "b", NONE]), last, site=SITE)
        assert elements(steps) == [None, "c", ["why"]]
    assert trace.of("last") == ["last[1]"]
    assert elements(fallback(leaf([NONE, bad(), bad()]), leaf(["b", NONE, "b"]), site=SITE)) == [None, None, "b"]


def test_what_is_ensured_is_absent_where_either_is_and_has_no_cause():
    done = always(leaf([NONE, "a", bad(), bad()]), leaf(["x", NONE, "x", NONE]), site=SITE)
    assert elements(done) == [None, None, ["why"], None]
    assert elements(cause(leaf([NONE, "a", bad()]), site=SITE)) == [None, "", "why"]


def test_what_moves_elements_keeps_them():
    x = leaf(["a", NONE])
    assert elements(expand(x, to=[2, 2], site=SITE)) == ["a", "a", None, None]
    assert elements(stack(x, leaf([NONE, "b"]), site=SITE)) == ["a", None, None, "b"]
    assert elements(index(x, (slice(1, None),), site=SITE)) == [None]


def test_what_gathers_leaves_them_out_and_with_nothing_left_is_failed_or_absent():
    x = leaf([NONE, "a", NONE, bad(), NONE, NONE], [3, 2])
    merged = elements(merge(x, site=SITE))
    assert "a" in str(merged[0])
    assert merged[1:] == [["why"], None]
    assert one(merge(leaf([], [1, 0]), site=SITE)) is None
    assert one(mean(leaf(["1", NONE, "0"]))) == "0.5"
    assert one(mean(leaf(["1", NONE, bad()]))) == ["why"]
    assert one(mean(leaf([NONE, NONE]))) is None


def test_loops_pass_over_absent_turns():
    seen: list[str] = []
    kernel = ScriptedKernel(lambda request: seen.append(str(len(request.trajectory))) or request.input)
    turns: list[str | Element] = [NONE, "no", NONE, "yes", "yes"]
    with use_context(RunContext(kernel=kernel)):
        body = node("ok", MATCHES, node("said", llm, leaf(turns, [1, 5])))
        assert one(recurrent(body, leaf(["goal"]), site=SITE)) == "yes"
        assert seen == ["0", "1"]
    assert one(recurrent(leaf([NONE, bad("first"), NONE], [1, 3]), None, site=SITE)) == ["first"]
    assert one(recurrent(leaf([NONE, NONE], [1, 2]), None, site=SITE)) is None
    assert one(recurrent(leaf(["a"], [1, 1]), leaf([NONE]), site=SITE)) is None
    assert one(recurrent_all(leaf([bad(), NONE, "a"], [1, 3]), None, site=SITE)) == "\na"


def test_what_is_done_in_order_goes_on_behind_absent_elements_and_does_not_show_them():
    seen: list[int] = []
    kernel = ScriptedKernel(lambda request: seen.append(len(request.trajectory)) or request.input)
    with use_context(RunContext(kernel=kernel)):
        said = node("said", llm, leaf(["a", NONE, "b", bad()], [1, 4]))
        assert elements(in_order(said, None, stop=True, site=SITE)) == ["a", None, "b", ["why"]]
    assert seen == [0, 1]
    assert elements(in_order(leaf(["a"], [1, 1]), leaf([NONE]), site=SITE)) == [None]


def test_they_are_stored_and_not_evaluated_again(tmp_path: Path):
    for home in (Folder(tmp_path / "folder"), Pack(tmp_path / "pack.sqlite")):
        calls: list[tuple[int, ...]] = []

        async def generate(at, trajectory, spending, calls=calls):
            calls.append(at)
            return NONE

        tensor = make_tensor([None, None], home)
        for _ in range(2):
            again = FutureTensor.around(Node(generate, tensor, RunContext(home=home)))
            assert elements(again) == [None, None]
        assert calls == [(0,), (1,)]
        home.flush()
        home.close()


def test_nothing_is_learnt_of_what_is_absent():
    def teach(tensor: FutureTensor, expected: list[str]) -> None:
        run_sync(tensor.ft_pull_all())
        loss = mean(node("loss", exact_match, forgive(tensor), leaf(expected, tensor.ft_capacity_shape)))
        run_sync(loss.ft_pull_all())
        torch.autograd.backward(loss)

    x = leaf(["a", NONE, bad()]).requires_grad_()
    teach(node("joined", join, x), ["b", "b", "b"])
    assert sorted(take_judged(store_of(x.ft_node.static))) == [0, 2]
    turns = leaf([NONE, "no", NONE], [1, 3]).requires_grad_()
    teach(recurrent(node("ok", MATCHES, turns), None, site=SITE), ["yes"])
    assert {at: judged.better for at, judged in take_judged(store_of(turns.ft_node.static)).items()} == {1: "yes"}


def test_split_gives_parts_and_leaves_the_rest_absent():
    text = "one\n\n\n\n two \n\n\nthree\n"
    x = leaf([text, "", "a\n\nb\n\nc\n\nd\n\ne", NONE, bad()])
    parts = split(x, site=Site(shape=(5, 4)))
    assert elements(parts)[:4] == ["one", " two ", "three", None]
    assert elements(parts)[4:8] == [None] * 4
    assert elements(parts)[8:12] == [["there are 5 parts, and there is room for 4"]] * 4
    assert elements(parts)[12:] == [None] * 4 + [["why"]] * 4
    packed = split(leaf(["aa,bb,cc,dddddd,e"]), at=",", size=5, site=Site(shape=(1, 4)))
    assert elements(packed) == ["aa,bb", "cc", "dddddd", "e"]
    assert elements(split(leaf(["abcde"]), at="", size=2, site=Site(shape=(1, 3)))) == ["ab", "cd", "e"]


def test_better_parts_are_put_into_the_text_they_were_cut_from():
    x = leaf(["one\n\ntwo\n\n\nthree"]).requires_grad_()
    parts = split(x, site=Site(shape=(1, 4)))
    run_sync(parts.ft_pull_all())
    loss = mean(node("loss", exact_match, parts, leaf(["one", "2", "3", "4"], [1, 4])))
    run_sync(loss.ft_pull_all())
    torch.autograd.backward(loss)
    (judged,) = take_judged(store_of(x.ft_node.static)).values()
    assert judged.better == "one\n\n2\n\n\n3"


TEXTS = st.text(alphabet="ab ,\n", max_size=40)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([",", "\n", "\n\n", ""]), st.integers(0, 12))
def test_parts_are_ranges_of_the_text_in_order_and_no_longer_than_the_size(text, at, size):
    ranges = parts_of(text, at, size)
    assert all(start < end for start, end in ranges)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(ranges))
    single = {text[start:end] for start, end in parts_of(text, at, 0)}
    assert all(end - start <= size or text[start:end] in single for start, end in ranges)
    kept = "".join(text[start:end] for start, end in ranges)
    assert [each for each in kept if each in "ab"] == [each for each in text if each in "ab"]


class Pieces:
    """Functions that make the elements of a last dimension, and count their calls."""

    def __init__(self) -> None:
        self.calls = 0

    def listed(self, x):
        self.calls += 1
        if x == "broken":
            raise ValueError("no pieces")
        return [None if each == "-" else each for each in x.split(",")]

    def failing(self, x) -> list:
        self.calls += 1
        return "kept", Status.failed_because("not now")

    def each(self, x, *, pull):
        self.calls += 1
        return f"{x}{pull.coordinates[-1]}"

    async def later(self, x) -> list[str]:
        self.calls += 1
        return [x, (x.upper(), Status.confidence(0.5))]


def test_a_function_may_return_a_list_with_all_elements_of_a_last_dimension():
    pieces = Pieces()

    def made(function, *texts):
        pieces.calls = 0
        return elements(node("pieces", function, leaf(list(texts)), shape=(len(texts), 3)))

    assert made(pieces.listed, "a,b", "a,-,c") == ["a", "b", None, "a", None, "c"]
    assert pieces.calls == 2
    assert made(pieces.listed, "a,b,c,d", "broken")[2:] == [
        ["there are 4 parts, and there is room for 3"],
        *[["ValueError: no pieces"]] * 3,
    ]
    assert pieces.calls == 2
    assert (made(pieces.failing, "a"), pieces.calls) == ([["not now"]] * 3, 1)
    assert (made(pieces.later, "a"), pieces.calls) == (["a", "A", None], 1)
    assert (made(pieces.each, "a"), pieces.calls) == (["a0", "a1", "a2"], 3)

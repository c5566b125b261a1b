"""FutureTensor: evaluated once, shared, stored, resumed, interrupted."""

import asyncio
import threading
from pathlib import Path

import pytest
import torch

from hdsl.future.context import BudgetSpent, PullRecord, RunContext, RunEnded, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.kernel.request import KernelUnreachable
from hdsl.ops.forwarded import ft_from_tensor, ft_make_forwarded
from hdsl.storage.pack import Pack
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.text_tensor import read_texts, store_of
from tests.future.counting import SURE, Counting


class Recording:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[PullRecord] = []

    def on_pull(self, record: PullRecord) -> None:
        self.records.append(record)


def test_it_is_a_scalar_one_with_the_framework_attributes(tmp_path: Path) -> None:
    future = FutureTensor(tmp_path, Counting(), [2, 3])
    assert isinstance(future, torch.Tensor)
    assert (future.dtype, future.dim(), future.item()) == (torch.bfloat16, 0, 1.0)
    assert future.ft_capacity_shape == future.ft_shape_schema == [2, 3]
    assert future.ft_static_tensor.tolist() == [[0] * 3] * 2
    assert future.ft_incremental_concated_tensors == []
    assert not future.ft_forwarded
    assert type(future * 2) is torch.Tensor


def test_forward_computes_each_element_once(tmp_path: Path) -> None:
    counting = Counting()
    future = FutureTensor(tmp_path, counting, [2, 2])
    future.ft_forward()
    assert future.ft_forwarded
    assert sorted(counting.asked) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert future.ft_static_tensor.flatten().tolist() == [1] * 4
    future.ft_forward()
    assert run_sync(future.ft_async_get((-1, -1)))[0].startswith("(1, 1)")
    assert len(counting.asked) == 4
    assert len(read_texts(open_tensor(tmp_path, store_of(future.ft_static_tensor).uid))) == 4


def test_concurrent_pulls_share_one_evaluation(tmp_path: Path) -> None:
    counting = Counting(0.05)
    future = FutureTensor(tmp_path, counting, [1])

    async def pull_together() -> list[Element]:
        return await asyncio.gather(*(future.ft_async_get((0,)) for _ in range(5)))

    assert {text for text, _ in run_sync(pull_together())} == {"(0,) 1"}
    assert counting.asked == [(0,)]


def test_a_cancelled_waiter_leaves_the_evaluation_to_the_others(tmp_path: Path) -> None:
    counting = Counting(0.1)
    future = FutureTensor(tmp_path, counting, [1])

    async def cancel_the_first() -> Element:
        first = asyncio.create_task(future.ft_async_get((0,)))
        second = asyncio.create_task(future.ft_async_get((0,)))
        await asyncio.sleep(0.02)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert run_sync(cancel_the_first())[0] == "(0,) 1"
    assert counting.asked == [(0,)]


def test_the_last_waiter_that_is_cancelled_ends_the_evaluation(tmp_path: Path) -> None:
    counting = Counting(30)
    future = FutureTensor(tmp_path, counting, [1])

    async def cancel_all() -> int:
        tasks = [asyncio.create_task(future.ft_async_get((0,))) for _ in range(2)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return counting.at_once

    assert run_sync(cancel_all()) == 0
    assert not future.ft_forwarded


def test_an_exception_fails_its_element_with_the_cause(tmp_path: Path) -> None:
    async def fail_one(coordinates: tuple[int, ...], trajectory: str) -> Element:
        if coordinates == [1]:
            raise ValueError("not this one")
        return "fine", SURE

    future = FutureTensor(tmp_path, fail_one, [3])
    future.ft_forward()
    assert future.ft_forwarded
    assert read_texts(future.ft_static_tensor) == ["fine", "", "fine"]
    text, status = run_sync(future.ft_async_get((1,)))
    assert (text, status.failed, status.cause) == ("", True, "ValueError: not this one")


def test_what_is_no_element_fails(tmp_path: Path) -> None:
    async def wrong(coordinates: tuple[int, ...], trajectory: str) -> Element:
        return 3, SURE  # type: ignore[return-value]

    future = FutureTensor(tmp_path, wrong, [1])
    assert "an element is (text, Status)" in run_sync(future.ft_async_get((0,)))[1].cause


def test_a_text_that_cannot_be_stored_fails_its_element(tmp_path: Path) -> None:
    async def half_a_character(coordinates: tuple[int, ...], trajectory: str) -> Element:
        return "\ud800", SURE

    future = FutureTensor(tmp_path, half_a_character, [1])
    future.ft_forward()
    assert "UnicodeEncodeError" in run_sync(future.ft_async_get((0,)))[1].cause


def test_a_pull_while_a_cancelled_evaluation_cleans_up_starts_anew(tmp_path: Path) -> None:
    asked = []

    async def slow_to_clean(coordinates: tuple[int, ...], trajectory: str) -> Element:
        asked.append(coordinates)
        try:
            await asyncio.sleep(30 if len(asked) == 1 else 0.05)
        except asyncio.CancelledError:
            await asyncio.sleep(0.02)
            raise
        return "second", SURE

    future = FutureTensor(tmp_path, slow_to_clean, [1])

    async def cancel_and_ask_again() -> list[Element]:
        first = asyncio.create_task(future.ft_async_get((0,)))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0.005)
        second = asyncio.create_task(future.ft_async_get((0,)))
        await asyncio.sleep(0.03)
        return await asyncio.gather(second, future.ft_async_get((0,)))

    assert run_sync(cancel_and_ask_again()) == [("second", SURE)] * 2
    assert len(asked) == 2


@pytest.mark.parametrize(("given", "kind"), [(None, "None"), ("text", "type str"), (("a", SURE, 1), "type tuple")])
def test_a_generator_that_gives_no_element_fails_it(tmp_path: Path, given: object, kind: str) -> None:
    async def generate(coordinates: list[int], trajectory: Trajectory) -> Element:
        return given  # type: ignore[return-value]

    _, status = run_sync(FutureTensor(tmp_path, generate, [1]).ft_async_get((0,)))
    assert "an element is a text and its Status, not" in status.cause
    assert kind in status.cause


def test_a_generator_that_is_cancelled_inside_fails(tmp_path: Path) -> None:
    async def cancelled(coordinates: tuple[int, ...], trajectory: str) -> Element:
        raise asyncio.CancelledError

    assert run_sync(FutureTensor(tmp_path, cancelled, [1]).ft_async_get((0,)))[1].failed


@pytest.mark.parametrize("ending", [BudgetSpent("spent"), RunEnded("over"), KernelUnreachable("gone")])
def test_what_ends_the_run_ends_it_at_once(tmp_path: Path, ending: Exception) -> None:
    counting = Counting(600)

    async def end(coordinates: tuple[int, ...], trajectory: Trajectory) -> Element:
        if coordinates == [1]:
            await asyncio.sleep(0.01)
            raise ending
        return await counting(coordinates, trajectory)

    future = FutureTensor(tmp_path, end, [3])
    with pytest.raises(type(ending)):
        future.ft_forward()
    assert counting.at_once == 0
    assert future.ft_static_tensor.tolist() == [0, 0, 0]


def test_forward_works_inside_a_running_loop_and_goes_on_after_an_interruption(tmp_path: Path) -> None:
    calls: list[tuple[int, ...]] = []

    async def end_once(coordinates: tuple[int, ...], trajectory: str) -> Element:
        calls.append(tuple(coordinates))
        if coordinates == [2] and calls.count((2,)) == 1:
            await asyncio.sleep(0.02)
            raise RunEnded("first time")
        return "done", SURE

    future = FutureTensor(tmp_path, end_once, [3])

    async def main() -> None:
        with pytest.raises(RunEnded):
            future.ft_forward()
        future.ft_forward()

    asyncio.run(main())
    assert future.ft_forwarded
    assert sorted(calls) == [(0,), (1,), (2,), (2,)]


def test_waiting_for_itself_is_refused(tmp_path: Path) -> None:
    inner = FutureTensor(tmp_path, Counting(), [1])

    async def forward_inside(coordinates: tuple[int, ...], trajectory: str) -> Element:
        inner.ft_forward()
        return "unreached", SURE

    assert "must not wait" in run_sync(FutureTensor(tmp_path, forward_inside, [1]).ft_async_get((0,)))[1].cause


def test_a_failed_element_is_not_asked_again(tmp_path: Path) -> None:
    calls = []

    async def fail(coordinates: tuple[int, ...], trajectory: str) -> Element:
        calls.append(coordinates)
        return "bad", Status.confidence(0.0) if coordinates == [0] else Status.failed_because("no")

    future = FutureTensor(tmp_path, fail, [2])
    future.ft_forward()
    future.ft_forward()
    assert len(calls) == 2
    assert future.ft_forwarded


def test_live_looks_again_at_each_pull(tmp_path: Path) -> None:
    counting = Counting()
    future = FutureTensor(tmp_path, counting, [1], live=True)
    texts = [run_sync(future.ft_async_get((0,)))[0] for _ in range(2)]
    assert texts == ["(0,) 1", "(0,) 2"]
    assert read_texts(future.ft_static_tensor) == ["(0,) 2"]


def test_the_prompt_tensor_gives_the_trajectories(tmp_path: Path) -> None:
    async def echo(coordinates: tuple[int, ...], trajectory: str) -> Element:
        return f"<{trajectory}>", SURE

    future = FutureTensor(tmp_path, echo, [2])
    future.ft_forward(make_tensor(["first", None], tmp_path))
    assert read_texts(future.ft_static_tensor) == ["<first>", "<>"]


def test_many_elements_run_at_once(tmp_path: Path) -> None:
    all_together = asyncio.Barrier(300)

    async def meet(coordinates: list[int], trajectory: Trajectory) -> Element:
        await all_together.wait()
        return "met", SURE

    FutureTensor(Pack(tmp_path / "p.sqlite"), meet, [300]).ft_forward()


def test_materialized_values_can_be_read_and_replaced(tmp_path: Path) -> None:
    counting = Counting()
    future = FutureTensor(tmp_path, counting, [2])
    future.ft_forward()
    coefficient, path = future.ft_get_materialized_value((0,))
    assert (coefficient, path.read_text()) == (1.0, "(0,) 1")
    future.ft_reset_materialized_value((0,), 0.5, text="by hand")
    assert run_sync(future.ft_async_get((0,))) == ("by hand", Status(0.5))
    future.ft_reset_materialized_value((1,), 0.0)
    assert not future.ft_forwarded
    future.ft_forward()
    assert read_texts(future.ft_static_tensor) == ["by hand", "(1,) 3"]


def test_each_evaluation_is_recorded_once(tmp_path: Path) -> None:
    recording = Recording()
    with use_context(RunContext(recorder=recording)):
        future = FutureTensor(tmp_path, Counting(), [2], name="node")
    future.ft_forward()
    future.ft_forward()
    assert [(record.node, record.coordinates) for record in recording.records] == [("node", (0,)), ("node", (1,))]
    assert recording.records[0].duration_ns > 0


def test_a_later_process_goes_on_where_names_are_stable(tmp_path: Path) -> None:
    for attempt in range(2):
        pack = Pack(tmp_path / "p.sqlite")
        counting = Counting()
        with use_context(RunContext(home=pack, stable_names=True)):
            future = FutureTensor(pack, counting, [2], name="node")
        future.ft_forward()
        assert len(counting.asked) == (2 if attempt == 0 else 0)
        assert future.ft_forwarded
        pack.close()


def test_results_in_a_pack_are_durable_when_forward_returns(tmp_path: Path) -> None:
    future = FutureTensor(Pack(tmp_path / "p.sqlite"), Counting(), [2])
    future.ft_forward()
    uid = store_of(future.ft_static_tensor).uid
    assert len([text for text in read_texts(open_tensor(Pack(tmp_path / "p.sqlite"), uid)) if text]) == 2


def test_it_can_be_awaited_on_the_users_own_loop(tmp_path: Path) -> None:
    assert asyncio.run(FutureTensor(tmp_path, Counting(), [1]).ft_async_get((0,)))[0] == "(0,) 1"


def test_coordinates_outside_are_an_index_error(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        run_sync(FutureTensor(tmp_path, Counting(), [2]).ft_async_get((2,)))


def test_forwarded_leaves_hold_texts_statuses_and_absence(tmp_path: Path) -> None:
    leaf = ft_make_forwarded(tmp_path, [3], ["a", ("b", Status.failed_because("why")), None])
    assert not leaf.ft_forwarded
    assert run_sync(leaf.ft_async_get((0,))) == ("a", SURE)
    assert run_sync(leaf.ft_async_get((1,)))[1].cause == "why"
    assert run_sync(leaf.ft_async_get((2,))) == ("", Status.absent)
    with pytest.raises(ValueError, match="values"):
        ft_make_forwarded(tmp_path, [2], ["a"])
    assert ft_from_tensor(make_tensor(["x"], tmp_path)).ft_forwarded


def test_pulls_from_many_threads(tmp_path: Path) -> None:
    counting = Counting(0.01)
    future = FutureTensor(tmp_path, counting, [4])
    threads = [threading.Thread(target=future.ft_forward) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counting.asked) == [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize("shape", [[0], [2, 0], []])
def test_empty_and_scalar_shapes(tmp_path: Path, shape: list[int]) -> None:
    counting = Counting()
    future = FutureTensor(tmp_path, counting, shape)
    future.ft_forward()
    assert future.ft_forwarded
    assert counting.asked == ([()] if shape == [] else [])

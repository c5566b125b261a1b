"""What ends early: evaluations that are cancelled, generators that leave the process, Ctrl-C."""

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.tensor.text_tensor import read_texts
from tests import warm
from tests.future.counting import SURE, Counting


def test_what_had_begun_to_wait_when_the_run_ended_is_cancelled_and_not_failed(tmp_path: Path) -> None:
    counting = Counting(600)
    slow = FutureTensor(tmp_path, counting, [1])

    async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        if coordinates == (1,):
            raise BudgetSpent("spent")
        return await slow.ft_node.get((0,), trajectory)

    future = make_future(generate, (2,), place=tmp_path, inline=True)
    with pytest.raises(BudgetSpent):
        future.ft_forward()
    assert counting.at_once == 0
    assert future.ft_static_tensor.tolist() == [0, 0]


def wrapped() -> Element:
    raise ConnectionError("closed")


@pytest.mark.parametrize("end", [wrapped, lambda: ("stale", Status.self_confidence_but_failed(0.5))])
def test_a_cancelled_evaluation_that_ends_late_leaves_what_the_next_one_found(
    tmp_path: Path, end: Callable[[], Element]
) -> None:
    asked: list[int] = []
    may_end, has_ended = threading.Event(), threading.Event()

    async def generate(coordinates: list[int], trajectory: Trajectory) -> Element:
        asked.append(len(asked))
        if len(asked) > 1:
            return "fine", SURE
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            while not may_end.is_set():
                await asyncio.sleep(0.001)
        finally:
            asyncio.get_running_loop().call_later(0.01, has_ended.set)
        return end()

    future = FutureTensor(tmp_path, generate, [1])

    async def ask_twice() -> Element:
        first = asyncio.create_task(future.ft_async_get([0]))
        while not asked:
            await asyncio.sleep(0.001)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        found = await future.ft_async_get([0])
        may_end.set()
        await asyncio.to_thread(has_ended.wait)
        return found

    assert asyncio.run(ask_twice()) == ("fine", SURE)
    assert read_texts(future.ft_static_tensor) == ["fine"]
    assert future.ft_static_tensor.tolist() == [1]


def test_a_cancellation_that_a_generator_wraps_is_one(tmp_path: Path) -> None:
    asked, ended = threading.Event(), threading.Event()

    async def generate(coordinates: list[int], trajectory: Trajectory) -> Element:
        asked.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(0.01, ended.set)
            raise ConnectionError("closed while reading") from None
        return "never", SURE

    future = FutureTensor(tmp_path, generate, [1])

    async def ask() -> None:
        asking = asyncio.create_task(future.ft_async_get([0]))
        await asyncio.to_thread(asked.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.to_thread(ended.wait)

    asyncio.run(ask())
    assert future.ft_static_tensor.tolist() == [0]


@pytest.mark.parametrize("leaving", [SystemExit(3), KeyboardInterrupt()])
def test_a_generator_that_leaves_the_process_reaches_the_caller_and_the_next_one_runs(
    tmp_path: Path, leaving: BaseException
) -> None:
    async def leave(coordinates: list[int], trajectory: Trajectory) -> Element:
        raise leaving

    with pytest.raises(type(leaving)):
        FutureTensor(tmp_path, leave, [2]).ft_forward()
    future = FutureTensor(tmp_path, Counting(), [1])
    future.ft_forward()
    assert future.ft_static_tensor.tolist() == [1]


def test_a_generator_may_wait_for_what_happens_on_the_loop_of_who_asks(tmp_path: Path) -> None:
    asked = threading.Event()

    async def ask() -> Element:
        gate = asyncio.Event()

        async def generate(coordinates: list[int], trajectory: Trajectory) -> Element:
            asked.set()
            await gate.wait()
            return "in", SURE

        asking = asyncio.create_task(FutureTensor(tmp_path, generate, [1]).ft_async_get([0]))
        await asyncio.to_thread(asked.wait)
        gate.set()
        return await asking

    assert asyncio.run(ask()) == ("in", SURE)


def test_ctrl_c_cancels_cleanly_and_keeps_what_is_done(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from hdsl.future.future_tensor import FutureTensor\n"
        "from hdsl.future.status import Status\n"
        "from hdsl.storage.pack import Pack\n"
        "from hdsl.tensor.text_tensor import read_texts\n"
        "async def generate(coordinates, trajectory):\n"
        "    if coordinates == [1]:\n"
        "        print('waiting', flush=True)\n"
        "        try:\n"
        "            await asyncio.sleep(60)\n"
        "        finally:\n"
        "            print('cleaned up', flush=True)\n"
        "    return 'done', Status.confidence(1.0)\n"
        "future = FutureTensor(Pack(sys.argv[1]), generate, [2])\n"
        "try:\n"
        "    future.ft_forward()\n"
        "except KeyboardInterrupt:\n"
        "    print(read_texts(future.ft_static_tensor), flush=True)\n"
        "    sys.exit(130)\n"
    )
    with warm.start(["-c", script, str(tmp_path / "p.sqlite")], tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    assert out == "cleaned up\n['done', None]\n"
    assert (process.returncode, error) == (130, "")


def test_ctrl_c_counts_where_it_does_not_wake_the_thread_that_waits(tmp_path: Path) -> None:
    """As where it comes just before that thread sleeps: the thread of the event loop is interrupted in its place."""
    script = (
        "import asyncio, signal, sys, threading\n"
        "from hdsl.future.future_tensor import FutureTensor\n"
        "async def generate(coordinates, trajectory):\n"
        "    signal.pthread_kill(threading.get_ident(), signal.SIGINT)\n"
        "    await asyncio.sleep(600)\n"
        "try:\n"
        "    FutureTensor(sys.argv[1], generate, [1]).ft_forward()\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    with warm.start(["-c", script, str(tmp_path)], tmp_path) as process:
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (130, "")

"""What the puller costs, as ratios to bare asyncio and to bare SQLite in the same run.

Run it with the project's python: `python benchmarks/future_tensor.py`.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hdsl.future.context import RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.ops.element import lift
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.recurrent import ft_recurrent
from hdsl.ops.sequential import ft_sequential
from hdsl.storage.pack import Pack

ELEMENTS = 10_000
LOOPS = 40
TURNS = 50
SLEEPERS = 1_000
REPEATS = 5

SURE = Status.confidence(1.0)
FAILED = Status.failed_because("not yet")


async def do_nothing(coordinates: tuple[int, ...], trajectory: str) -> Element:
    return "text", SURE


async def sleep_10_ms(coordinates: tuple[int, ...], trajectory: str) -> Element:
    await asyncio.sleep(0.01)
    return "text", SURE


def best(measured: Callable[[Path], float]) -> float:
    """The smallest seconds of several runs, each in a folder of its own."""
    results = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            results.append(measured(Path(folder)))
    return min(results)


def forward_seconds(make: Callable[[Pack], FutureTensor], folder: Path) -> float:
    pack = Pack(folder / "texts.sqlite")
    with use_context(RunContext(home=pack)):
        future = make(pack)
        started = time.perf_counter()
        future.ft_forward()
        elapsed = time.perf_counter() - started
    assert future.ft_forwarded
    pack.close()
    return elapsed


def elements(folder: Path) -> float:
    return forward_seconds(lambda pack: FutureTensor(pack, do_nothing, [ELEMENTS]), folder)


def sleepers(folder: Path) -> float:
    return forward_seconds(lambda pack: FutureTensor(pack, sleep_10_ms, [SLEEPERS]), folder)


def turns(folder: Path) -> float:
    def make(pack: Pack) -> FutureTensor:
        given = ft_make_forwarded(pack, [LOOPS, TURNS], ["text"] * LOOPS * TURNS)
        steps = [lift(lambda text: text, [given]) for _ in range(2)]
        steps.append(lift(lambda text: (text, FAILED), [given]))
        return ft_recurrent(ft_sequential(*steps))

    return forward_seconds(make, folder)


def turns_of_tasks(folder: Path) -> float:
    def make(pack: Pack) -> FutureTensor:
        steps = [FutureTensor(pack, do_nothing, [LOOPS, TURNS]) for _ in range(2)]

        async def fail(coordinates: tuple[int, ...], trajectory: str) -> Element:
            return "text", FAILED

        return ft_recurrent(ft_sequential(*steps, FutureTensor(pack, fail, [LOOPS, TURNS])))

    return forward_seconds(make, folder)


def bare_tasks(folder: Path) -> float:
    async def gather() -> None:
        await asyncio.gather(*(do_nothing((index,), "") for index in range(ELEMENTS)))

    started = time.perf_counter()
    asyncio.run(gather())
    return time.perf_counter() - started


def bare_sqlite(folder: Path) -> float:
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE elements (position INTEGER PRIMARY KEY, text BLOB)")
    started = time.perf_counter()
    connection.execute("BEGIN")
    for index in range(ELEMENTS):
        connection.execute("INSERT INTO elements VALUES (?, ?)", (index, b"text"))
    connection.execute("COMMIT")
    elapsed = time.perf_counter() - started
    connection.close()
    return elapsed


def main() -> None:
    task, row = best(bare_tasks) / ELEMENTS, best(bare_sqlite) / ELEMENTS
    element, turn, task_turn = (
        best(elements) / ELEMENTS,
        best(turns) / LOOPS / TURNS,
        best(turns_of_tasks) / LOOPS / TURNS,
    )
    slept = best(sleepers)
    print(f"a bare task {task * 1e6:.1f} µs, a bare SQLite row {row * 1e6:.1f} µs")
    print(f"an element that does nothing, durable: {element * 1e6:.1f} µs = {element / (task + row):.1f} × task + row")
    print(f"a turn of recurrent(sequential(3)): {turn * 1e6:.1f} µs = {turn / (task + row):.1f} × task + row")
    print(f"the same with generators by hand: {task_turn * 1e6:.1f} µs = {task_turn / (task + row):.1f} × task + row")
    print(f"{SLEEPERS} elements of 10 ms at once: {slept * 1e3:.0f} ms = {slept / 0.01:.1f} × one")


if __name__ == "__main__":
    main()

"""Executors: each element once and in order, whatever becomes of workers; questions; errors; nothing left behind."""

import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from hdsl.executors.channel import ProcessChannel, commands_of, worker_command
from hdsl.executors.choosing import NoExecutor, executor_named
from hdsl.executors.job import ElementRaised, Job, WorkerNotStarted, WorkersLost
from hdsl.executors.pool import MOST_LOST, Pool
from hdsl.ground.processes import is_alive
from tests.executors.workers import running_workers

JOBS = "tests.executors.jobs"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.fixture(params=["local:2", "command:2:env A=1", "ssh"])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    name = f"command:2:{request.getfixturevalue('ssh')}" if request.param == "ssh" else request.param
    made = executor_named(name)
    assert isinstance(made, Pool)
    with made:
        yield made
    assert not made.folder.exists()


def test_each_element_is_done_once_and_results_are_in_order(pool: Pool) -> None:
    done: list[tuple[int, Any]] = []
    results = pool.map(Job(f"{JOBS}:doubled", 3, at_once=8), range(200), done=lambda *each: done.append(each))
    assert results == [3 * each for each in range(200)]
    assert sorted(done) == list(enumerate(results))
    assert pool.map(Job(f"{JOBS}:doubled", 5), range(3)) == [0, 5, 10]
    assert pool.map(Job(f"{JOBS}:doubled", 5), []) == []


def test_questions_are_answered_and_what_cannot_be_answered_raises(pool: Pool) -> None:
    def answer(worker: int, question: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        if question["element"] == 13:
            future.set_exception(LookupError("nobody knows"))
        else:
            future.set_result(("asked", question["element"], b"\xff"))
        return future

    job = Job(f"{JOBS}:asking", at_once=4)
    assert pool.map(job, range(10), answer=answer)[7] == ["asked", 7, "ff"]
    with pytest.raises(ElementRaised, match="nobody knows") as raised:
        pool.map(job, range(20), answer=answer)
    assert raised.value.kind == "LookupError"
    with pytest.raises(ElementRaised, match="answers no questions"):
        pool.map(job, range(2))


def test_what_is_asked_when_all_is_given_up_may_be_cancelled(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Future[Any]] = []

    def answer(worker: int, question: Any) -> "Future[Any]":
        asked.append(Future())
        if len(asked) == 3:
            raise KeyboardInterrupt
        return asked[-1]

    with pytest.raises(KeyboardInterrupt):
        pool.map(Job(f"{JOBS}:asking", at_once=4), range(8), answer=answer)
    for future in asked:
        future.cancel()
    assert caplog.records == []


def test_an_element_that_raises_ends_the_others_in_good_order(pool: Pool, tmp_path: Path) -> None:
    setup = {"element": 1, "folder": str(tmp_path)}
    with pytest.raises(ElementRaised, match="this element is wrong") as raised:
        pool.map(Job(f"{JOBS}:failing", setup), range(2))
    assert (raised.value.element, raised.value.exit_code) == (1, 2)
    assert (tmp_path / "cleaned-0").exists()
    assert pool.map(Job(f"{JOBS}:doubled", 2), range(20)) == list(range(0, 40, 2))
    with pytest.raises(ElementRaised, match="no_function"):
        pool.map(Job(f"{JOBS}:no_function"), range(2))


@pytest.mark.slow
def test_workers_that_are_killed_at_random_lose_no_element_and_none_is_done_twice(pool: Pool) -> None:
    chance, killed, done = random.Random(0), 0, []
    alarms = sorted(chance.sample(range(400), 20))

    def count(number: int, value: Any) -> None:
        nonlocal killed
        done.append(number)
        if alarms and len(done) > alarms[0] and (workers := running_workers()):  # all may be about to be replaced
            alarms.pop(0)
            os.kill(chance.choice(workers), signal.SIGKILL)
            killed += 1

    assert pool.map(Job(f"{JOBS}:doubled", 2, at_once=4), range(400), done=count) == list(range(0, 800, 2))
    assert killed > 10 and sorted(done) == list(range(400))


def test_an_element_that_kills_its_worker_is_tried_again_and_not_for_ever(pool: Pool, tmp_path: Path) -> None:
    setup = {"elements": [3, 5], "times": 2, "folder": str(tmp_path)}
    job = Job(f"{JOBS}:deadly", setup, at_once=4)
    assert pool.map(job, range(12)) == list(range(0, 24, 2))
    assert len(list(tmp_path.iterdir())) == 4
    job = Job(f"{JOBS}:deadly", {**setup, "elements": [7], "times": 100}, at_once=4)
    ended = (
        "ended with (255|137)" if "ssh" in pool.name else "ended by SIGKILL"
    )  # ssh, or a shell there, tells by numbers
    with pytest.raises(WorkersLost, match=f"element 7 has lost its worker .* {MOST_LOST} times: {ended}"):
        pool.map(job, range(12))


def test_nothing_is_left_of_workers_that_do_not_end_by_themselves(tmp_path: Path) -> None:
    pool = executor_named("local:2")
    started: list[int] = []

    def interrupt(number: int, value: Any) -> None:
        started.extend(running_workers())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.map(Job(f"{JOBS}:doubled", 1), range(50), done=interrupt)
    pool.close()
    assert started and not any(map(is_alive, started))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-program", "No such file"),
        ("sh -c 'echo no such host >&2; exit 255'", r"no such host \(ended with 255\)"),
        ("""sh -c 'echo motd; echo {\\"hello\\": \\"0.0.1\\"}; cat'""", "runs hdsl 0.0.1, and this is"),
    ],
)
def test_a_command_that_starts_no_worker_is_an_error_that_says_what_it_said(command: str, says: str) -> None:
    with pytest.raises(WorkerNotStarted, match=says), executor_named(f"command:{command}") as pool:
        pool.map(Job(f"{JOBS}:doubled", 1), range(3))


def test_a_worker_ends_with_who_started_it(tmp_path: Path) -> None:
    channel = ProcessChannel(worker_command(), tmp_path / "0")
    assert b"hello" in next(channel.lines())
    channel.finish()
    assert channel.wait(100)


@pytest.mark.parametrize("name", ["", "remote", "local:0", "local:x", "local:2000", "command:", "command:'", "ray:-1"])
def test_a_name_that_is_none_is_told(name: str) -> None:
    with pytest.raises(NoExecutor):
        executor_named(name)


def test_commands_are_separated_by_semicolons_and_a_python_at_their_end_is_used() -> None:
    assert commands_of("ssh one; ssh 'two; three'") == [["ssh", "one"], ["ssh", "two; three"]]
    assert worker_command(["ssh", "one", "/opt/bin/python3.12"])[-2:] == ["-m", "hdsl.executors.worker"]
    assert worker_command(["ssh", "one", "/opt/bin/python3.12"])[2] == "/opt/bin/python3.12"
    assert len(worker_command(["ssh", "one"])) == 5

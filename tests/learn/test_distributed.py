"""Rollouts by workers: the same steps and reflections as without, whichever kernel answers, whoever is killed."""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Executor
from hdsl.future.context import BudgetSpent
from hdsl.ground.json_lines import read_json_lines
from hdsl.ground.processes import is_alive
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer, KernelUnreachable, Request, Usage
from hdsl.kernel.spending import Limits, Metered, Prices, Purse
from hdsl.learn.distributed import Distributed
from hdsl.learn.rollouts import HERE, Rollouts
from hdsl.learn.run_folder import TrainingRecord
from hdsl.learn.start import Changed, work_of
from hdsl.learn.training import Training
from hdsl.reflect.session import TRACE, ReflectionSession
from tests.commands import finish, start, until
from tests.executors.workers import running_workers
from tests.learn.projects import project

PAIRS = [(f"word {number}", f"meaning {number % 5}") for number in range(12)]


class Counting:
    """Answers like `nearest`, and counts what it is asked; it can fail, or kill a worker, at the n-th question."""

    name = "counting"

    def __init__(self, fails_at: int = -1, kills_at: int = -1) -> None:
        self.asked: Counter[str] = Counter()
        self._nearest = NearestKernel(0.5)
        self._fails_at, self._kills_at = fails_at, kills_at

    async def answer(self, request: Request) -> Answer:
        if self.asked.total() == self._fails_at:
            raise KernelUnreachable("nobody is there")
        if self.asked.total() == self._kills_at:
            os.kill(running_workers()[0], signal.SIGKILL)
        self.asked[request.place] += 1
        return replace(await self._nearest.answer(request), usage=Usage(calls=1, prompt_tokens=7))

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    made = executor_named("local:2")
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path, PAIRS, batch=4, epochs=2, valid=0.25, keep='"not_worse"')


def trained(folder: Path, rollouts: Rollouts, kernel: Any) -> tuple[bytes, bytes]:
    """The steps of a training of a copy of a project, and its answers; the tables are as they were afterwards."""
    path = folder / "translate.hg"
    work = work_of(*checked_module(path, str(path)), load_settings(folder), None, Changed())
    record = TrainingRecord(folder / "runs" / f"{len(list(folder.glob('runs/*')))}")
    training = Training.begun(replace(work, rollouts=rollouts), kernel, record)
    try:
        training.run(lambda step: None)
    finally:
        training.close()
    for file in sorted((folder / "translate.experience").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    return (record.folder / "steps.jsonl").read_bytes(), (record.folder / "answers.jsonl").read_bytes()


def places(answers: bytes) -> list[Any]:
    return sorted((line["place"], line["request"], line["text"]) for line in map(_json, answers.splitlines()))


def _json(line: bytes) -> Mapping[str, Any]:
    import json

    value: Mapping[str, Any] = json.loads(line)
    return value


@pytest.mark.slow
def test_a_training_takes_the_same_steps_and_asks_the_same_once(folder: Path, executor: Executor) -> None:
    steps, answers = trained(folder, HERE, Counting())
    assert len(steps.splitlines()) == 6
    kernel = Counting()
    distributed = trained(folder, Distributed(executor), kernel)
    assert (distributed[0], places(distributed[1])) == (steps, places(answers))
    killing = Counting(kills_at=17)
    after = trained(folder, Distributed(executor), killing)
    assert (after[0], places(after[1])) == (steps, places(answers))
    assert killing.asked == kernel.asked  # nothing was asked again for what was done again
    near = trained(folder, Distributed(executor, 0.5), NearestKernel(0.5))
    assert near[0] == steps.replace(b'"prompt_tokens": 7', b'"prompt_tokens": 0') or _losses(near[0]) == _losses(steps)


def _losses(steps: bytes) -> list[Any]:
    return [
        (step["loss"], step["validation"], step["changes"], step["votes"]) for step in map(_json, steps.splitlines())
    ]


def test_what_ends_a_rollout_elsewhere_ends_it_here_as_what_it_was(folder: Path, executor: Executor) -> None:
    with pytest.raises(KernelUnreachable, match="nobody is there"):
        trained(folder, Distributed(executor), Counting(fails_at=5))
    kernel = Counting()
    purse = Purse(Limits(calls=7))
    with pytest.raises(BudgetSpent, match="7 model calls"):
        trained(folder, Distributed(executor), Metered(kernel, Prices(), purse, 0))
    assert (kernel.asked.total(), purse.spent.calls) == (7, 7)


@pytest.mark.parametrize("calls", [pytest.param(None, marks=pytest.mark.slow), 3])
def test_a_reflection_finds_and_records_the_same_within_its_budget(
    folder: Path, executor: Executor, calls: int | None
) -> None:
    found = []
    for number, rollouts in enumerate((HERE, Distributed(executor))):
        path = folder / "translate.hg"
        work = work_of(*checked_module(path, str(path)), load_settings(folder), None, Changed())
        session = ReflectionSession(
            replace(work, rollouts=rollouts), Counting(), folder / f"reflected-{number}", str, calls
        )
        session.run(lambda traced: None)
        summary = session.summary()
        session.close()
        lines = [line.value for line in read_json_lines(session.folder / TRACE)]
        found.append((session.traces, summary, lines))
    assert found[0] == found[1]


SLOW = """import os
import time
from pathlib import Path


def slow(text):
    Path(__file__).with_name(f"working-{os.getpid()}").touch()
    time.sleep(600)
    return text
"""


@pytest.mark.slow
def test_ctrl_c_leaves_no_worker_and_the_training_can_be_gone_on_with(folder: Path) -> None:
    (folder / "slow.py").write_text(SLOW)
    text = (folder / "translate.hg").read_text()
    text = text.replace("# Words", 'op slow(line: text[*S]) -> text[*S] = "slow:slow"\n\n# Words')
    text = text.replace("  return result", "  late: text[1] = slow(result)\n  return late")
    (folder / "translate.hg").write_text(text)
    process = start("train", "translate.hg", "--executor", "local:2", folder=folder)
    assert until(lambda: len(list(folder.glob("working-*"))) == 2 or process.poll() is not None, 90)
    workers = [int(each.name.removeprefix("working-")) for each in folder.glob("working-*")]
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert (ended.code, "resume with: hdsl train --resume" in ended.err) == (130, True), ended
    assert len(workers) == 2 and until(lambda: not any(map(is_alive, workers)), 60)

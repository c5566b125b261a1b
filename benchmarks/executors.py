"""Rollouts of 2,000 examples by each executor with two workers: time beside local processes, and whether results are
the same on all of them, also when workers are killed at random.

    python -m benchmarks.executors [--elements N] [--repeats N] [--kills N] [--without-ray]

Ray runs in a network namespace of its own where `unshare` can make one.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.executors.channel import ProcessChannel
from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Answer, Done, Executor, Job
from hdsl.executors.pool import Pool
from hdsl.kernel.nearest import NearestKernel
from hdsl.learn.distributed import Distributed
from hdsl.learn.module import HarnessModule, seeds
from hdsl.learn.rollouts import HERE, Rollouts, teach
from hdsl.learn.start import Changed, work_of
from hdsl.learn.training import Work
from hdsl.ops.lessons import lesson_registry
from hdsl.tensor.text_tensor import store_of

HARNESS = """hdsl 1

type Topic {{ "billing": "money", "technical": "what does not work", "people": "everything else" }}

experience topics: text -> Topic = [
{rows}]

harness desk(question: text[1]) -> text[1] {{
  topic: Topic[1] = expert(question, topics)
  answer: text[1] = "to {{topic}}"
  return answer
}}

train desk {{
  data = load("questions.jsonl")
}}
"""
WORDS = ("invoice", "refund", "card", "price", "crash", "start", "error", "screen", "visit", "address", "hour", "name")
TOPICS = ("billing", "technical", "people")


def project(folder: Path, elements: int) -> Path:
    """A harness of an expert with 40 rows, and as many questions as wanted."""
    chance = random.Random(0)

    def question() -> tuple[str, str]:
        number = chance.randrange(len(WORDS))
        return " ".join([WORDS[number], *chance.sample(WORDS, 4), f"n{chance.randrange(500)}"]), TOPICS[number % 3]

    rows = "".join(f'  ("{text}", "{text}", "{topic}"),\n' for text, topic in (question() for _ in range(40)))
    (folder / "desk.hg").write_text(HARNESS.format(rows=rows))
    lines = ({"question": text, "expected": f"to {topic}"} for text, topic in (question() for _ in range(elements)))
    (folder / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder / "desk.hg"


def rolled_out(work: Work, rollouts: Rollouts) -> tuple[str, float]:
    """A hash of all that comes of the examples, and the seconds that they took."""
    kernel = NearestKernel(0.5)
    with HarnessModule(work.program, kernel, seeds(work.program, work.project)) as module:
        began = perf_counter()
        found = list(rollouts.run(module, work.examples, work.loss, "bench", teach, 32))
        seconds = perf_counter() - began
        lessons = {key: lesson_registry().take(store_of(table).uid) for key, table in module.tables.items()}
    text = json.dumps([[repr(each) for each in found], {key: repr(each) for key, each in lessons.items()}])
    return hashlib.sha256(text.encode()).hexdigest()[:12], seconds


class Killing:
    """An executor one of whose workers is killed now and then, while it works."""

    def __init__(self, pool: Pool, kills: int, seed: int) -> None:
        self.name, self.workers, self.folder = pool.name, pool.workers, pool.folder
        self.killed, self.done = 0, 0
        self._pool, self._kills, self._chance = pool, kills, random.Random(seed)

    def map(
        self, job: Job, elements: Sequence[Any], *, answer: Answer | None = None, done: Done | None = None
    ) -> list[Any]:
        moments = sorted(self._chance.sample(range(len(elements) * 9 // 10), self._kills))
        counted: set[int] = set()

        def kill(number: int, value: Any) -> None:
            assert number not in counted
            counted.add(number)
            if moments and len(counted) > moments[0]:
                moments.pop(0)
                self._kill()

        results = self._pool.map(job, elements, answer=answer, done=kill)
        self.done = len(counted)
        return results

    def close(self) -> None:
        self._pool.close()

    def _kill(self) -> None:
        """Kills the process of a worker, or with Ray that of its actor."""
        ready = [worker for worker in self._pool._open.values() if worker.is_ready]
        if not ready:
            return
        channel: Any = self._chance.choice(ready).channel
        processes = [channel.process] if isinstance(channel, ProcessChannel) else list(channel.processes())
        os.kill(self._chance.choice(processes), signal.SIGKILL)
        self.killed += 1


def pool_named(name: str) -> Pool:
    """The executor of a name."""
    made: Executor = executor_named(name)
    assert isinstance(made, Pool)
    return made


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    for option, default in (("elements", 2_000), ("repeats", 5), ("kills", 20)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--without-ray", action="store_true")
    options = parser.parse_args()
    names = ["local:2", "command:2:env", *([] if options.without_ray else ["ray:2"])]
    with tempfile.TemporaryDirectory() as folder:
        path = project(Path(folder), options.elements)
        work = work_of(*checked_module(path, str(path)), load_settings(path.parent), None, Changed())
        began = process_time()
        expected, here = rolled_out(work, HERE)
        used = process_time() - began
        about = f"{here:.1f} s, {used:.1f} s of a core; results {expected}"
        print(f"{options.elements} examples, forward and backward, without executor: {about}", flush=True)
        measured(work, names, options.repeats, expected)
        for name in names:
            killed(work, name, options.kills, expected)


def measured(work: Work, names: Sequence[str], repeats: int, expected: str) -> None:
    """Times all executors by turns, their workers started before, and compares each with the first in the same turn."""
    pools = {name: pool_named(name) for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    same = dict.fromkeys(names, True)
    try:
        for pool in pools.values():
            rolled_out(replace(work, examples=work.examples[:100]), Distributed(pool, 0.5))  # starts the workers
        for _ in range(repeats):
            for name, pool in pools.items():
                found, taken = rolled_out(work, Distributed(pool, 0.5))
                same[name] = same[name] and found == expected
                seconds[name].append(taken)
    finally:
        for pool in pools.values():
            pool.close()
    print(f"{'executor':<16}{'seconds':>9}{'beside ' + names[0]:>18}{'same results':>14}")
    for name in names:
        ratio = median(one / other for one, other in zip(seconds[name], seconds[names[0]], strict=True))
        print(f"{name:<16}{median(seconds[name]):>9.2f}{ratio:>18.2f}{'yes' if same[name] else 'NO':>14}", flush=True)


def killed(work: Work, name: str, kills: int, expected: str) -> None:
    """The same while workers are killed at random."""
    killing = Killing(pool_named(name), kills, seed=len(name))
    try:
        found, taken = rolled_out(work, Distributed(killing, 0.5))
    finally:
        killing.close()
    print(
        f"{name}: {killing.killed} kills in {taken:.0f} s; {killing.done} of {len(work.examples)} done, none twice; "
        f"same results: {'yes' if found == expected else 'NO'}",
        flush=True,
    )


def _in_own_network() -> bool:
    """Whether this process has a network namespace of its own, or cannot have one."""
    if os.environ.get("HDSL_BENCH_NETWORK") or shutil.which("unshare") is None:
        return True
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0


if __name__ == "__main__":
    if _in_own_network():
        main()
    else:
        inner = [
            "sh",
            "-c",
            'ip link set lo up 2>/dev/null; exec "$@"',
            "sh",
            sys.executable,
            "-m",
            "benchmarks.executors",
        ]
        os.execvpe("unshare", ["unshare", "-rn", *inner, *sys.argv[1:]], {**os.environ, "HDSL_BENCH_NETWORK": "own"})

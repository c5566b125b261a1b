"""Two thousand elements by each executor with two workers: time beside local processes, workers killed at random;
and rollouts of examples, whose results are to be the same with and without any executor.

    python -m benchmarks.executors [--elements N] [--repeats N] [--kills N] [--examples N] [--without-ray]

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
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.executors.job import hashed
from hdsl.executors.channel import ProcessChannel
from hdsl.executors.choosing import executor_named
from hdsl.executors.job import Job
from hdsl.executors.pool import Pool

JOB = "benchmarks.executors.job:hashed"

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


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser()
    for option, default in (("elements", 2_000), ("rounds", 4_000), ("repeats", 5), ("kills", 20), ("examples", 200)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--without-ray", action="store_true")
    options = parser.parse_args()
    names = ["local:2", "command:2:env", *([] if options.without_ray else ["ray:2"])]
    elements = [f"element {number}" for number in range(options.elements)]
    job = Job(JOB, options.rounds, at_once=32)
    began = process_time()
    expected = [result for _, result in hashed(options.rounds, None)(elements)]
    each = (process_time() - began) / len(elements)
    print(f"{len(elements)} elements of {1000 * each:.1f} ms of a core, 2 workers\n")
    if options.repeats:
        timed(job, names, elements, expected, options.repeats)
    for name in names if options.kills else ():
        killed(job, name, elements, expected, options.kills)
    if options.examples:
        compared(names, options.examples)


def timed(job: Job, names: Sequence[str], elements: Sequence[str], expected: Sequence[str], repeats: int) -> None:
    """All executors by turns, their workers started before; each beside the first in the same turn."""
    pools = {name: pool_named(name) for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    same = dict.fromkeys(names, True)
    try:
        for pool in pools.values():
            pool.map(job, elements[:100])
        for _ in range(repeats):
            for name, pool in pools.items():
                began = perf_counter()
                same[name] = (pool.map(job, elements) == expected) and same[name]
                seconds[name].append(perf_counter() - began)
    finally:
        for pool in pools.values():
            pool.close()
    print(f"{'executor':<16}{'seconds':>9}{'beside ' + names[0]:>18}{'same results':>14}")
    for name in names:
        ratio = median(one / other for one, other in zip(seconds[name], seconds[names[0]], strict=True))
        told = "yes" if same[name] else "NO"
        print(f"{name:<16}{median(seconds[name]):>9.2f}{ratio:>18.2f}{told:>14}", flush=True)


def killed(job: Job, name: str, elements: Sequence[str], expected: Sequence[str], kills: int) -> None:
    """The same while workers are killed at random: their processes, or with Ray those of their actors."""
    chance = random.Random(len(name))
    moments = sorted(chance.sample(range(len(elements) * 9 // 10), kills))
    done: list[int] = []
    dead = 0

    def kill(number: int, value: Any) -> None:
        nonlocal dead
        done.append(number)
        ready = [worker for worker in pool._open.values() if worker.is_ready]
        if moments and len(done) > moments[0] and ready:
            moments.pop(0)
            channel: Any = chance.choice(ready).channel
            processes = [channel.process] if isinstance(channel, ProcessChannel) else list(channel.processes())
            os.kill(chance.choice(processes), signal.SIGKILL)
            dead += 1

    began = perf_counter()
    with pool_named(name) as pool:
        same = pool.map(job, elements, done=kill) == expected
    once = sorted(done) == list(range(len(elements)))
    print(
        f"{name}: {dead} kills, {perf_counter() - began:.1f} s; each element done once: {'yes' if once else 'NO'}; "
        f"same results: {'yes' if same else 'NO'}",
        flush=True,
    )


def compared(names: Sequence[str], count: int) -> None:
    """Rollouts of a harness, forward and backward: what comes of each example, and what it teaches."""
    with tempfile.TemporaryDirectory() as folder:
        path = project(Path(folder), count)
        expected = rolled_out(path, None)
        print(f"{count} examples of a harness: {expected} without executor", flush=True)
        for name in names:
            with pool_named(name) as pool:
                found = rolled_out(path, pool)
            print(f"{name}: {found}, {'the same' if found == expected else 'NOT THE SAME'}", flush=True)


def project(folder: Path, count: int) -> Path:
    """A harness of an expert with 40 rows, and as many questions as wanted."""
    chance = random.Random(0)

    def question() -> tuple[str, str]:
        number = chance.randrange(len(WORDS))
        return " ".join([WORDS[number], *chance.sample(WORDS, 4), f"n{chance.randrange(500)}"]), TOPICS[number % 3]

    rows = "".join(f'  ("{text}", "{text}", "{topic}"),\n' for text, topic in (question() for _ in range(40)))
    (folder / "desk.hg").write_text(HARNESS.format(rows=rows))
    lines = ({"question": text, "expected": f"to {topic}"} for text, topic in (question() for _ in range(count)))
    (folder / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder / "desk.hg"


def rolled_out(path: Path, pool: Pool | None) -> str:
    """A hash of all that comes of the examples."""
    from hdsl.check.entry import checked_module
    from hdsl.configuration.settings import load_settings
    from hdsl.kernel.nearest import NearestKernel
    from hdsl.learn.distributed import Distributed
    from hdsl.learn.module import HarnessModule, seeds
    from hdsl.learn.rollouts import HERE, teach
    from hdsl.learn.start import Changed, work_of
    from hdsl.ops.lessons import lesson_registry
    from hdsl.tensor.text_tensor import store_of

    work = work_of(*checked_module(path, str(path)), load_settings(path.parent), None, Changed())
    rollouts = HERE if pool is None else Distributed(pool, 0.5)
    with HarnessModule(work.program, NearestKernel(0.5), seeds(work.program, work.project)) as module:
        found = [repr(each) for each in rollouts.run(module, work.examples, work.loss, "bench", teach, 32)]
        for key, table in module.tables.items():
            found += [key, *map(repr, lesson_registry().take(store_of(table).uid))]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:12]


def pool_named(name: str) -> Pool:
    """The executor of a name."""
    made = executor_named(name)
    assert isinstance(made, Pool)
    return made


def _is_apart() -> bool:
    """Whether this process has a network namespace of its own, or cannot have one."""
    if os.environ.get("HDSL_BENCH_NETWORK") or shutil.which("unshare") is None:
        return True
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0


if __name__ == "__main__":
    if _is_apart():
        main()
    else:
        command = [sys.executable, "-m", "benchmarks.executors", *sys.argv[1:]]
        shell = ["sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh", *command]
        os.execvpe("unshare", ["unshare", "-rn", *shell], {**os.environ, "HDSL_BENCH_NETWORK": "own"})

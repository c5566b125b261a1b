"""How long a pool takes: 1,000,000 rows with their duplicates joined, and 100,000 rows pulled into a project.

    python -m benchmarks.pool [ROWS TO JOIN] [ROWS TO PULL]

Each time stands beside a baseline of the same run: a set of the rows' texts, and the same number of files made by plain
system calls. `cpu` is the time of this process alone, which other work on the machine changes less.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from hdsl.cli.main import main as hdsl
from hdsl.ground.collector import collector_paused
from hdsl.pool.pool import Pool, parts
from hdsl.pool.rows import Evidence, PooledRow
from hdsl.pool.segments import Rows
from hdsl.pool.signing import new_key
from hdsl.pool.state import State, joined

PROGRAM = """hdsl 1

experience facts: text -> text = []

harness answer(question: text[B]) -> text[B] {
  said: text[B] = expert(question, facts)
  return said
}
"""
WORDS = 5_000
WRITERS = 8
COPIES = 2
COMMANDS = 10
"""One value in so many is a command line, which the policy reads as a shell does."""


@dataclass(frozen=True)
class Took:
    """Seconds: on the clock, and of this process's processor time."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s  (cpu {self.cpu:6.2f} s)"


def timed(work: Callable[[], object]) -> Took:
    """How long some work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def rows(count: int, chance: random.Random) -> Iterator[PooledRow]:
    """Rows that all say something else."""
    words = [f"word{number}" for number in range(WORDS)]
    for number in range(count):
        said = chance.sample(words, 6)
        value = f"We {said[2]} it, and number {number} is {said[3]}."
        if number % COMMANDS == 0:
            value = f"git commit -m 'The {said[2]} of {number}' && make {said[3]}"
        key = f"How do I {said[0]} the {said[1]} of case {number}?"
        yield PooledRow("notes.facts", " ".join(said), key, value, "notes: seed", "CC0-1.0", Evidence("notes", 1, 0))


def joining(count: int) -> None:
    """Joins the duplicates of rows."""
    chance = random.Random(1)
    distinct = list(rows(count // COPIES, chance))
    keys = [f"{number:064x}" for number in range(WRITERS)]
    published = [
        PooledRow(each.table, each.query, each.key, each.value, each.source, each.licence, each.evidence, key)
        for each in distinct
        for key in chance.sample(keys, COPIES)
    ]
    chance.shuffle(published)
    persons = {key: f"person {number}" for number, key in enumerate(keys)}
    found: list[State] = []
    with collector_paused():
        baseline = timed(lambda: {(each.query, each.key, each.value) for each in published})
        took = timed(lambda: found.append(State(tuple(joined(published, (), persons)), persons)))
        hashed = timed(lambda: found[0].hash)
    print(f"{len(published):,} rows of {WRITERS} writers, {len(found[0].rows):,} of them different")
    print(f"  joined           {took}   {took.cpu / baseline.cpu:.1f} times the baseline")
    print(f"  a set of texts   {baseline}")
    print(f"  hash of the state{hashed}")


def pulling(count: int) -> None:
    """Pulls rows into a fresh project."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        project.mkdir()
        (project / "hdsl.toml").write_text("")
        (project / "notes.hg").write_text(PROGRAM)
        key = new_key()
        pool = Pool.create(f"{folder}/pool", key, "ann")
        for part in parts(list(rows(count, random.Random(2))), pool.limits):
            pool.add(Rows(tuple(part)), key)
        baseline = timed(lambda: _plain_files(Path(folder, "plain"), 3 * count))
        with chdir(project), redirect_stdout(StringIO()) as said:
            took = timed(lambda: hdsl(["pool", "pull", "notes.hg", "--pool", "../pool"]))
        print(f"{count:,} rows of {len(pool.segments())} segments pulled: {said.getvalue().split(chr(10))[-2].strip()}")
        print(f"  pulled           {took}   {took.cpu / baseline.cpu:.1f} times the baseline")
        print(f"  {3 * count:,} files    {baseline}")


def _plain_files(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        place = f"{folder}/{'/'.join(str(number))}"
        os.makedirs(place, exist_ok=True)  # noqa: PTH103
        handle = os.open(f"{place}/data", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(handle, b"a text of some length, as rows have them")
        os.close(handle)


def main(to_join: int = 1_000_000, to_pull: int = 100_000) -> None:
    """Prints both."""
    joining(to_join)
    pulling(to_pull)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

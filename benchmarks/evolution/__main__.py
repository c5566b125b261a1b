"""`python -m benchmarks.evolution`: what `hdsl evolve` finds in tasks with a planted fault, beside its controls.

Each family (`families.py`; `family.py` says how one is written) is a task with a known best graph, of which the search
gets one with a fault, once with right labels and once with 20 % wrong ones. `--none` begins with best graphs, in which
there is nothing to find. Each instance is a line of `--out` as soon as it is measured, and one that has its line is not
measured again: the bench can be interrupted, and the tables made anew (`--report`) at any time. `--later` measures ten
families (`later_families.py`) that were written without knowledge of the search's rules, and `--unseen` ten
(`unseen_families.py`) that were written when the rules were frozen; give each an `--out` of its own.

`--kernel local` asks a real model instead of the scripted one, and `--real` measures two families (`real_families.py`)
in words that it knows. Its answers are kept beside `--out`, and each instance that is drawn
counts, whether the model makes anything of the best graph or not.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.evolution.asking import SCRIPTED
from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.family import Family
from benchmarks.evolution.later_families import LATER_FAMILIES
from benchmarks.evolution.measuring import Conditions, Result, Task, measured
from benchmarks.evolution.real_families import REAL_FAMILIES
from benchmarks.evolution.reporting import is_better, report
from benchmarks.evolution.unseen_families import UNSEEN_FAMILIES
from hdsl.ground.json_lines import append_json_line, read_json_lines

SHARES, SEALED, NONE = (0.0, 0.2), 4000, 100
FIRST_PLANTED, FIRST_NONE = 10, 200
"""Where the seeds of instances with and without a fault begin. The rules were made on those of 0 to 3."""


def planted(
    names: Sequence[str], shares: Sequence[float], first: int, count: int, known: Mapping[Task, Result], redraws: bool
) -> Iterator[Task]:
    """`count` instances with a fault of each family and share.

    `redraws`: where one has nothing to find, the next seed's follows.
    """
    for wrong in shares:
        for name in names:
            seed = first
            for _ in range(count):
                yield (task := Task(name, wrong, seed))
                while redraws and not known[task].has_fault:
                    seed += 1
                    yield (task := Task(name, wrong, seed))
                seed += 1


def faultless(names: Sequence[str], count: int, known: Mapping[Task, Result]) -> Iterator[Task]:
    """As many instances that begin with the best graph as it takes to have `count` in which no edit is better."""
    number = found = 0
    while found < count:
        turn, place = divmod(number, len(names))
        yield (task := Task(names[place], SHARES[number % 2], FIRST_NONE + turn, none=True))
        number, found = number + 1, found + (not is_better(known[task]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("evolution.jsonl"), help="the results, a line an instance")
    parser.add_argument("--families", metavar="NAME", nargs="*", help="by name; by default all")
    sets = parser.add_mutually_exclusive_group()
    sets.add_argument("--later", action="store_true", help="the later families instead of the others")
    sets.add_argument("--unseen", action="store_true", help="the unseen families instead of the others")
    sets.add_argument("--real", action="store_true", help="the families in words that a real model knows")
    parser.add_argument("--kernel", default=SCRIPTED, help="whom to ask instead of the scripted model")
    parser.add_argument("--calls", type=int, help="the most model calls that a search may take")
    parser.add_argument("--shares", metavar="SHARE", type=float, nargs="*", default=SHARES, help="of wrong labels")
    parser.add_argument("--first", type=int, default=FIRST_PLANTED, help="the first seed of instances with a fault")
    parser.add_argument("--seeds", type=int, default=1, help="instances of each family and share of wrong labels")
    parser.add_argument("--none", type=int, default=NONE, help="instances in which no edit is better")
    parser.add_argument("--sealed", type=int, default=SEALED, help="sealed questions of an instance")
    parser.add_argument("--report", action="store_true", help="measure nothing: print the tables of what there is")
    options = parser.parse_args()
    found = [Result.from_json(line.value) for line in read_json_lines(options.out)]
    if not options.report:
        conditions = Conditions(
            options.sealed, options.kernel, options.out.with_suffix(".answers.jsonl"), options.calls
        )
        known = {family.name: family for family in _chosen(options)}
        names = options.families or list(known)
        done = {each.task: each for each in found}
        faulty = planted(names, options.shares, options.first, options.seeds, done, conditions.is_known)
        for task in chain(faulty, faultless(names, options.none, done)):
            if task not in done:
                done[task] = measured(known[task.family], task, conditions)
                append_json_line(options.out, done[task].as_json())
                print(_told(done[task]), file=sys.stderr, flush=True)
        found = list(done.values())
    print("\n".join(report(found)))


def _chosen(options: argparse.Namespace) -> Sequence[Family]:
    if options.real:
        return REAL_FAMILIES
    return LATER_FAMILIES if options.later else UNSEEN_FAMILIES if options.unseen else FAMILIES


def _told(result: Result) -> str:
    task = result.task
    return (
        f"{task.family}{' (no fault)' if task.none else ''}, {task.wrong:.0%} wrong: "
        f"{result.before:.3f} → {result.evolved:.3f} (best {result.best}), kept {result.kinds}, solved in "
        f"{result.solved_in}, by chance in {result.random_solved_in} of {result.random_calls}, {result.seconds:.0f} s"
    )


if __name__ == "__main__":
    main()

"""`python -m benchmarks.evolution.chances`: how many calls random edits need, by more than one random search.

Each instance that the rules have solved (`--of`, what `python -m benchmarks.evolution` wrote) is searched again by
random edits in other orders, with three times the calls of the rules. One search is luck; of five the median tells.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.measuring import PATIENCE, Conditions, Result, further_random
from hdsl.ground.json_lines import append_json_line, read_json_lines

COUNT = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", type=Path, default=Path("evolution.jsonl"), help="the results of the bench")
    parser.add_argument("--out", type=Path, default=Path("chances.jsonl"), help="the results, a line an instance")
    parser.add_argument("--count", type=int, default=COUNT, help="random searches of an instance, beside the first")
    parser.add_argument("--families", metavar="NAME", nargs="*", help="by name; by default all")
    parser.add_argument("--report", action="store_true", help="measure nothing: print the tables of what there is")
    options = parser.parse_args()
    families = {family.name: family for family in FAMILIES}
    solved = [each for each in map(Result.from_json, _values(options.of)) if each.solved_in and not each.task.none]
    done: list[dict[str, Any]] = _values(options.out)
    for each in [] if options.report else solved:
        name, wrong = each.task.family, each.task.wrong
        if name not in (options.families or families) or any(
            (line["family"], line["wrong"]) == (name, wrong) for line in done
        ):
            continue
        found = further_random(families[name], each, Conditions(each.sealed), options.count)
        all_of = [each.random_solved_in if _in_time(each.random_solved_in, each) else None, *found]
        done.append({"family": name, "wrong": wrong, "seed": each.task.seed, "rules": each.solved_in, "random": all_of})
        append_json_line(options.out, done[-1])
        print(done[-1], file=sys.stderr, flush=True)
    print("\n".join(report(done)))


def _values(path: Path) -> list[Any]:
    return [line.value for line in read_json_lines(path)]


def _in_time(calls: int | None, result: Result) -> bool:
    return calls is not None and calls < PATIENCE * (result.solved_in or 0)


def report(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How often random edits need more than `PATIENCE` times the calls of the rules."""
    slow = [line for line in lines if _late(line) * 2 > len(line["random"])]
    share = mean(_late(line) / len(line["random"]) for line in lines) if lines else 0.0
    yield f"Of {len(lines)} solved instances the median random search needs {PATIENCE} times the calls in {len(slow)}."
    yield f"Of all {sum(len(line['random']) for line in lines)} random searches {share:.0%} do."
    yield ""
    yield f"| family | wrong labels | rules | random searches that need {PATIENCE} times the calls or more |"
    yield "|---|---|---|---|"
    for line in lines:
        yield f"| {line['family']} | {line['wrong']:.0%} | {line['rules']:,} | {_late(line)} of {len(line['random'])} |"


def _late(line: dict[str, Any]) -> int:
    return sum(calls is None for calls in line["random"])


if __name__ == "__main__":
    main()

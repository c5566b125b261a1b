"""`python -m benchmarks.evolution.patience`: how many calls random edits need where three times the rules' are too few.

Each instance that the rules have solved (`--of`, what `python -m benchmarks.evolution` wrote) and the random search has
not is searched by random edits again, with ten times the calls of the rules. What is not solved then counts as ten
times, or as what the search took, if that is more, so that the mean is at least so large.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.measuring import PATIENCE, Conditions, Result, random_for_longer
from hdsl.ground.json_lines import append_json_line, read_json_lines

LONGER = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", type=Path, default=Path("evolution.jsonl"), help="the results of the bench")
    parser.add_argument("--out", type=Path, default=Path("patience.jsonl"), help="the results, a line an instance")
    parser.add_argument("--families", metavar="NAME", nargs="*", help="by name; by default all")
    parser.add_argument("--report", action="store_true", help="measure nothing: print the table of what there is")
    options = parser.parse_args()
    families = {family.name: family for family in FAMILIES}
    done = _values(options.out)
    known = {(line["family"], line["wrong"]) for line in done}
    results = [Result.from_json(value) for value in _values(options.of)]
    for each in [] if options.report else results:
        key = (each.task.family, each.task.wrong)
        if each.solved_in is None or each.task.none or key in known or key[0] not in (options.families or families):
            continue
        solved_in, spent = each.random_solved_in, each.random_calls
        if solved_in is None:
            solved_in, spent = random_for_longer(families[key[0]], each, Conditions(each.sealed), LONGER)
        line = {"family": key[0], "wrong": key[1], "rules": each.solved_in, "random": solved_in, "spent": spent}
        append_json_line(options.out, line)
        done.append(line)
        print(line, file=sys.stderr, flush=True)
    print("\n".join(report(results, done)))


def _values(path: Path) -> list[Any]:
    return [line.value for line in read_json_lines(path)]


def report(results: Sequence[Result], lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many times the calls of the rules random edits need; what did not go on counts as what it took."""
    longer = {(line["family"], line["wrong"]): line for line in lines}
    solved = [each for each in results if each.solved_in and not each.task.none]
    if not solved:
        return
    pairs = [(each.solved_in or 0, _needed(each, longer.get((each.task.family, each.task.wrong)))) for each in solved]
    rules, needed = (mean(pair[side] for pair in pairs) for side in (0, 1))
    never = sum(line["random"] is None for line in lines)
    waiting = sum(not each.random_solved_in and (each.task.family, each.task.wrong) not in longer for each in solved)
    yield f"{len(solved)} instances that the rules solve, in {rules:,.0f} calls in the mean"
    yield f"random edits need at least {needed:,.0f}, {needed / rules:.1f} times as many"
    yield f"in {never} they do not in {LONGER} times the calls; {waiting} others did not go on beyond {PATIENCE} times"


def _needed(result: Result, longer: dict[str, Any] | None) -> int:
    if longer is None:
        return result.random_solved_in or result.random_calls
    return int(longer["random"] or max(longer["spent"], LONGER * longer["rules"]))


if __name__ == "__main__":
    main()

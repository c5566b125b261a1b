"""What a repository's tasks of itself teach: `python -m benchmarks.tasks`.

Fetches pinned packages into a cache outside of the project, makes tasks of each kind, trains on them, and prints
Markdown tables of sealed data. What was done is kept: stopped, it goes on.
"""

import argparse
import json
from pathlib import Path

from benchmarks.tasks.arms import Question, questions
from benchmarks.tasks.learning import Scores, harness_answers, kept_answers, plain_arms, scores, trained_file
from benchmarks.tasks.repositories import LIMITS, PACKAGES, Package, data_folder, make_data
from benchmarks.tasks.tables import FEW, few_table, kind_table, repository_table
from hdsl.ground.json_lines import append_json_line, read_json_lines
from hdsl.tasks.data import REPORT
from hdsl.tasks.model import KINDS

CACHE = Path.home() / ".cache" / "hdsl-tasks-bench"
SHOWN = ("before", "trained", "trained by analogy", "most frequent", "sibling", "neighbour", "analogy")
BESIDE = ("neighbour", "trained")
Found = dict[str, dict[str, dict[str, list[Scores]]]]


def main() -> int:
    """Makes what is missing, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tasks")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=CACHE)
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="packages (all)")
    parser.add_argument("--kind", metavar="KIND", action="append", default=[], choices=KINDS, help="kinds (all)")
    parser.add_argument("--no-data", action="store_true", help="measure on the data that is there, and make no more")
    parser.add_argument("--plain", action="store_true", help="the arms that need no training alone")
    parser.add_argument("--local", metavar="N", type=int, default=0, help="questions a data set for the local model")
    parser.add_argument("--tables", action="store_true", help="print the tables of what was measured")
    options = parser.parse_args()
    chosen = [package for package in PACKAGES if not options.only or package.name in options.only]
    kept = options.cache / "scores.jsonl"
    if not options.tables:
        for kind in (each for each in LIMITS if not options.kind or each in options.kind):
            for package in chosen:
                if not options.no_data:
                    make_data(package, kind, options.cache)
                if (data_folder(package, kind, options.cache) / REPORT).exists():
                    _measure(package, kind, options.cache, kept, not options.plain, options.local)
    print("\n".join(_tables(kept, options.cache)))
    return 0


def _measure(package: Package, kind: str, cache: Path, kept: Path, is_trained: bool, local: int) -> None:
    """Asks the arms that were not asked yet."""
    folder = data_folder(package, kind, cache)
    asked = questions(folder, kind, "sealed")
    known = {line.value["arm"] for line in read_json_lines(kept) if _is_of(line.value, package, kind)}
    if not asked or not questions(folder, kind, "train"):
        return

    def note(arm: str, answers: list[str], answered: list[Question] = asked) -> None:
        found = scores(answered, answers, kind, folder)
        append_json_line(kept, {"package": package.name, "kind": kind, "arm": arm, "scores": found})
        print(f"{package.name} {kind} {arm}: {len(found)} asked", flush=True)

    if "truth, run again" not in known:
        note("truth, run again", [each.answer for each in asked])
    if "before" not in known:
        note("before", ["" for _ in asked])
    for arm, answer in plain_arms(package, kind, cache).items():
        if arm not in known:
            note(arm, [answer(question) for question in asked])
    if not is_trained:
        return
    ways = {"trained": kind} if kind == "docstring" else {"trained": kind, "trained by analogy": "analogy"}
    for arm, way in ways.items():
        if arm not in known:
            note(arm, harness_answers(trained_file(package, kind, cache, way), kind, asked))
    few, answers = asked[:local], cache / "answers.jsonl"
    for arm in FEW if local else ():
        if arm not in known:
            file = folder / f"{kind}.hg" if arm == FEW[0] else trained_file(package, kind, cache, kind)
            note(arm, kept_answers(file, kind, few, "local", answers), few)


def _is_of(value: dict[str, object], package: Package, kind: str) -> bool:
    return (value["package"], value["kind"]) == (package.name, kind)


def _tables(kept: Path, cache: Path) -> list[str]:
    found: Found = {}
    for line in read_json_lines(kept):
        value = line.value
        by_arm = found.setdefault(value["kind"], {}).setdefault(value["arm"], {})
        by_arm[value["package"]] = value["scores"]
    lines = ["## The data", "", *_data_table(cache)]
    for kind in KINDS:
        if kind in found:
            lines += ["", f"## {kind}", "", *kind_table(kind, found[kind])]
    lines += ["", "## By repository", "", *repository_table(found, SHOWN)]
    return [*lines, "", "## A small model", "", *few_table(found, BESIDE)]


def _data_table(cache: Path) -> list[str]:
    lines = ["| | kind | train | valid | sealed | dropped |", "|---|---|---|---|---|---|"]
    for package in PACKAGES:
        for kind in KINDS:
            path = data_folder(package, kind, cache) / REPORT
            if path.exists():
                report = json.loads(path.read_text(encoding="utf-8"))
                tasks, name = report["tasks"], f"{package.name} {package.version}".strip()
                dropped = "; ".join(f"{count} {reason}" for reason, count in report["dropped"].items())
                lines.append(
                    f"| {name} | {kind} | {tasks['train']} | {tasks['valid']} | {tasks['sealed']} | {dropped} |"
                )
    return lines


if __name__ == "__main__":
    raise SystemExit(main())

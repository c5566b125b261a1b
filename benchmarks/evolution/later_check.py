"""`python -m benchmarks.evolution.later_check`: whether the later families are what they are said to be.

For each family and seed both graphs must check, and after both were trained on the same examples the best graph must
be right more often than the faulty one on fresh questions, and nearly always right where it had right labels. Instances
of different seeds must differ. No search is run. `--unseen` checks the unseen families instead, and `--wrong` trains
with a share of wrong labels. Exit code 1 if something does not hold.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import hdsl
from benchmarks.evolution.family import Family, Instance
from benchmarks.evolution.later_families import LATER_FAMILIES
from benchmarks.evolution.model import ScriptedModel
from benchmarks.evolution.unseen_families import UNSEEN_FAMILIES

MARGIN = 0.15
"""By how much the best graph must be better, and how often it may be wrong after right labels."""
EXAMPLES, QUESTIONS = 100, 200


@dataclass(frozen=True)
class Scores:
    """The share of right answers as the graph is written, and after training."""

    written: float
    trained: float


def write_tasks(folder: Path, instance: Instance, chance: random.Random, wrong: float) -> tuple[Path, Path]:
    """The best and the faulty graph, each in a folder with the same examples; wrong labels are other questions'."""
    examples = [instance.draw(chance) for _ in range(EXAMPLES)]
    answers = [answer for _, answer in examples]
    examples = [(one, chance.choice(answers) if chance.random() < wrong else right) for one, right in examples]
    data = "".join(json.dumps({**inputs, "expected": expected}) + "\n" for inputs, expected in examples)
    files = folder / "best" / "task.hg", folder / "faulty" / "task.hg"
    for file, text in zip(files, (instance.best, instance.faulty), strict=True):
        file.parent.mkdir(parents=True)
        (file.parent / "data.jsonl").write_text(data)
        file.write_text(text)
    return files


def checked(folder: Path) -> str:
    """What `hdsl check` has against the files of a folder; empty if nothing."""
    command = [sys.executable, "-m", "hdsl", "check", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


async def _share_right(file: Path, instance: Instance, questions: int, seed: int) -> float:
    module = hdsl.load(file, instance.harness, kernel=ScriptedModel(instance.knowledge))
    chance, right = random.Random(seed), 0
    for _ in range(questions):
        inputs, expected = instance.draw(chance)
        answer = module(**{name: [text] for name, text in inputs.items()})
        text, status = await answer.ft_async_get([0])
        right += text == expected and not status.failed
    return right / questions


def scores(file: Path, instance: Instance, questions: int, seed: int) -> Scores:
    written = asyncio.run(_share_right(file, instance, questions, seed))
    hdsl.train(file, instance.harness, kernel=ScriptedModel(instance.knowledge)).close()
    return Scores(written, asyncio.run(_share_right(file, instance, questions, seed)))


def same_as_before(family: Family, seed: int) -> bool:
    """Whether a seed gives an instance whose graphs are those of the seed before it."""
    made, before = (family.make(random.Random(each)) for each in (seed, seed - 1))
    return made.best == before.best or made.faulty == before.faulty


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", metavar="NAME", nargs="*", help="by name; by default all")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help="an instance of each family for each")
    parser.add_argument("--unseen", action="store_true", help="the unseen families instead of the later ones")
    parser.add_argument("--wrong", type=float, default=0.0, help="the share of wrong labels to train with")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="fresh questions of an instance")
    options = parser.parse_args()
    wrong = 0
    print("| family | seed | faulty, written | best, written | faulty, trained | best, trained | |\n|---|" + "---|" * 6)
    for family in UNSEEN_FAMILIES if options.unseen else LATER_FAMILIES:
        if options.families and family.name not in options.families:
            continue
        for seed in options.seeds:
            instance = family.make(random.Random(seed))
            with tempfile.TemporaryDirectory() as folder:
                files = write_tasks(Path(folder), instance, random.Random(seed + 1), options.wrong)
                said = checked(Path(folder))
                best, faulty = (scores(file, instance, options.questions, seed + 2) for file in files)
            faults = [said] if said else []
            if best.trained - faulty.trained < MARGIN:
                faults.append("the best graph is hardly better")
            if not options.wrong and best.trained < 1 - MARGIN:
                faults.append("the best graph is wrong too often")
            if same_as_before(family, seed + 1):
                faults.append("the next seed gives the same graphs")
            wrong += len(faults)
            print(
                f"| {family.name} | {seed} | {faulty.written:.3f} | {best.written:.3f} | {faulty.trained:.3f} | "
                f"{best.trained:.3f} | {'; '.join(faults)} |",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

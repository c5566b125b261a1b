"""`python -m benchmarks.evolution.proposing`: stage 3, a harness trained to propose, on unseen families.

`stdlib/meta/meta.hg` without its rows is trained by `hdsl train` on what faulty graphs of ten families show in a trace:
a line for each node, with the kind of edit that takes the fault away at the node that shows it, and `nothing` at the
others. Asked are instances of the other families whose kind of edit is among those of the ten. Right is what it names
first, of the nodes in the order of their blame. Beside it: the same training with the answers shuffled, the kind that
is most frequent among the questions, and the rules. The traces are kept in `--seen`, a line a graph.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.evolution.demonstrations import FIRST, Seen, named_first, seen
from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.family import Family
from hdsl.configuration.settings import load_settings
from hdsl.evolve.proposers.harness import NOTHING, HarnessProposer
from hdsl.ground.json_lines import append_json_line, read_json_lines
from hdsl.ground.resources import resource_folder

TAUGHT = 10
SHARES = (0.0, 0.2)


def groups() -> tuple[list[Family], list[Family]]:
    """The first ten families, and those of the others whose kind of edit is one of theirs."""
    taught = list(FAMILIES[:TAUGHT])
    kinds = {family.repair for family in taught}
    return taught, [family for family in FAMILIES[TAUGHT:] if family.repair in kinds]


def traces(families: Sequence[Family], first: int, count: int, path: Path) -> list[Seen]:
    """What faulty graphs show, from a file or else made now and added to it."""
    known = {tuple(line.value["key"]): Seen(**line.value["seen"]) for line in read_json_lines(path)}
    found = []
    for family in families:
        for seed in range(first, first + count):
            for wrong in SHARES:
                key = (family.name, seed, wrong)
                if key not in known:
                    known[key] = seen(family, seed, wrong)
                    append_json_line(path, {"key": list(key), "seen": asdict(known[key])})
                    print(".", end="", file=sys.stderr, flush=True)
                found.append(known[key])
    return found


def lines(every: Sequence[Seen]) -> Iterator[tuple[str, str]]:
    """What is asked of each node, and what the right answer is."""
    for each in every:
        for path, told in each.signs.items():
            yield told, each.repair if path == each.where else NOTHING


def trained(folder: Path, pairs: Sequence[tuple[str, str]]) -> HarnessProposer:
    """The harness without rows, trained on these by `hdsl train`."""
    shutil.copy(resource_folder("stdlib") / "meta" / "meta.hg", folder / "meta.hg")
    (folder / "rows.jsonl").write_text("")
    (folder / "archive.jsonl").write_text(
        "".join(json.dumps({"signs": [told], "expected": [kind]}) + "\n" for told, kind in pairs)
    )
    subprocess.run(
        [sys.executable, "-m", "hdsl", "train", "meta.hg", "--kernel", "nearest"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return HarnessProposer(folder / "meta.hg", load_settings(folder, kernel="nearest"))


def right(asked: Sequence[Seen], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """What a harness that is trained on these names first of each."""
    with tempfile.TemporaryDirectory() as place:
        proposer = trained(Path(place), pairs)
        return [named_first(each, proposer) for each in asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seen", type=Path, default=Path("seen.jsonl"))
    parser.add_argument("--taught", type=int, default=3, help="instances of each family and share to train on")
    parser.add_argument("--instances", type=int, default=1, help="instances of each family and share to ask about")
    options = parser.parse_args()
    taught, others = groups()
    shown = list(lines(traces(taught, FIRST, options.taught, options.seen)))
    asked = traces(others, 0, options.instances, options.seen)
    print(f"\n{len(shown)} demonstrations of {len(taught)} families; {len(asked)} graphs of {len(others)} others")
    answers = [kind for _, kind in shown]
    random.Random("shuffled").shuffle(answers)
    shuffled = [(told, kind) for (told, _), kind in zip(shown, answers, strict=True)]
    named = right(asked, shown)
    most = Counter(each.repair for each in asked).most_common(1)[0][1]
    print(f"meta, trained: {_of(asked, named)}")
    print(f"meta, trained on shuffled demonstrations: {_of(asked, right(asked, shuffled))}")
    print(f"the most frequent kind: {most} of {len(asked)}")
    print(f"rules: {_of(asked, [each.by_rules for each in asked])}")
    for each, kind in zip(asked, named, strict=True):
        if kind != each.repair:
            print(f"  {each.family}: {kind}, not {each.repair}")


def _of(asked: Sequence[Seen], named: Sequence[str]) -> str:
    count = sum(each.repair == kind for each, kind in zip(asked, named, strict=True))
    return f"{count} of {len(asked)} ({count / len(asked):.0%})"


if __name__ == "__main__":
    main()

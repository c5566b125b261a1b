"""`python -m benchmarks.evolution.demonstrations`: rows for `meta`, and how often it names the right kind of edit.

Each faulty graph is run once under a trace. The node that shows the fault is a row with the kind of edit that takes it
away; some of the others are rows of "nothing". What is asked are instances with other seeds, first of the families that
rows were made of, then (`--apart`) of families that were left out when their rows were made.
"""

import argparse
import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evolution.asking import SLIPS
from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.family import Family
from benchmarks.evolution.measuring import Task, written
from benchmarks.evolution.model import ScriptedModel
from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.footprint import Allowance
from hdsl.evolve.opened import open_text
from hdsl.evolve.parts import divided
from hdsl.evolve.proposals import View
from hdsl.evolve.proposers.harness import NOTHING, HarnessProposer
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.proposers.signs import kind_of, signs
from hdsl.evolve.trial import Setting, learned
from hdsl.ground.resources import resource_folder
from hdsl.kernel.registry import make_kernel
from hdsl.learn.module import seeds
from hdsl.learn.start import Changed, work_of
from hdsl.reflect.summary import summary_of

FIRST = 1000
"""Seeds from here on are those of demonstrations."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One faulty graph under a trace: the signs of each node, the most blamed first, and what is to be done."""

    family: str
    repair: str
    where: str
    signs: dict[str, str]
    by_rules: str
    """The kind of the edit that the rules propose first."""


def seen(family: Family, seed: int, wrong: float) -> Seen:
    """A faulty graph of a family, run once under a trace."""
    instance = family.make(random.Random(f"{family.name} {seed}"))
    model = ScriptedModel(instance.knowledge, SLIPS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = written(instance, folder, Task(family.name, wrong, seed), 1)
        settings = load_settings(folder, kernel="nearest")
        work = work_of(*checked_module(file, str(file)), settings, None, Changed())
        setting = Setting(work, divided(work.examples, work.choices.valid, 0.0, seed).training, 1)
        opened = open_text(file, file.read_text())
        program = opened.program("task")
        tables, _, _, traces = learned(program, model, setting, seed, "trace", is_traced=True)
        rows = seeds(program, settings.project)
        view = View(
            opened, "task", program, traces, summary_of(program, traces, tables), rows, tables,
            Allowance.of(program, ["calls=8"]), (), seed,
        )  # fmt: skip
        found = RulesProposer().propose(view, model)
        blame = {each.path: each.blame for each in view.summary.nodes}
        places = sorted(view.places().items(), key=lambda each: -blame.get(each[0], 0.0))
        told = {path: signs(view, path, place) for path, place in places}
    return Seen(family.name, family.repair, family.where, told, kind_of(found[0]) if found else NOTHING)


def rows_of(every: Sequence[Seen]) -> list[dict[str, str]]:
    """The rows of faulty graphs: the node that shows the fault, and the others as nothing; each once."""
    found: dict[tuple[str, str], None] = {}
    for each in every:
        for path, told in each.signs.items():
            found[told, each.repair if path == each.where else NOTHING] = None
    return [{"query": told.replace("\n", " "), "key": told, "value": kind} for told, kind in found]


def named_first(asked: Seen, proposer: HarnessProposer) -> str:
    """The kind of edit that the harness names first: of the nodes by their blame, the first for which it does."""
    paths = list(asked.signs)
    kinds = proposer.kinds([asked.signs[path] for path in paths], "asked", make_kernel(load_settings(kernel="nearest")))
    return next((kind for kind in kinds if kind != NOTHING), NOTHING)


def taught(rows: Sequence[dict[str, str]], folder: Path) -> HarnessProposer:
    """The proposing harness with these rows."""
    shutil.copy(resource_folder("stdlib") / "meta" / "meta.hg", folder / "meta.hg")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "archive.jsonl").write_text(json.dumps({"signs": ["none"], "expected": [NOTHING]}) + "\n")
    return HarnessProposer(folder / "meta.hg", load_settings(folder, kernel="nearest"))


def right_first(asked: Sequence[Seen], rows: Sequence[dict[str, str]]) -> int:
    """How often the harness with these rows names the right kind first."""
    with tempfile.TemporaryDirectory() as folder:
        proposer = taught(rows, Path(folder))
        return sum(named_first(each, proposer) == each.repair for each in asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=int, default=3, help="of each family, for rows and for questions")
    parser.add_argument("--write", metavar="FILE", help="write the rows of all families")
    parser.add_argument("--archive", metavar="FILE", help="write what is asked as training data")
    options = parser.parse_args()
    shown = [seen(family, FIRST + seed, wrong) for family in FAMILIES for seed in range(options.instances)
             for wrong in (0.0, 0.2)]  # fmt: skip
    rows = rows_of(shown)
    print(f"{len(rows)} rows of {len(shown)} faulty graphs: {Counter(row['value'] for row in rows)}")
    if options.write:
        Path(options.write).write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [seen(family, seed, wrong) for family in FAMILIES for seed in range(options.instances)
             for wrong in (0.0, 0.2)]  # fmt: skip
    if options.archive:
        told = ({"signs": [row["key"]], "expected": [row["value"]]} for row in rows_of(asked))
        Path(options.archive).write_text("".join(json.dumps(line) + "\n" for line in told))
    right = sum(each.by_rules == each.repair for each in asked)
    print(f"rules name the right kind first: {right} of {len(asked)}")
    for each in asked:
        if each.by_rules != each.repair:
            print(f"  {each.family}: {each.by_rules}, not {each.repair}")
    print(f"meta, other instances of the same families: {right_first(asked, rows)} of {len(asked)}")
    values = [row["value"] for row in rows]
    random.Random("shuffled").shuffle(values)
    shuffled = [{**row, "value": value} for row, value in zip(rows, values, strict=True)]
    print(f"meta, shuffled demonstrations: {right_first(asked, shuffled)} of {len(asked)}")
    most = Counter(each.repair for each in asked).most_common(1)[0][1]
    print(f"the most frequent kind: {most} of {len(asked)}")
    twice = {repair for repair, count in Counter(each.repair for each in FAMILIES).items() if count > 1}
    apart = [each for each in asked if each.repair in twice]
    right = 0
    for name in dict.fromkeys(each.family for each in apart):
        others = rows_of([each for each in shown if each.family != name])
        right += right_first([each for each in apart if each.family == name], others)
    print(f"meta, families that it has not seen, of kinds that it has: {right} of {len(apart)}")


if __name__ == "__main__":
    main()

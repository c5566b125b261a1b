"""`python -m benchmarks.evolution`: what `hdsl evolve` finds in tasks with a planted fault, beside its controls.

Each family is a task with a known best graph, of which the search gets one with a fault. The examples it learns from
and is judged by have wrong labels in a share of cases; the sealed ones have none. `--none` gives it the best graphs,
in which there is nothing to find.
"""

import argparse
import json
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from benchmarks.evolution.families import FAMILIES, Family, Instance
from benchmarks.evolution.model import ScriptedModel
from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.evolution import Choices, Evolution, Record
from hdsl.evolve.parts import Sealed
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.search import Rules
from hdsl.evolve.tables import UNEDITED, tables_of
from hdsl.experience.training_data import read_examples
from hdsl.learn.start import Changed, work_of

EXAMPLES, SLIPS, VOTES, ALLOWED = 90, 0.03, 5, ("calls=8",)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one search. Losses are those on the sealed examples."""

    family: str
    wrong: float
    kinds: tuple[str, ...]
    calls: int
    proposed: int
    checked: int
    evolved: float
    unedited: float
    best_control: float
    control: str
    best_control_an_answer: float
    chance: float
    skill: float | None
    seconds: float


def written(instance: Instance, folder: Path, wrong: float, seed: int, sealed: int, *, is_best: bool) -> Path:
    """The files of an instance: the graph, the examples to learn from, and the sealed ones with clean labels."""
    chance = random.Random(f"examples {seed}")
    drawn = [instance.draw(chance) for _ in range(EXAMPLES)]
    answers = [answer for _, answer in drawn]
    lines = []
    for inputs, answer in drawn:
        told = chance.choice([each for each in answers if each != answer]) if chance.random() < wrong else answer
        lines.append(_line(inputs, told))
    (folder / "data.jsonl").write_text("".join(lines))
    (folder / "sealed.jsonl").write_text("".join(_line(*instance.draw(chance)) for _ in range(sealed)))
    (folder / "task.hg").write_text(instance.best if is_best else instance.faulty)
    return folder / "task.hg"


def _line(inputs: dict[str, str], answer: str) -> str:
    return json.dumps({**{name: [text] for name, text in inputs.items()}, "expected": [answer]}) + "\n"


def measured(family: Family, wrong: float, seed: int, sealed: int, *, is_best: bool = False) -> Result:
    """One search with its controls, on sealed examples."""
    began = monotonic()
    instance = family.make(random.Random(f"{family.name} {seed}"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = written(instance, folder, wrong, seed, sealed, is_best=is_best)
        settings = load_settings(folder, kernel="nearest")
        work = work_of(*checked_module(file, str(file)), settings, None, Changed())
        choices = Choices(str(file), "task", rules=Rules(seed, seeds=2, width=4, rounds=2), sealed=0.0, allow=ALLOWED)
        model = ScriptedModel(instance.knowledge, SLIPS)
        evolution = Evolution(work, file.read_text(), model, RulesProposer(), choices, Record(folder / "run"))
        try:
            search, chance = evolution.search_both()
            examples = read_examples(folder / "sealed.jsonl")
            tables = tables_of(search, chance, Sealed(examples).opened(), ", sealed", VOTES)
        finally:
            evolution.close()
        report = evolution.report()
        kept = {each["id"] for each in report["change"]}
        events = [event for event in search.archive.events if event["event"] == "proposed"]
        kinds = tuple(event["edit"]["kind"] for event in events if event["id"] in kept)
    controls = tables.in_all[1:]
    best = min(controls, key=lambda each: each.loss)
    return Result(
        family.name, wrong, kinds, report["calls"], report["proposed"], report["checked"], tables.evolved.loss,
        next(each.loss for each in tables.an_answer if each.name == UNEDITED), best.loss, best.name,
        min(each.loss for each in tables.an_answer[1:]), tables.in_all[-1].loss, report["predictions"].get("skill"),
        monotonic() - began,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", type=int, default=len(FAMILIES))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--instances", type=int, default=1, help="of each family")
    parser.add_argument("--sealed", type=int, default=200)
    parser.add_argument("--wrong", type=float, action="append", help="share of wrong labels; by default 0 and 0.2")
    parser.add_argument("--none", action="store_true", help="begin with the best graphs: there is nothing to find")
    options = parser.parse_args()
    print(_row("family", "wrong", "sealed loss", "unedited", "control", "(which)", "an answer", "calls", "kept"))
    for wrong in options.wrong or (0.0, 0.2):
        for family in FAMILIES[options.first : options.first + options.families]:
            for seed in range(options.instances):
                found = measured(family, wrong, seed, options.sealed, is_best=options.none)
                print(
                    _row(
                        found.family, f"{wrong:.0%}", f"{found.evolved:.3f}", f"{found.unedited:.3f}",
                        f"{found.best_control:.3f}", found.control, f"{found.best_control_an_answer:.3f}",
                        found.calls, ", ".join(found.kinds) or "-",
                    ),
                    f"({found.seconds:.0f} s, {found.checked}/{found.proposed} check, skill {found.skill})",
                    flush=True,
                )  # fmt: skip


def _row(*cells: object) -> str:
    widths = (25, 6, 12, 9, 9, 22, 10, 7, 26)
    return "".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=True))


if __name__ == "__main__":
    main()

"""Blame: how often `hdsl reflect` ranks the damaged expert of a chain first, beside chance and "most failures".

Each case is a chain of two or three experts whose tables were drawn at random; in one of them 20 % of the answers were
replaced by wrong ones, among those that an example reaches. The
examples say what the whole chain should answer, and nothing of the steps between. A scripted
model answers by the row that is about what came in; asked for a better input, it looks at the rows it is shown, as a
model would, and is wrong in a share of the cases. Run it with the project's python: `python -m benchmarks.blame`.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.kernel.request import Answer, Request, Usage
from hdsl.learn.start import Changed, work_of
from hdsl.reflect.session import ReflectionSession
from hdsl.reflect.summary import Summary

CASES, ROWS, DAMAGED, WIDTHS, SLIPS = 200, 20, 0.2, (20, 10, 5), (0.0, 0.2)
RANKINGS = ("blame", "backward alone", "most failures", "chance")


@dataclass(frozen=True, slots=True)
class Case:
    """A chain with one damaged table. `answers`: how many different answers a table has; fewer are more ambiguous."""

    seed: int
    length: int
    damaged: int
    answers: int
    slips: float


class ScriptedModel:
    """Answers by the row about the input; corrects an input by the rows shown; slips in a share of its corrections."""

    name = "scripted"

    def __init__(self, seed: int, slips: float) -> None:
        self._random = random.Random(f"model {seed}")
        self._slips = slips

    async def answer(self, request: Request) -> Answer:
        if request.correction is None:
            found = [row.value for row in request.rows if row.key == request.input]
            return Answer(found[0], usage=Usage(1)) if found else Answer("", refused="unknown", usage=Usage(1))
        correction = request.correction
        keys = [row.key for row in request.rows if row.value == correction.expected[0]]
        if self._random.random() < self._slips:
            keys = [row.key for row in request.rows]
        # Where several inputs would do, or none, the one that is there is as good as any.
        better = correction.text if correction.text in keys or not keys else self._random.choice(keys)
        return Answer(better, usage=Usage(1))

    async def close(self) -> None:
        pass


def cases(count: int, slips: float, first: int) -> list[Case]:
    """Chains of two and of three experts, the damage in each of them in turn, tables more and less ambiguous."""
    found = []
    for number in range(count):
        length = 2 + number % 2
        found.append(Case(first + number, length, (number // 2) % length, WIDTHS[number % len(WIDTHS)], slips))
    return found


def written(case: Case, folder: Path) -> Path:
    """The harness of a case with its data."""
    chance = random.Random(f"blame {case.seed}")
    words = [[f"w{step}x{number}" for number in range(ROWS)] for step in range(case.length + 1)]
    right = [dict(zip(words[step], _answers(chance, words[step + 1], case.answers), strict=True))
             for step in range(case.length)]  # fmt: skip
    tables = [dict(table) for table in right]
    reached = words[0]
    for table in right[: case.damaged]:
        reached = sorted({table[word] for word in reached})
    for key in chance.sample(reached, max(1, round(DAMAGED * len(reached)))):
        others = sorted({*right[case.damaged].values()} - {right[case.damaged][key]})
        tables[case.damaged][key] = chance.choice(others)
    lines = ["hdsl 1", ""]
    for step, table in enumerate(tables):
        rows = [f'  ("{key}", "{key}", "{value}"),' for key, value in table.items()]
        lines += [f"experience table{step}: text -> text = [", *rows, "]", ""]
    lines += ["harness chain(word: text[1]) -> text[1] {"]
    for step in range(case.length):
        lines.append(f"  step{step}: text[1] = expert({'word' if step == 0 else f'step{step - 1}'}, table{step})")
    lines += [
        f"  return step{case.length - 1}",
        "}",
        "",
        "train chain {",
        '  data = load("data.jsonl")',
        "  valid = 0",
        "  batch = 64",
        "}",
    ]
    (folder / "chain.hg").write_text("\n".join(lines) + "\n")
    data = []
    for word in words[0]:
        text = word
        for table in right:
            text = table[text]
        data.append(f'{{"word": ["{word}"], "expected": ["{text}"]}}')
    (folder / "data.jsonl").write_text("\n".join(data) + "\n")
    return folder / "chain.hg"


def _answers(chance: random.Random, words: Sequence[str], kinds: int) -> list[str]:
    """An answer for each row: all words once where there are as many kinds, else some words several times."""
    chosen = chance.sample(list(words), kinds)
    answers = [chosen[number % kinds] for number in range(ROWS)]
    chance.shuffle(answers)
    return answers


def reflected(case: Case, folder: Path) -> Summary:
    """What `hdsl reflect` says of a case."""
    file = written(case, folder)
    settings = load_settings(folder, kernel="nearest")
    work = work_of(*checked_module(file, str(file)), settings, None, Changed())
    session = ReflectionSession(work, ScriptedModel(case.seed, case.slips), folder / "run", str)
    try:
        session.run(lambda traced: None)
        return session.summary()
    finally:
        session.close()


def first_by(scores: Sequence[float], chance: random.Random) -> int:
    """The place of the highest score; of equals any."""
    best = max(scores)
    return chance.choice([number for number, score in enumerate(scores) if score == best])


def measured(count: int, slips: float, first: int) -> dict[str, int]:
    """How often the damaged expert was first, by what it was ranked by."""
    found = dict.fromkeys(RANKINGS, 0)
    chance, ties = random.Random(f"ties {first}"), random.Random(f"more ties {first}")
    for case in cases(count, slips, first):
        with tempfile.TemporaryDirectory() as folder:
            summary = reflected(case, Path(folder))
        nodes = [node for node in summary.nodes if node.operation == "expert"]
        found["blame"] += first_by([node.blame for node in nodes], chance) == case.damaged
        found["most failures"] += first_by([node.failed for node in nodes], chance) == case.damaged
        found["backward alone"] += first_by([node.blamed for node in nodes], ties) == case.damaged
        found["chance"] += chance.randrange(case.length) == case.damaged
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(_line("slips", "seed", "cases", *RANKINGS))
    for seed in range(options.seeds):
        for slips in SLIPS:
            found = measured(options.cases, slips, seed * 10_000)
            first = (found[name] for name in RANKINGS)
            print(_line(f"{slips:.0%}", seed, options.cases, *first), flush=True)


def _line(*cells: object) -> str:
    return "".join(f"{cell:>15}" for cell in cells)


if __name__ == "__main__":
    main()

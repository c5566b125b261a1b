"""`python -m benchmarks.policy --data DIR [--held-out] [--misses]`: the policy's recall and its false alarms.

`DIR` holds `dev.jsonl` of the tldr pages (lines with "tool", "says" and "command"), which is not part of the project.
Without `--held-out` only the families that the policy was tuned on are looked at; with `--others` also the lines of
`others/`, which were written by somebody who had seen nothing of the policy but the table of its rules.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from math import comb
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.policy.disguises import LINES, WORDS, is_held_out
from benchmarks.policy.harmless import harmless_lines
from benchmarks.policy.kinds import SHAPED, SIMPLE
from hdsl.policy import decide

OTHERS = Path(__file__).with_name("others")
COUNT = 400
SEED = 1
SURE = 0.95


class Line(NamedTuple):
    """A destructive line."""

    kind: str
    family: str
    text: str


def destructive_lines() -> list[Line]:
    """400 lines: each half of the families has 200, its families in turn, with a random command of a random kind."""
    random = Random(SEED)
    families = sorted([*WORDS, *LINES])
    found: list[Line] = []
    for held_out in (False, True):
        half = [family for family in families if is_held_out(family) is held_out]
        seen: set[str] = set()
        turn = 0
        while len(seen) < COUNT // 2:
            family = half[turn % len(half)]
            turn += 1
            kind, text = _written(family, random)
            if text not in seen:
                seen.add(text)
                found.append(Line(kind, family, text))
    return found


def _written(family: str, random: Random) -> tuple[str, str]:
    commands = {kind: list(texts) for kind, texts in SIMPLE.items()}
    if family in LINES:
        for kind, texts in SHAPED.items():
            commands[kind] = [*commands.get(kind, []), *texts]
    kind = random.choice(sorted(commands))
    command = random.choice(commands[kind])
    if family in LINES:
        return kind, LINES[family](command, random)
    return kind, WORDS[family](command.split(), random)


def interval(hits: int, of: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share, by bisection."""
    tail = (1 - SURE) / 2

    def at_least(p: float) -> float:
        return sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(hits, of + 1))

    def at_most(p: float) -> float:
        return sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(hits + 1))

    low = 0.0 if hits == 0 else _root(lambda p: at_least(p) - tail)
    high = 1.0 if hits == of else _root(lambda p: tail - at_most(p))
    return low, high


def _root(increasing) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if increasing(middle) > 0 else (middle, high)
    return (low + high) / 2


def row(name: str, hits: int, of: int) -> str:
    """A row of the table."""
    low, high = interval(hits, of)
    return f"| {name} | {hits} of {of} | {hits / of:.1%} | {low:.1%} to {high:.1%} |"


def main(words: Sequence[str] | None = None) -> int:
    """Prints the table; exit 2 where there is no data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder with dev.jsonl")
    parser.add_argument("--held-out", action="store_true", help="look at the families that were kept apart, too")
    parser.add_argument("--others", action="store_true", help="look at the lines of somebody else, too")
    parser.add_argument("--misses", action="store_true", help="print what was not found, and the false alarms")
    options = parser.parse_args(words)
    if not (options.data / "dev.jsonl").is_file():
        print(f"benchmarks.policy: there is no dev.jsonl in {options.data}: false alarms need it", file=sys.stderr)
        return 2
    print("| what | lines | share | 95 % interval |\n|---|---|---|---|")
    for held_out in (False, True) if options.held_out else (False,):
        chosen = [line for line in destructive_lines() if is_held_out(line.family) is held_out]
        missed = [line for line in chosen if decide(line.text).mode == "allow"]
        name = "recall, held-out disguises" if held_out else "recall, disguises tuned on"
        print(row(name, len(chosen) - len(missed), len(chosen)))
        _print_misses(options.misses, [f"{line.kind} {line.family}: {line.text}" for line in missed])
    harmless, left_out = harmless_lines(options.data, COUNT)
    alarms = [(line, decision) for line in harmless if (decision := decide(line)).mode != "allow"]
    print(row("false alarms, tldr", len(alarms), len(harmless)))
    if options.others:
        chosen = [Line(each["kind"], each["disguise"], each["line"]) for each in _others("destructive")]
        missed = [line for line in chosen if decide(line.text).mode == "allow"]
        print(row("recall, lines of somebody else", len(chosen) - len(missed), len(chosen)))
        _print_misses(options.misses, [f"{line.kind} {line.family}: {line.text}" for line in missed])
        daily = [each["line"] for each in _others("harmless")]
        held_back = [line for line in daily if decide(line).mode != "allow"]
        print(row("false alarms, lines of somebody else", len(held_back), len(daily)))
        _print_misses(options.misses, held_back)
    print(f"\n{left_out} lines of tldr that ask for another user's rights (sudo and the like) are left out.")
    _print_misses(options.misses, [f"{decision.rule}: {line}" for line, decision in alarms])
    return 0


def _others(name: str) -> list[dict[str, str]]:
    with (OTHERS / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _print_misses(wanted: bool, texts: list[str]) -> None:
    for text in texts if wanted else ():
        print(f"    {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

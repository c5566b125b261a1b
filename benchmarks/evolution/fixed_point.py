"""`python -m benchmarks.evolution.fixed_point`: stage 4, a harness that proposes edits is itself edited.

`stdlib/meta/meta.hg` is damaged in ten ways, and each damaged harness is evolved on traces of faulty graphs (those that
`proposing` has kept in `--seen`), again from what the evolution before kept, until the hash of its text repeats: then
no edit is surely better. Its loss is measured on traces that were kept apart. What it may do and cost is compared too.
`--proposer meta` lets the undamaged harness propose, trained on the same traces; by default the rules do.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evolution.demonstrations import FIRST, Seen
from benchmarks.evolution.proposing import lines
from hdsl.check.entry import checked_module
from hdsl.configuration.settings import Settings, load_settings
from hdsl.evolve.edits.applying import digest_of
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.footprint import footprint
from hdsl.evolve.opened import open_text
from hdsl.evolve.proposals import Proposer
from hdsl.evolve.proposers.harness import HarnessProposer
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.record import Choices, Record
from hdsl.evolve.search import Rules, Search
from hdsl.evolve.trial import Outcome, mean, scored_on
from hdsl.experience.training_data import read_examples
from hdsl.ground.json_lines import read_json_lines
from hdsl.ground.resources import resource_folder
from hdsl.kernel.registry import make_kernel
from hdsl.learn.start import Changed, work_of

TIMES = 4
"""Evolutions after which a text that still changes is not a fixed point."""

WORDS = ("graph", "table")
"""What answers are summed up to."""

_CALL = '  change: Change[1] = expert(signs, changes, task="Say what to change about this node of a graph.", topk=8)\n'
_END = "  return change\n"
_TRAIN = "# The edits that were kept"


_SUMMED = """\
  short: text[1] = expert(change, summed, topk=4)
  named: Change[1] = expert(short, words, topk=4)
  return named
"""


def _before(*steps: str, behind: str = _END) -> tuple[str, str]:
    """Needless steps on the way in, each named as its table is; `behind`: what follows the answer."""
    lines, node = "", "signs"
    for table in steps:
        lines += f"  by_{table}: text[1] = expert({node}, {table}, topk=4)\n"
        node = f"by_{table}"
    return f"{lines}{_CALL.replace('(signs', f'({node}')}{behind}", " ".join(steps) + (
        " summed words" * (behind != _END)
    )


DAMAGES: Mapping[str, tuple[str, str]] = {
    "signs counted": _before("counted"),
    "signs exchanged": _before("exchanged"),
    "all signs made one": _before("one"),
    "the first sign alone, then exchanged": _before("first", "exchanged"),
    "signs exchanged, then counted": _before("exchanged", "counted"),
    "signs counted, then exchanged": _before("counted", "exchanged"),
    "all signs made one, then exchanged": _before("one", "exchanged"),
    "answers summed up": _before(behind=_SUMMED),
    "the first sign alone, and answers summed up": _before("first", behind=_SUMMED),
    "signs exchanged, and answers summed up": _before("exchanged", behind=_SUMMED),
}
"""What stands in the harness instead of its one call, and its tables. Steps that only rename answers are no
damage, nor are checks that no answer passes, nor a step that leaves the first or the last sign: training alone makes up
for them."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one damaged harness."""

    before: float
    after: float
    kinds: tuple[str, ...]
    is_fixed: bool
    is_widened: bool


def damaged(body: str, tables: str, every: Sequence[tuple[str, str]]) -> str:
    """The text of the harness with a damage; the tables of needless steps map what there is to something else."""
    text = (resource_folder("stdlib") / "meta" / "meta.hg").read_text()
    asked = list(dict.fromkeys(told for told, _ in every))
    kinds = list(dict.fromkeys(kind for _, kind in every))
    pairs = {
        "first": [(told, told.split("\n")[0]) for told in asked],
        "counted": [(told, f"{len(told.splitlines())} signs") for told in asked],
        "exchanged": list(zip(asked, asked[1:] + asked[:1], strict=True)),
        "one": [(told, asked[0]) for told in asked],
        "summed": [(kind, WORDS[number % 2]) for number, kind in enumerate(kinds)],
        "words": list(zip(WORDS, kinds, strict=False)),
    }
    added = "".join(_table(name, pairs[name]) for name in tables.split())
    head, _, rest = text.partition("# Says what to change")
    begin, end = rest.index("  change: Change[1]"), rest.index("}\n\n" + _TRAIN)
    calls = body.count("expert(")
    return f"{head}{added}# Says what to change{rest[:begin]}{body}{rest[end:]}".replace(
        "budget(llm_calls=1)", f"budget(llm_calls={calls})"
    )


def _table(name: str, pairs: Sequence[tuple[str, str]]) -> str:
    kind = {"summed": "Change -> text", "words": "text -> Change"}.get(name, "text -> text")
    rows = "".join(f"  ({_quoted(key)}, {_quoted(key)}, {_quoted(value)}),\n" for key, value in pairs)
    return f"experience {name}: {kind} = [\n{rows}]\n\n"


def _quoted(text: str) -> str:
    return json.dumps(text)


def evolved(text: str, folder: Path, settings: Settings, proposer: Proposer, number: int) -> tuple[str, Search]:
    """What one evolution of the harness keeps, without its controls."""
    file = folder / "meta.hg"
    file.write_text(text)
    work = work_of(*checked_module(file, str(file)), settings, None, Changed())
    choices = Choices(str(file), "meta", rules=Rules(number, seeds=2, width=3, rounds=3), sealed=0.0)
    record = Record(folder / "runs" / f"{number}")
    evolution = Evolution(work, text, make_kernel(settings), proposer, choices, record)
    try:
        evolution.search.run(evolution.opened)
    finally:
        evolution.close()
    return evolution.search.best.opened.text, evolution.search


def apart(search: Search, text: str, folder: Path) -> float:
    """The loss on what was kept apart, with the tables of the trials."""
    candidate = search.root if digest_of(text) == search.root.digest else search.best
    losses = []
    for outcome in candidate.outcomes:
        assert isinstance(outcome, Outcome)
        examples = read_examples(folder / "apart.jsonl")
        answered, _ = scored_on(candidate.program, make_kernel(load_settings(folder, kernel="nearest")), search.setting,
                                outcome.tables, examples, "apart")  # fmt: skip
        losses.append(mean([each.loss for each in answered]))
    return mean(losses)


def measured(name: str, shown: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]], by: str) -> Ended:
    """One damaged harness, evolved until it stays as it is."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write(folder / "archive.jsonl", shown)
        _write(folder / "apart.jsonl", others)
        rows = ({"query": told.replace("\n", " "), "key": told, "value": kind} for told, kind in dict.fromkeys(shown))
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        settings = load_settings(folder, kernel="nearest")
        first = text = damaged(*DAMAGES[name], shown)
        kinds: list[str] = []
        losses: list[float] = []
        is_fixed = False
        for number in range(TIMES):
            found, search = evolved(text, folder, settings, _proposer(by, folder), number)
            losses = losses or [apart(search, text, folder)]
            losses.append(apart(search, found, folder))
            proposed = {each["id"]: each for each in search.archive.events if each["event"] == "proposed"}
            kept = [each["id"] for each in search.archive.events if each["event"] == "accepted"]
            kinds += [proposed[each]["edit"]["kind"] for each in kept]
            if digest_of(found) == digest_of(text):
                is_fixed = True
                break
            text = found
        before, after = (footprint(open_text(folder / "meta.hg", each).program("meta")) for each in (first, text))
        is_widened = bool(after.effects - before.effects) or after.calls > before.calls or after.writes > before.writes
        return Ended(losses[0], losses[-1], tuple(kinds), is_fixed, is_widened)


def _proposer(by: str, folder: Path) -> Proposer:
    if by == "rules":
        return RulesProposer()
    other = folder / "proposing"
    other.mkdir(exist_ok=True)
    shutil.copy(resource_folder("stdlib") / "meta" / "meta.hg", other / "meta.hg")
    shutil.copy(folder / "rows.jsonl", other / "rows.jsonl")
    shutil.copy(folder / "archive.jsonl", other / "archive.jsonl")
    return HarnessProposer(other / "meta.hg", load_settings(other, kernel="nearest"))


def _write(path: Path, pairs: Sequence[tuple[str, str]]) -> None:
    path.write_text("".join(json.dumps({"signs": [told], "expected": [kind]}) + "\n" for told, kind in pairs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seen", type=Path, default=Path("seen.jsonl"))
    parser.add_argument("--proposer", choices=("rules", "meta"), default="rules")
    parser.add_argument("--damages", nargs="*", default=list(DAMAGES))
    options = parser.parse_args()
    every = [(line.value["key"], Seen(**line.value["seen"])) for line in read_json_lines(options.seen)]
    shown = list(lines([each for key, each in every if key[1] >= FIRST]))
    others = list(lines([each for key, each in every if key[1] < FIRST]))
    print(f"{len(shown)} lines to evolve on, {len(others)} of other families kept apart")
    better = fixed = widened = 0
    for name in options.damages:
        found = measured(name, shown, others, options.proposer)
        is_better = found.after < found.before - 0.01 and found.is_fixed
        better, fixed, widened = better + is_better, fixed + found.is_fixed, widened + found.is_widened
        print(
            f"{name}: {found.before:.3f} → {found.after:.3f}, kept {', '.join(found.kinds) or 'nothing'}; "
            f"{'a fixed point' if found.is_fixed else 'still changing'}{', WIDENED' if found.is_widened else ''}",
            flush=True,
        )
    count = len(options.damages)
    print(f"better and then fixed: {better} of {count}; fixed: {fixed}; widened: {widened}")


if __name__ == "__main__":
    main()

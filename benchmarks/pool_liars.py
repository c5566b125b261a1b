"""Liars in a pool: what 3 of 10 admitted writers do to a harness that pulls, by the way in which it pulls.

    python -m benchmarks.pool_liars --data DIR --kept FILE [--sets banking77,clinc150] [--seeds 5]

Real pools in folders, real keys, the real pull. Ten persons each publish as many rows of a public data set, of 20 of
its intents; the puller has two rows an intent of its own, and eighty examples to validate with. Three of the ten lie
(*none*: nobody does, *absent*: the three are not there):

- *permuted*: their answers are those of other intents, by one permutation on which all three agree;
- *flood*: three times as many rows as anybody else, questions of honest writers with a word more, answered so;
- *sleeper*: every row is good but ten each, which answer one question of the test part in its very words, wrongly: half
  of them by a value that the attacker chose at random, half by the one that the pool finds second best (who reads the
  whole pool can know it).

The ways to pull: *alone* takes nothing, *union* all rows, *majority* is `hdsl pool pull` (of rows that answer the same
question, the value that most persons stand for), *proven* is `hdsl pool pull --for`. Answers by `nearest`, and by a
scripted model that answers as most of the first five rows do that it is shown, and at random one time in twenty.

Questions are those of the dev part and, because it has few of each intent, those of the train part that nobody
publishes.

Results are kept in a file, a line each, so that a bench that was stopped resumes; with all of them it prints tables.
Intervals are 95 %, over the questions of all seeds: of shares Wilson's, of differences bootstrapped over questions.
"""

import argparse
import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.reality.data import Pair, intents
from benchmarks.reality.statistics import paired_difference, wilson
from hdsl.check.entry import checked_module
from hdsl.experience.tables_in_reach import ReachedTable, tables_in_reach
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Answer, Kernel, Label, Request, Usage
from hdsl.ops.rows import rows_to_show
from hdsl.policy.decision import Rules
from hdsl.pool.pool import Pool
from hdsl.pool.proving import proven
from hdsl.pool.pulling import chosen_rows, fitting_rows
from hdsl.pool.rows import PooledRow
from hdsl.pool.signing import key_from_seed
from hdsl.pool.state import JoinedRow
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry
from hdsl.tensor.make import filled_tensor

TABLE = "intents.intent"
TOPK = 16
WRITERS, LIARS = 10, 3
INTENTS = 20
"""Of a set, other ones for each seed."""
ROWS = 120
"""Of each writer, if there are as many."""
OWN = 2
"""Rows an intent that the puller has."""
VALIDATION, TESTED = 80, 300
TRIALS = 20
SLEEPERS = 10
"""Of each liar."""
NEAREST_MIN = 0.5
KERNELS = ("nearest", "scripted")
LIES = ("none", "absent", "permuted", "flood", "sleeper")
WORDS = ("please", "now", "today")
WAYS = ("alone", "union", "majority", "proven")
Row = tuple[str, str, str]


class Scripted:
    """A model that follows most of the first five rows, and errs at random one time in twenty."""

    name = "scripted"

    async def answer(self, request: Request) -> Answer:
        """An answer, the same for the same request."""
        drawn = int.from_bytes(blake2b(request.input.encode(), digest_size=4).digest(), "big")
        if not request.rows or drawn % 20 == 0:
            labels = request.labels
            return Answer(labels[drawn % len(labels)].text, usage=Usage(calls=1))
        counts = Counter(row.value for row in request.rows[:5])
        return Answer(counts.most_common(1)[0][0], usage=Usage(calls=1))

    async def close(self) -> None:
        """Holds nothing."""


class Scene:
    """A puller's project and ten writers, of one data set and seed."""

    def __init__(self, folder: Path, data: Path, name: str, seed: int) -> None:
        self.folder, self.random = folder, random.Random(f"{name} {seed}")
        pairs = intents(data, name, "train")
        every = sorted({str(pair.answer) for pair in pairs})
        self.labels = sorted(self.random.sample(every, INTENTS))
        pairs = [pair for pair in pairs if pair.answer in self.labels]
        self.random.shuffle(pairs)
        self.validation, rest = pairs[:VALIDATION], pairs[VALIDATION:]
        own, others = _own(rest)
        self.own: list[Row] = [("", pair.text, str(pair.answer)) for pair in own]
        each = min(ROWS, len(others) // WRITERS)
        self.writers = [others[number * each : (number + 1) * each] for number in range(WRITERS)]
        tested = [pair for pair in intents(data, name, "dev") if pair.answer in self.labels]
        self.random.shuffle(tested)
        self.tested = [*tested, *others[WRITERS * each :]][:TESTED]
        _write_project(folder, self.labels, self.own)

    def published(self, lies: str, union: "Answering | None" = None) -> list[list[Row]]:
        """What each writer publishes; the first three lie. `union`: all honest rows, which the sleeper's liars read."""
        honest: list[list[Row]] = [[("", pair.text, str(pair.answer)) for pair in each] for each in self.writers]
        shuffled = self.labels[:]
        self.random.shuffle(shuffled)
        permuted = dict(zip(shuffled, [*shuffled[1:], shuffled[0]], strict=True))
        for liar in range(LIARS):
            if lies == "permuted":
                honest[liar] = [(query, key, permuted[value]) for query, key, value in honest[liar]]
            elif lies == "flood":
                copied = [row for each in honest[LIARS:] for row in each]
                chosen = self.random.sample(copied, min(3 * ROWS, len(copied)))
                honest[liar] = [(query, f"{key} {WORDS[liar]}", permuted[value]) for query, key, value in chosen]
            elif lies == "sleeper":
                assert union is not None
                honest[liar] += [self._sleeper(place, union) for place in self.targets(liar)]
        return honest[LIARS:] if lies == "absent" else honest

    @staticmethod
    def targets(liar: int) -> range:
        """The numbers of the tested questions that a liar's sleepers answer."""
        return range(liar * SLEEPERS, (liar + 1) * SLEEPERS)

    def _sleeper(self, place: int, union: "Answering") -> Row:
        question = self.tested[place].text
        now = union.answers([question])[0]
        if place % 2 == 0:
            return "", question, self.random.choice([label for label in self.labels if label != now])
        return "", question, union.second_best(question, now)


class Answering:
    """An expert with some rows, asked as a harness of one node asks it: sixteen rows found, the kernel answers.

    It judges rows by validation examples too (`hdsl.pool.proving.Prover`): what `hdsl.learn.proving` does for any
    harness, without the rest of one.
    """

    def __init__(
        self,
        kernel: Kernel,
        labels: Sequence[str],
        rows: Sequence[Row],
        validation: Sequence[Pair] = (),
        topk: int = TOPK,
    ) -> None:
        self._kernel, self._rows, self._validation, self._topk = kernel, list(rows), validation, topk
        self._labels = tuple(map(Label, labels))
        self.losses = self._losses(self._rows)

    def answers(self, questions: Sequence[str]) -> list[str]:
        """What it answers; empty where it refuses."""
        return self._answers(self._rows, questions)

    def trial(self, rows: Mapping[str, Sequence[Row]]) -> tuple[float, ...]:
        """See `Prover`."""
        return self._losses([*self._rows, *rows[TABLE]])

    def keep(self, rows: Mapping[str, Sequence[Row]], losses: tuple[float, ...]) -> None:
        """See `Prover`."""
        self._rows += rows[TABLE]
        self.losses = losses

    def second_best(self, question: str, best: str) -> str:
        """The answer that most of the rows near a question give, after the best."""
        with _table(self._rows) as table:
            near = rows_to_show(table, (question, ""), TOPK, by_lines=False)
        counts = Counter(match.row.value for match in near if match.row.value != best)
        return counts.most_common(1)[0][0] if counts else next(row[2] for row in self._rows if row[2] != best)

    def _losses(self, rows: Sequence[Row]) -> tuple[float, ...]:
        found = self._answers(rows, [pair.text for pair in self._validation])
        return tuple(float(text != pair.answer) for text, pair in zip(found, self._validation, strict=True))

    def _answers(self, rows: Sequence[Row], questions: Sequence[str]) -> list[str]:
        with _table(rows) as table, asyncio.Runner() as runner:
            return [runner.run(self._answer(table, question)) for question in questions]

    async def _answer(self, table: torch.Tensor, question: str) -> str:
        near = rows_to_show(table, (question, ""), self._topk, by_lines=False)
        shown = tuple(match.row for match in near)
        answer = await self._kernel.answer(Request("expert", question, rows=shown, labels=self._labels))
        return "" if answer.refused else answer.text


@contextmanager
def _table(rows: Sequence[Row]) -> Iterator[torch.Tensor]:
    with TemporaryDirectory() as folder:
        home = Pack(Path(folder, "texts.sqlite"))
        yield filled_tensor((len(rows), 3), home, dict(enumerate(Entry(text) for row in rows for text in row)), "rows")
        home.close()


def main() -> None:
    """Runs what is not kept yet, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pool_liars")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--kept", type=Path, required=True, help="the file that results are kept in")
    parser.add_argument("--sets", default="banking77")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kernels", default=",".join(KERNELS))
    parser.add_argument("--tables", action="store_true", help="only print the tables")
    options = parser.parse_args()
    kept = _kept(options.kept)
    for seed in range(0 if options.tables else options.seeds):
        for name in options.sets.split(","):
            for kernel in options.kernels.split(","):
                if (name, kernel, seed) not in {(each["set"], each["kernel"], each["seed"]) for each in kept}:
                    found = _measured(options.data, name, kernel, seed)
                    with options.kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(found) + "\n")
                    kept.append(found)
    _print_tables(kept)


def _measured(data: Path, name: str, kernel: str, seed: int) -> dict[str, Any]:
    """All lies and ways to pull, of one scene."""
    found: dict[str, Any] = {"set": name, "kernel": kernel, "seed": seed, "right": {}, "sleepers": {}, "rows": {}}
    known: dict[tuple[Row, ...], list[str]] = {}
    with TemporaryDirectory() as place:
        scene = Scene(Path(place), data, name, seed)
        file = scene.folder / "intents.hg"
        _, module = checked_module(file, str(file))
        (table,) = tables_in_reach(module, scene.folder).values()
        questions = [pair.text for pair in scene.tested]
        before: dict[str, list[str]] = {}
        honest: Answering | None = None
        for lies in LIES:
            ways = _ways(scene, lies, table, kernel, honest)
            for way, rows in ways.items():
                answering = Answering(_kernel(kernel), scene.labels, [*scene.own, *rows])
                answers = known[tuple(rows)] = known.get(tuple(rows)) or answering.answers(questions)
                right = [answer == pair.answer for answer, pair in zip(answers, scene.tested, strict=True)]
                found["right"][f"{lies} {way}"] = "".join("01"[each] for each in right)
                found["rows"][f"{lies} {way}"] = len(rows)
                if lies == "none":
                    before[way] = answers
                if lies == "sleeper":
                    found["sleepers"][way] = _hits(scene, before[way], answers, rows)
                if lies == "none" and way == "union":
                    honest = answering
            told = {way: (found["right"][f"{lies} {way}"].count("1"), len(rows)) for way, rows in ways.items()}
            print(name, kernel, seed, lies, told, flush=True)
    return found


def _ways(
    scene: Scene, lies: str, table: ReachedTable, kernel: str, honest: Answering | None
) -> Mapping[str, list[Row]]:
    published = scene.published(lies, honest)
    with TemporaryDirectory() as place:
        state = _pool(Path(place, "pool"), published).state()
    fitting = fitting_rows(state, table, Rules()).rows
    judge = Answering(_kernel(kernel), scene.labels, scene.own, scene.validation)
    found = proven(judge, {TABLE: table}, {table.name: fitting}, "intents", lambda judged: None, TRIALS)
    return {
        "alone": [],
        "union": [(row.query, row.key, row.value) for row in state.rows],
        "majority": _texts(chosen_rows(state, table, Rules()).rows),
        "proven": _texts(found.rows[table.name]),
    }


def _pool(place: Path, published: Sequence[Sequence[Row]]) -> Pool:
    keys = [key_from_seed(bytes([number + 1]) * 32) for number in range(WRITERS + 1)]
    pool = Pool.create(str(place), keys[0], "owner")
    for number, rows in enumerate(published):
        key = keys[number + 1]
        pool.admit(key.name, f"person {number}", keys[0])
        pool.publish([PooledRow(TABLE, *row) for row in rows], key)
    return pool


def _texts(rows: Sequence[JoinedRow]) -> list[Row]:
    return [(row.query, row.key, row.value) for row in rows]


def _hits(scene: Scene, before: Sequence[str], now: Sequence[str], rows: Sequence[Row]) -> dict[str, list[int]]:
    """For sleepers of a value that was chosen, and of the second best: how many changed the answer, and of how many."""
    hits = {"chosen": [0, 0], "second best": [0, 0]}
    for liar in range(LIARS):
        for place in scene.targets(liar):
            counted = hits["chosen" if place % 2 == 0 else "second best"]
            values = [value for _, key, value in rows if key == scene.tested[place].text]
            counted[0] += now[place] != before[place] and now[place] in values
            counted[1] += 1
    return hits


def _own(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    counts: Counter[str | None] = Counter()
    own: list[Pair] = []
    others: list[Pair] = []
    for pair in pairs:
        counts[pair.answer] += 1
        (own if counts[pair.answer] <= OWN else others).append(pair)
    return own, others


def _write_project(folder: Path, labels: Sequence[str], own: Sequence[Row]) -> None:
    described = "".join(f'  {json.dumps(label)}: "",\n' for label in labels)
    rows = "".join(json.dumps(dict(zip(("query", "key", "value"), row, strict=True))) + "\n" for row in own)
    (folder / "own.jsonl").write_text(rows)
    (folder / "intents.hg").write_text(
        f"hdsl 1\n\ntype Intent {{\n{described}}}\n\n"
        'experience intent: text -> Intent = load("own.jsonl")\n\n'
        "harness intents(question: text[1]) -> Intent[1] {\n"
        "  answer: Intent[1] = expert(question, intent, topk=16)\n  return answer\n}\n"
    )


def _kernel(name: str) -> Kernel:
    return NearestKernel(NEAREST_MIN) if name == "nearest" else Scripted()


def _kept(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _print_tables(kept: Sequence[Mapping[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for each in kept:
        groups[each["set"], each["kernel"]].append(each)
    print("|  | lies | " + " | ".join(WAYS) + " | union loses | proven loses | n |")
    print("|---" * (len(WAYS) + 5) + "|")
    for (name, kernel), runs in groups.items():
        for lies in LIES:
            right = {way: _right(runs, f"{lies} {way}") for way in WAYS}
            falls = [
                _fall(_right(runs, f"absent {way}"), right[way]) if lies in ("permuted", "flood") else ""
                for way in ("union", "proven")
            ]
            cells = [*(_share(sum(right[way]), len(right[way])) for way in WAYS), *falls, str(len(right["alone"]))]
            print(f"| {name}, {kernel} | {lies} | " + " | ".join(cells) + " |")
    print()
    print("|  | sleeper's value | " + " | ".join(WAYS[1:]) + " | n |")
    print("|---" * (len(WAYS) + 2) + "|")
    for (name, kernel), runs in groups.items():
        for kind in ("chosen", "second best"):
            counts = [[sum(run["sleepers"][way][kind][place] for run in runs) for place in (0, 1)] for way in WAYS[1:]]
            cells = [_share(*count) for count in counts]
            print(f"| {name}, {kernel} | {kind} | " + " | ".join([*cells, str(counts[0][1])]) + " |")


def _right(runs: Sequence[Mapping[str, Any]], what: str) -> list[bool]:
    """Which questions were answered right, of all runs."""
    return [each == "1" for run in runs for each in run["right"][what]]


def _fall(before: Sequence[bool], after: Sequence[bool]) -> str:
    fall, low, high = paired_difference(before, after)
    return f"{fall:.3f} ({low:+.3f} to {high:+.3f})"


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{hits / count:.3f} ({max(0.0, low):.3f} to {min(1.0, high):.3f})"


if __name__ == "__main__":
    main()

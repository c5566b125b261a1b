"""The tasks of the lab, as data: what is hidden, what each node knows at the start, and how feedback and editor err."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from benchmarks.lab.words import colliding_keys, fresh_words

KEYS = 24
WRONG_AT_THE_START = 8
EPOCHS = 6


@dataclass(frozen=True, slots=True)
class Task:
    """One task. A program of one node, or of two in a chain, whose last answer is judged."""

    name: str
    title: str
    truth: tuple[Mapping[str, str], ...]
    """The hidden mapping of each node. The first one's keys are what comes in."""
    start: tuple[Mapping[str, str], ...]
    """What the text of each node holds before training."""
    wrong_labels: Mapping[str, str]
    """Labels that are wrong at every visit."""
    seed: int = 0
    wrong_corrections: float = 0.0
    """The share of visits with a wrong answer whose feedback names a wrong answer as the right one."""
    wrong_verdicts: float = 0.0
    """The share of all visits whose feedback does so, those of right answers too."""
    dropped_rows: float = 0.0
    """The share of rows that the editor loses whenever it rewrites a text of several rows."""
    shuffled: bool = False
    guilty: int | None = None
    """The node that is wrong at the start, where the other one is right."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What comes in, in the order of the data."""
        return tuple(self.truth[0])

    def right_answer(self, key: str) -> str:
        """What the program should answer."""
        for mapping in self.truth:
            key = mapping[key]
        return key

    def order(self, epoch: int) -> tuple[str, ...]:
        """The keys as an epoch visits them."""
        keys = list(self.keys)
        if self.shuffled:
            Random(f"order {self.seed} {epoch}").shuffle(keys)
        return tuple(keys)


TITLES = {
    "a": "hidden mapping of 24 keys",
    "b": "a, corrections wrong at 20 % of the mistakes",
    "b2": "a, verdicts wrong at 20 % of all visits",
    "c": "a, the editor drops 5 % of the rows it rewrites",
    "d": "b and c together",
    "e": "a, 10 % of the labels wrong for good",
    "f": "a, order shuffled",
    "g1": "two chained nodes, the first is wrong in 8 of 24 rows",
    "g2": "two chained nodes, the second is wrong in 8 of 24 rows",
    "h": "a with keys that share 6 or 7 of 8 words",
}


def make_task(name: str, seed: int = 0) -> Task:
    """The task of a name. The seed decides what errs and in which order the keys come, never what is hidden."""
    source = Random("the hidden mapping")
    words = fresh_words(source)
    keys = colliding_keys(source, KEYS) if name == "h" else tuple(islice(words, KEYS))
    hidden = dict(zip(keys, islice(words, KEYS), strict=True))
    plain = Task(name, TITLES[name], (hidden,), ({},), {}, seed)
    match name:
        case "b":
            return replace(plain, wrong_corrections=0.2)
        case "b2":
            return replace(plain, wrong_verdicts=0.2)
        case "c":
            return replace(plain, dropped_rows=0.05)
        case "d":
            return replace(plain, wrong_corrections=0.2, dropped_rows=0.05)
        case "e":
            return replace(plain, wrong_labels=_wrong_labels(hidden, seed))
        case "f":
            return replace(plain, shuffled=True)
        case "g1" | "g2":
            return _chained(plain, words, int(name[1]) - 1)
    return plain


def _wrong_labels(hidden: Mapping[str, str], seed: int) -> dict[str, str]:
    """For a tenth of the keys the right answer to another one."""
    source = Random(f"wrong labels {seed}")
    chosen = source.sample(sorted(hidden), len(hidden) // 10)
    return {key: source.choice([value for value in hidden.values() if value != hidden[key]]) for key in chosen}


def _chained(task: Task, words: Iterator[str], guilty: int) -> Task:
    """The mapping by way of a middle text of two words; eight rows of the guilty node hold words that are nowhere."""
    (hidden,) = task.truth
    middles = {key: f"stage {word}" for key, word in zip(hidden, words, strict=False)}
    truth: tuple[dict[str, str], ...] = (middles, {middles[key]: value for key, value in hidden.items()})
    spoilt = dict(truth[guilty])
    for key in Random("spoilt rows").sample(sorted(spoilt), WRONG_AT_THE_START):
        spoilt[key] = f"stage {next(words)}" if guilty == 0 else next(words)
    start = tuple(spoilt if node == guilty else dict(mapping) for node, mapping in enumerate(truth))
    return replace(task, truth=truth, start=start, guilty=guilty)

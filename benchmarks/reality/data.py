"""The public data sets, as folders of JSON Lines; questions are cut out of them by hash, the same on every machine."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

SETS = ("banking77", "clinc150", "tldr")
SOURCES = """\
- BANKING77: https://github.com/PolyAI-LDN/task-specific-datasets (CC BY 4.0): banking77/{train,dev}.jsonl
- CLINC150: https://github.com/clinc/oos-eval (CC BY 3.0), clinc150/{train,dev,dev-out-of-scope}.jsonl
- tldr-pages: https://github.com/tldr-pages/tldr (CC BY 4.0), tldr/{train,dev}.jsonl: tool, says and command"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and what it is answered by; None is "no answer here"."""

    text: str
    answer: str | None


def missing(data: Path) -> list[str]:
    """The data sets that are not in the folder."""
    return [name for name in SETS if not (data / name / "train.jsonl").is_file()]


def intents(data: Path, name: str, part: str) -> list[Pair]:
    """A part of BANKING77 or CLINC150."""
    return [Pair(each["text"], each["label"]) for each in _lines(data / name / f"{part}.jsonl")]


def commands(data: Path, part: str) -> list[Pair]:
    """What a command does, with its tool, and the command."""
    return [
        Pair(f"{each['tool']}: {each['says']}", each["command"]) for each in _lines(data / "tldr" / f"{part}.jsonl")
    ]


def shuffled(pairs: Iterable[Pair], salt: str = "") -> list[Pair]:
    """Pairs in the order of the hashes of their texts: one that only the texts decide."""
    return sorted(pairs, key=lambda pair: blake2b(f"{salt}{pair.text}".encode(), digest_size=16).digest())


def each_label(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """So many pairs of each label, the first by hash."""
    kept: dict[str | None, int] = defaultdict(int)
    chosen = []
    for pair in shuffled(pairs):
        if kept[pair.answer] < count:
            kept[pair.answer] += 1
            chosen.append(pair)
    return chosen


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]

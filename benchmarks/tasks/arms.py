"""What answers sealed tasks: a trained harness, and what one would do without one."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.experience.training_data import read_examples
from hdsl.ground.row import Row
from hdsl.retrieval.index import RowIndex
from hdsl.retrieval.tokens import tokens
from hdsl.tasks.analogy import named, numbered, outline
from hdsl.tasks.harness import GIVEN
from hdsl.tasks.masked import HOLE
from hdsl.tasks.words import identifier_words, shape_words

Answer = Callable[["Question"], str]


@dataclass(frozen=True, slots=True)
class Question:
    """A task of a data set: what is given, the true answer, and where it is from."""

    given: str
    answer: str
    target: dict[str, Any]

    @property
    def place(self) -> tuple[str, int]:
        """The file and line it is from."""
        _, file, _, line = re.split(r"^(?:\w+ )+|:", str(self.target["key"]))
        return file, int(line)


def questions(folder: Path, kind: str, part: str) -> list[Question]:
    """The tasks of one part of a data set."""
    lines = (folder / "targets.jsonl").read_text(encoding="utf-8").split("\n")
    targets = [target for line in lines if line and (target := json.loads(line))["part"] == part]
    found = []
    for example, target in zip(read_examples(folder / f"{part}.jsonl"), targets, strict=True):
        given, (answer,) = example.inputs[GIVEN[kind]], example.expected
        found.append(Question(str(given), str(answer), target))
    return found


def plain(text: str) -> frozenset[str]:
    """What `nearest` compares by: words and marks."""
    return tokens(text)


def by_words(text: str) -> frozenset[str]:
    """The words of identifiers."""
    return frozenset(identifier_words(text))


def by_shape(text: str) -> frozenset[str]:
    """The words of identifiers, and of the syntax around the hole."""
    return frozenset(identifier_words(text)) | frozenset(shape_words(text))


def neighbour(rows: Sequence[Question], analyze: Callable[[str], frozenset[str]]) -> Answer:
    """The answer of the task that is most alike."""
    index = RowIndex([Row("", each.given, each.answer) for each in rows], analyze)

    def answer(question: Question) -> str:
        found = index.select(index.tokens_of(question.given), 1)
        return found[0].row.value if found and found[0].score else ""

    return answer


def analogy(rows: Sequence[Question]) -> Answer:
    """The answer of the task that is most alike, with its names turned into those that stand in their places here."""
    table = [Row("", outline(each.given), numbered(each.answer, each.given)) for each in rows]
    index = RowIndex(table, spaced)

    def answer(question: Question) -> str:
        found = index.select(index.tokens_of(outline(question.given)), 1)
        return named(found[0].row.value, question.given) if found and found[0].score else ""

    return answer


def spaced(text: str) -> frozenset[str]:
    """What stands between blanks."""
    return frozenset(text.split())


def most_frequent(rows: Sequence[Question]) -> Answer:
    """The answer that most tasks have."""
    best = Counter(each.answer for each in rows).most_common(1)[0][0]
    return lambda question: best


def sibling(rows: Sequence[Question], kind: str) -> Answer:
    """Masked: the line before the hole. Else the answer of the task nearest in its file."""

    def answer(question: Question) -> str:
        if kind == "masked":
            before = question.given.split(HOLE)[0].rstrip().split("\n")[-1]
            return before.strip()
        file, line = question.place
        near = sorted(rows, key=lambda row: (row.place[0] != file, abs(row.place[1] - line)))
        return near[0].answer

    return answer


def own_words(question: Question) -> str:
    """A description that only repeats the names in the code."""
    return " ".join(dict.fromkeys(identifier_words(question.given.partition("\n")[2])))

"""Code to docstring: the answer says what a function does, and has to tell it among its neighbours."""

from collections.abc import Sequence

from hdsl.ground.row import Row
from hdsl.retrieval.index import RowIndex
from hdsl.tasks.definitions import Definition
from hdsl.tasks.model import Dropped, Task
from hdsl.tasks.words import identifier_words

NEIGHBOURS, _FEWEST_NEIGHBOURS = 8, 3
_FEWEST_WORDS = 4
_MOST_WORDS = 40
"""Words of an answer that count, so that repeating all of the code is not describing it."""


def first_paragraph(docstring: str) -> str:
    """What a docstring says first, on one line."""
    return " ".join(docstring.strip().split("\n\n")[0].split())


class Described:
    """The definitions of a repository that have docstrings, in its order."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._all = [each for each in definitions if each.docstring]
        self._places = {each.key: number for number, each in enumerate(self._all)}

    def near(self, definition: Definition) -> list[Definition]:
        """Those around it in its file, then in other files."""
        at = self._places[definition.key]
        around = range(max(0, at - NEIGHBOURS), min(len(self._all), at + NEIGHBOURS + 1))
        order = sorted(around, key=lambda other: (self._all[other].file != definition.file, abs(other - at), other))
        return [self._all[other] for other in order if other != at][:NEIGHBOURS]


def describing(definition: Definition, described: Described) -> Task | Dropped:
    """The task that a definition makes."""
    if not definition.docstring:
        return Dropped("it has no docstring")
    answer = first_paragraph(definition.docstring)
    if len(answer.split()) < _FEWEST_WORDS:
        return Dropped(f"its docstring has fewer than {_FEWEST_WORDS} words")
    neighbours = [first_paragraph(each.docstring) for each in described.near(definition)]
    if len(neighbours) < _FEWEST_NEIGHBOURS:
        return Dropped("it has no neighbours with docstrings to be told from")
    if telling_loss(answer, definition.name, answer, neighbours) > 0:
        return Dropped("its docstring does not tell it from its neighbours")
    return Task(
        key=f"docstring {definition.key}",
        given={"code": f"{definition.place}{definition.without_docstring()}"},
        answer=answer,
        whole=definition.without_docstring(),
        home=definition.key,
        file=definition.file,
        lines=(definition.start, definition.end),
        place={"name": definition.name, "neighbours": neighbours},
    )


def telling_loss(answer: str, name: str, true: str, neighbours: Sequence[str]) -> float:
    """How badly an answer tells a function from its neighbours: 1 - 1 / its rank among them. 0 is the first, alone.

    All are known by their docstrings, and not by their code, which an answer would only have to repeat. The words of
    the name do not count, since whoever repeats it has described nothing.
    """
    named = set(identifier_words(name))
    said = " ".join(answer.split()[:_MOST_WORDS])
    index = RowIndex([Row("", each, "docstring") for each in (true, *neighbours)], lambda text: _words(text, named))
    scores = {match.index: match.score for match in index.select(index.tokens_of(said), len(neighbours) + 1)}
    own = scores.get(0, 0.0)
    if own <= 0:
        return 1.0 - 1.0 / (len(neighbours) + 1)
    rank = 1 + sum(1 for number in range(1, len(neighbours) + 1) if scores.get(number, 0.0) >= own)
    return 1.0 - 1.0 / rank


def _words(text: str, named: set[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in identifier_words(text) if word not in named)


def _stem(word: str) -> str:
    """A word without its ending, as far as code and prose differ in it."""
    for ending in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word

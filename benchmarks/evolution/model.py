"""A scripted model. It knows relations, as a language model knows kinds of things, and picks one up from two rows.

What it is shown exactly it repeats; a relation that most of the rows follow it goes on with; of what it cannot know it
says what the most similar row says, or what it was asked where there is no row; where the task lets it, it says that it
does not know. Where a task asks for care it stammers in its first answers to a question, until it has seen that they
failed; where a task is to be done quickly, it gets a share of its answers wrong.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from hdsl.ground.labels import label_of
from hdsl.kernel.request import Answer, Request, Usage

CAREFULLY, CANDIDLY, QUICKLY = "carefully", "or say that you do not know", "quickly"
FOLLOWED, ROWS = 0.6, 2


@dataclass(frozen=True)
class Knowledge:
    """What the model of a family knows: relations of words, classes of words, and how often it stammers.

    `unsteady`: the share of its answers to a task that is to be done quickly which end with a wrong digit, by the seed.
    """

    relations: Sequence[Mapping[str, str]]
    classes: Mapping[str, str]
    stammers: int = 0
    unsteady: float = 0.0


class ScriptedModel:
    """A kernel. `slips`: the share of its answers that are another row's, by the seed of the request."""

    name = "scripted"

    def __init__(self, knowledge: Knowledge, slips: float = 0.0) -> None:
        self._knowledge = knowledge
        self._slips = slips

    async def answer(self, request: Request) -> Answer:
        if request.correction is not None:
            return Answer(self._corrected(request), usage=Usage(1))
        if request.labels:
            return Answer(self._labelled(request), usage=Usage(1))
        text = self._known(request)
        share = _share(f"{request.seed} {request.input} {request.task}")
        if share < self._slips and request.rows:
            text = request.rows[-1].value
        if QUICKLY in request.task and share < self._knowledge.unsteady:
            text = f"{text[:-1]}{(ord(text[-1:] or ' ') + 1 + int(share / self._knowledge.unsteady * 9)) % 10}"
        if CAREFULLY in request.task and len(request.trajectory) < self._knowledge.stammers:
            text = f"um {text}"
        return Answer(text, usage=Usage(1))

    async def close(self) -> None:
        pass

    def _known(self, request: Request) -> str:
        exact = Counter(row.value for row in request.rows if row.key.strip() == request.input.strip())
        if exact:
            return max(sorted(exact), key=lambda value: exact[value])
        best, hits = None, 0
        for relation in self._knowledge.relations:
            found = sum(relation.get(row.key) == row.value for row in request.rows)
            if found > hits and request.input in relation:
                best, hits = relation, found
        if best is not None and hits >= ROWS and hits >= FOLLOWED * len(request.rows):
            return best[request.input]
        if CANDIDLY in request.task:
            return "unknown"
        return request.rows[0].value if request.rows else request.input

    def _labelled(self, request: Request) -> str:
        names = [label.text for label in request.labels]
        meant = self._knowledge.classes.get(request.input, "")
        exact = [row.value for row in request.rows if row.key == request.input]
        if exact and label_of(exact[0], names) is not None:
            return exact[0]
        return meant if meant in names else "other" if "other" in names else names[0]

    def _corrected(self, request: Request) -> str:
        correction = request.correction
        assert correction is not None
        if correction.role != "input":
            return correction.expected[0] if correction.expected else correction.text
        keys = sorted({row.key for row in request.rows if row.value == correction.expected[0]})
        if not keys or correction.text in keys:
            return correction.text
        return keys[int(_share(correction.text) * len(keys))]


def _share(text: str) -> float:
    """A number from 0 to below 1 that a text always has."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48

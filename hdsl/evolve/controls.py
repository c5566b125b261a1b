"""What the same calls would have bought otherwise: more training, votes of several answers, answers looked at again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hdsl.evolve.comparing import interval
from hdsl.evolve.trial import Answered, Reseeded, Setting, learned, mean, scored_on
from hdsl.experience.row_changes import Rows
from hdsl.experience.training_data import Example
from hdsl.graph.program import Program
from hdsl.kernel.request import Answer, Kernel, Request, Turn, Usage

MOST_ANSWERS, MOST_LOOKS, MOST_EPOCHS = 15, 6, 8
"""Beyond which more votes, more looks and more training are not tried, though calls be left."""

LOOK_AGAIN = "Look again: is this right? Give a better answer, or the same one."


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to spend calls, as measured. `calls`: in all, what it took to get there included."""

    name: str
    calls: int
    calls_an_answer: float
    answered: tuple[Answered, ...]

    @property
    def loss(self) -> float:
        """The mean loss."""
        return mean([each.loss for each in self.answered])

    def as_json(self, than: "Measured | None" = None) -> dict[str, Any]:
        """The same as plain data; the gain against another one with its 95 % interval."""
        value: dict[str, Any] = {
            "name": self.name,
            "calls": self.calls,
            "calls_an_answer": round(self.calls_an_answer, 4),
            "loss": round(self.loss, 6),
        }
        if than is not None and than is not self:
            low, high = interval(differences(than, self))
            value |= {"gain": round(than.loss - self.loss, 6), "interval": [round(low, 6), round(high, 6)]}
        return value


def differences(one: Measured, other: Measured) -> list[float]:
    """For each example what one loses more than another."""
    return [a.loss - b.loss for a, b in zip(one.answered, other.answered, strict=True)]


@dataclass(frozen=True, slots=True)
class Ground:
    """What controls are measured on: the graph that was not edited, its trained tables, and the examples."""

    program: Program
    kernel: Kernel
    setting: Setting
    tables: Mapping[str, Rows]
    examples: Sequence[Example]
    trained: int
    """Model calls that the training of the tables took."""
    scope: str

    def answer(self, name: str, kernel: Kernel | None = None) -> tuple[tuple[Answered, ...], Usage]:
        """The examples answered by the graph with its tables."""
        return scored_on(
            self.program, kernel or self.kernel, self.setting, self.tables, self.examples, f"{self.scope}, {name}"
        )


def voted(ground: Ground, answers: int) -> Measured:
    """Each example answered several times, each with seeds of its own; what most answers say is the answer."""
    rounds: list[tuple[Answered, ...]] = []
    usage = Usage()
    for number in range(answers):
        found, cost = ground.answer(f"vote {number}", Reseeded(ground.kernel, number))
        rounds.append(found)
        usage += cost
    chosen = tuple(_elected(each) for each in zip(*rounds, strict=True))
    return _measured(f"best of {answers} by vote", ground, chosen, usage)


def refined(ground: Ground, looks: int) -> Measured:
    """Each question asked again with what was answered, and the last answer taken."""
    kernel = Refining(ground.kernel, looks)
    found, usage = ground.answer(f"refined {looks}", kernel)
    name = f"refined {looks} times" if looks > 1 else "refined once"
    return _measured(name, ground, found, usage + kernel.beyond)


def trained_longer(ground: Ground, epochs: int, seed: int) -> Measured:
    """The graph as it is, its tables trained for more epochs."""
    scope = f"{ground.scope}, {epochs} epochs"
    tables, _, training, _ = learned(ground.program, ground.kernel, ground.setting, seed, scope, epochs=epochs)
    found, scoring = scored_on(
        ground.program, ground.kernel, ground.setting, tables, ground.examples, f"{scope}, answers"
    )
    calls = training.calls + scoring.calls
    return Measured(f"unedited, {epochs} epochs", calls, scoring.calls / max(1, len(found)), found)


def _measured(name: str, ground: Ground, answered: tuple[Answered, ...], usage: Usage) -> Measured:
    return Measured(name, ground.trained + usage.calls, usage.calls / max(1, len(answered)), answered)


def _elected(answers: Sequence[Answered]) -> Answered:
    """The answer that most say; of equals the first."""
    counts = Counter(each.text for each in answers)
    most = max(counts.values())
    return next(each for each in answers if counts[each.text] == most)


class Refining:
    """A kernel that is asked again with its own answer, so many times.

    `beyond`: what that cost. It is not part of what the harness asks, whose budget may not allow for it.
    """

    def __init__(self, kernel: Kernel, looks: int) -> None:
        self.name = kernel.name
        self.beyond = Usage()
        self._kernel = kernel
        self._looks = looks

    async def answer(self, request: Request) -> Answer:
        """The last answer that is not refused; corrections are asked once."""
        answer = await self._kernel.answer(request)
        if request.correction is not None or request.kind == "keywords":
            return answer
        for _ in range(self._looks):
            turn = Turn(answer.text, bool(answer.refused), answer.refused or LOOK_AGAIN)
            asked = replace(request, trajectory=(*request.trajectory, turn))
            again = await self._kernel.answer(asked)
            self.beyond += again.usage
            answer = replace(answer if again.refused else again, usage=answer.usage)
        return answer

    async def close(self) -> None:
        """Whoever owns the kernel closes it."""

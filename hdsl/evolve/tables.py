"""The two tables of an evolution: what was found beside its controls, at equal calls in all and an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hdsl.evolve.candidate import Candidate
from hdsl.evolve.controls import (
    MOST_ANSWERS,
    MOST_EPOCHS,
    MOST_LOOKS,
    Ground,
    Measured,
    refined,
    trained_longer,
    voted,
)
from hdsl.evolve.search import Search
from hdsl.evolve.trial import Answered, mean, scored_on
from hdsl.experience.training_data import Example

EVOLVED, UNEDITED, RANDOM = "evolved", "unedited, trained", "random edits"


@dataclass(frozen=True, slots=True)
class Tables:
    """What was measured: the evolved graph first, then its controls."""

    in_all: tuple[Measured, ...]
    """At equal calls in all: each control was given the calls of the search too."""
    an_answer: tuple[Measured, ...]
    """At equal calls an answer."""

    @property
    def evolved(self) -> Measured:
        """The graph that was kept."""
        return self.in_all[0]

    @property
    def winner(self) -> Measured:
        """What loses least on the examples; of equals what costs least to answer, the unedited graph before others."""
        unedited = (*self.in_all[1:-1], *self.an_answer[1:-1])
        every = (*unedited, self.in_all[0], self.in_all[-1])
        return min(every, key=lambda each: (round(each.loss, 9), round(each.calls_an_answer, 6)))

    @property
    def recommended(self) -> str:
        """What to use, in one sentence."""
        winner, evolved = self.winner, self.evolved
        if winner.name == EVOLVED:
            return "the evolved graph is the best of these"
        if winner.loss < evolved.loss - 1e-9:
            return f"a control wins: use `{winner.name}` (loss {winner.loss:.4f}, the evolved graph {evolved.loss:.4f})"
        return f"no better than a control: `{winner.name}` loses as little and costs no more"

    def as_json(self) -> dict[str, Any]:
        """Both tables as plain data."""
        base = next((each for each in self.an_answer if each.name == UNEDITED), self.evolved)
        return {
            "equal_calls_in_all": [each.as_json(base) for each in self.in_all],
            "equal_calls_an_answer": [each.as_json(base) for each in self.an_answer],
            "recommended": self.recommended,
        }


def tables_of(
    search: Search,
    chance: Search,
    examples: Sequence[Example] | None = None,
    scope: str = "",
    most_answers: int = MOST_ANSWERS,
    most_epochs: int = MOST_EPOCHS,
) -> Tables:
    """Both tables of a search that has ended, and of the random one that had its calls.

    `examples`: what to measure on; None: the held-out examples of the search, of which the outcomes are known. Raises
    what running raises.
    """
    root, best = search.root, search.best
    spent = search.usage.calls + search.proposer.usage.calls
    measured_on = tuple(search.validation if examples is None else examples)
    first = root.outcomes[0]
    ground = Ground(
        root.program, search.kernel, search.setting, first.tables, measured_on, first.training.calls,
        f"controls{scope}",
    )  # fmt: skip
    evolved = _of(search, best, EVOLVED, examples, spent, scope)
    unedited = _of(search, root, UNEDITED, examples, first.calls, scope)
    edited = _of(chance, chance.best, RANDOM, examples, chance.usage.calls, scope)
    left = max(0, spent - first.training.calls)
    answering = max(1.0, root.calls * len(measured_on))
    votes = _odd(min(most_answers, max(1, int(left / answering))))
    looks = min(MOST_LOOKS, max(1, int(left / answering) - 1))
    epochs = search.setting.epochs
    once = max(1.0, first.training.calls / epochs)
    longer = max(epochs, min(most_epochs * epochs, int((spent - answering) / once)))
    ratio = max(1, round(best.calls / root.calls)) if root.calls else 1
    return Tables(
        (
            evolved,
            trained_longer(ground, longer, search.rules.seed * 100),
            voted(ground, votes),
            refined(ground, looks),
            edited,
        ),
        (
            evolved,
            unedited,
            replace(unedited, name="best of 1 by vote") if ratio == 1 else voted(ground, ratio),
            replace(unedited, name="refined 0 times") if ratio == 1 else refined(ground, ratio - 1),
            edited,
        ),
    )


def _of(
    search: Search, candidate: Candidate, name: str, examples: Sequence[Example] | None, calls: int, scope: str
) -> Measured:
    """A graph with the tables of each of its trials, on the examples; losses are the mean over the trials."""
    outcomes = candidate.outcomes
    if examples is None:
        return Measured(name, calls, candidate.calls, _together([each.after for each in outcomes]))
    found = []
    asked = 0
    for number, outcome in enumerate(outcomes):
        place = f"{candidate.digest}, trial {number}{scope}"
        answered, usage = scored_on(candidate.program, search.kernel, search.setting, outcome.tables, examples, place)
        found.append(answered)
        asked += usage.calls
    return Measured(name, calls, asked / max(1, len(found) * len(examples)), _together(found))


def _together(answered: Sequence[tuple[Answered, ...]]) -> tuple[Answered, ...]:
    return tuple(
        Answered(each[0].line, mean([one.loss for one in each]), each[0].text) for each in zip(*answered, strict=True)
    )


def _odd(number: int) -> int:
    """A number of votes that cannot be equal."""
    return number if number % 2 else max(1, number - 1)

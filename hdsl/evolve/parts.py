"""The three parts of the data: what is trained on, what judges candidates, and what nobody looks at until the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from hdsl.experience.training_data import Example
from hdsl.ground.errors import HdslError

VALID, SEALED = 0.3, 0.25
"""The share that judges where the train block keeps none, and the share that is sealed."""


class TooFewExamples(HdslError):  # noqa: N818 - says what it is
    """The data is too small to be divided in three."""


class Sealed:
    """Examples that can be counted, and are given out once to whoever opens them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.__examples = tuple(examples)

    def __len__(self) -> int:
        return len(self.__examples)

    @property
    def digest(self) -> str:
        """What they are, as a hash that tells nothing of them."""
        return sha256(repr(sorted(map(repr, self.__examples))).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def hashes(self) -> frozenset[str]:
        """A hash of each, the same wherever in whichever file the example stands."""
        return frozenset(
            sha256(_content(each).encode("utf-8", "surrogatepass")).hexdigest() for each in self.__examples
        )

    def opened(self) -> tuple[Example, ...]:
        """The examples."""
        return self.__examples


def _content(example: Example) -> str:
    return repr((sorted(example.inputs.items()), example.expected, sorted(example.at.items())))


@dataclass(frozen=True, slots=True)
class Parts:
    """The data of an evolution, divided by a seed."""

    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    sealed: Sealed


def divided(examples: Sequence[Example], valid: float, sealed: float, seed: int) -> Parts:
    """Examples in three parts: `sealed` of all, `valid` of the rest. TooFewExamples where a part would be empty."""
    order = list(range(len(examples)))
    Random(f"evolution {seed}").shuffle(order)
    closed = round(len(examples) * sealed)
    judging = round((len(examples) - closed) * valid)
    if min(closed if sealed else 1, judging, len(examples) - closed - judging) < 1:
        raise TooFewExamples(
            f"{len(examples)} examples are too few to train on, to judge by and to seal: an evolution needs at least 8"
        )
    parts = (order[:closed], order[closed : closed + judging], order[closed + judging :])
    hidden, validation, training = (tuple(examples[number] for number in sorted(part)) for part in parts)
    return Parts(training, validation, Sealed(hidden))

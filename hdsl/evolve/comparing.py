"""A candidate beside its parent, in pairs: the same examples, several seeds, and how sure the difference is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from random import Random

from hdsl.evolve.trial import Outcome, mean

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a candidate gains. `differences`: for each held-out example the parent's loss less its own, over seeds."""

    differences: tuple[float, ...]

    @property
    def gain(self) -> float:
        """The mean difference: over 0 where the candidate is better."""
        return mean(self.differences)

    @property
    def better(self) -> int:
        """How many examples it answers better."""
        return sum(each > 0 for each in self.differences)

    @property
    def worse(self) -> int:
        """How many examples it answers worse."""
        return sum(each < 0 for each in self.differences)

    @property
    def chance(self) -> float:
        """How likely it is that so many of the examples that differ are better where better and worse are alike."""
        differ = self.better + self.worse
        return sum(comb(differ, count) for count in range(self.better, differ + 1)) / 2**differ if differ else 1.0

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """The gain's 95 % interval, by resampling examples."""
        return interval(self.differences, seed)


def compared(parent: Sequence[Outcome], child: Sequence[Outcome]) -> Comparison:
    """The comparison over the seeds that both have, which are the first of each."""
    seeds = min(len(parent), len(child))
    losses = [[[each.loss for each in outcome.after] for outcome in outcomes[:seeds]] for outcomes in (parent, child)]
    before, after = ([mean(example) for example in zip(*each, strict=True)] for each in losses)
    return Comparison(tuple(one - other for one, other in zip(before, after, strict=True)))


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a mean, by resampling."""
    if not values:
        return 0.0, 0.0
    chance = Random(f"interval {seed}")
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def level(number: int, alpha: float = 0.05) -> float:
    """How unlikely the result of the test of this number (from 1) must be: all tests together stay under `alpha`."""
    return alpha / (number * (number + 1))

"""A candidate beside its parent, in pairs: the same examples, several seeds, and how sure the difference is."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from random import Random
from statistics import NormalDist

from hdsl.evolve.trial import Outcome, mean

RESAMPLES = 2000
WORST = 1.0
"""The loss of an answer that is all wrong."""
_COARSE, _FINE, _SLOTS = 12, 240, 20_000
"""Into how many steps the largest difference is divided, by how many there are: halves, thirds, quarters stay exact."""
_EXACT = 1000
"""From so many examples on the sum of the differences is as good as normally distributed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a candidate gains. `differences`: for each held-out example the parent's loss less its own, over seeds."""

    differences: tuple[float, ...]
    before: tuple[float, ...] = ()
    """The parent's losses themselves."""

    @property
    def telling(self) -> int:
        """How many examples could turn worse: one that is all wrong already says nothing of what is left out."""
        return sum(each < WORST for each in self.before)

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
        """How likely so large a gain is where each example that differs might as well be as much worse as it is better.

        By all ways to choose the signs of the differences: one that holds in every trial counts for more than one that
        comes and goes.
        """
        return _chance(self.differences)

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """The gain's 95 % interval, by resampling examples."""
        return interval(self.differences, seed)


def _chance(differences: Sequence[float]) -> float:
    largest = max(map(abs, differences), default=0.0)
    if not largest:
        return 1.0
    if len(differences) > _EXACT:
        return 1.0 - NormalDist().cdf(sum(differences) / sqrt(sum(each**2 for each in differences)))
    fineness = max(_COARSE, min(_FINE, _SLOTS // len(differences)))
    steps = [round(each / largest * fineness) for each in differences]
    sizes = [abs(each) for each in steps if each]
    wanted = sum(each for each in steps if each > 0)
    # By the sum of what is positive, in how many ways signs give it: the digits of one large number.
    digit = len(sizes) // 8 + 1
    ways = 1
    for size in sizes:
        ways += ways << (8 * digit * size)
    digits = ways.to_bytes((sum(sizes) + 1) * digit, "little")
    found = sum(
        int.from_bytes(digits[place : place + digit], "little") for place in range(wanted * digit, len(digits), digit)
    )
    return float(Fraction(found, 1 << len(sizes)))


def compared(parent: Sequence[Outcome], child: Sequence[Outcome]) -> Comparison:
    """The comparison over the seeds that both have, which are the first of each."""
    seeds = min(len(parent), len(child))
    losses = [[[each.loss for each in outcome.after] for outcome in outcomes[:seeds]] for outcomes in (parent, child)]
    before, after = ([mean(example) for example in zip(*each, strict=True)] for each in losses)
    return Comparison(tuple(one - other for one, other in zip(before, after, strict=True)), tuple(before))


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

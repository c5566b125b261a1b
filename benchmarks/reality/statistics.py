"""What can be said of so few questions: intervals, paired differences, how well two kinds are told apart."""

import random
from collections.abc import Sequence
from math import sqrt

_Z = 1.96
_RESAMPLED = 2_000


def wilson(right: int, asked: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not asked:
        return 0.0, 1.0
    share, spread = right / asked, _Z * _Z / asked
    middle = (share + spread / 2) / (1 + spread)
    width = _Z / (1 + spread) * sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return max(0.0, middle - width), min(1.0, middle + width)


def paired_difference(ours: Sequence[bool], theirs: Sequence[bool]) -> tuple[float, float, float]:
    """How much more often ours is right on the same questions, and the bootstrap's 95 % interval of it."""
    source = random.Random(0)
    differences = [int(left) - int(right) for left, right in zip(ours, theirs, strict=True)]
    count = len(differences)
    means = sorted(sum(source.choices(differences, k=count)) / count for _ in range(_RESAMPLED))
    return sum(differences) / count, means[int(0.025 * _RESAMPLED)], means[int(0.975 * _RESAMPLED)]


def auroc(within: Sequence[float], outside: Sequence[float]) -> float:
    """How often a question that has an answer is surer than one that has none; ties count half."""
    wins = sum((left > right) + (left == right) / 2 for left in within for right in outside)
    return wins / (len(within) * len(outside))


def edit_distance(left: str, right: str) -> int:
    """Insertions, deletions and replacements of characters."""
    row = list(range(len(right) + 1))
    for number, one in enumerate(left, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(right, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (one != other))
    return row[-1]

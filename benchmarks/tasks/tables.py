"""Tables of what was answered, with intervals."""

import random
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.tasks.learning import Scores
from hdsl.tasks.model import KINDS

MEASURES: Mapping[str, tuple[str, ...]] = {
    "masked": ("exact", "alike", "tests"),
    "docstring": ("told", "alike"),
    "code": ("tests", "alike"),
    "tests": ("worth",),
    "stack": ("run", "frames", "raises", "branch", "hits"),
}
FEW = ("local, before", "local, trained")
"""Arms that are asked the first tasks of each repository alone."""
_RESAMPLED = 2_000
_DIGITS = 5
"""What a true answer is worth is kept with six."""


def interval(measured: Sequence[float]) -> tuple[float, float, float]:
    """The mean and the bootstrap's 95 % interval of it; of values that are all the same 0 or 1, Wilson's."""
    values = [round(value, _DIGITS) for value in measured]
    count = len(values)
    mean = sum(values) / count
    if len(set(values)) == 1 and mean in (0.0, 1.0):
        spread = 1.96**2 / count
        edge = spread / (1 + spread)
        return (mean, 0.0, edge) if mean == 0 else (mean, 1 - edge, 1.0)
    source = random.Random(0)
    means = sorted(sum(source.choices(values, k=count)) / count for _ in range(_RESAMPLED))
    return mean, means[int(0.025 * _RESAMPLED)], means[int(0.975 * _RESAMPLED) - 1]


def kind_table(kind: str, found: Mapping[str, Mapping[str, Sequence[Scores]]]) -> Iterator[str]:
    """A kind's table over all repositories. `found`: by arm and repository the scores of its sealed tasks.

    Arms that were asked few tasks are left to `few_table`.
    """
    measures = MEASURES[kind]
    yield f"| | {' | '.join(measures)} | n |"
    yield f"|---{'|---' * len(measures)}|---|"
    for arm, by_repository in found.items():
        if arm in FEW:
            continue
        together = [scores for each in by_repository.values() for scores in each]
        cells = [_cell([scores[measure] for scores in together if measure in scores]) for measure in measures]
        yield f"| {arm} | {' | '.join(cells)} | {len(together)} |"


def few_table(found: Mapping[str, Mapping[str, Mapping[str, Sequence[Scores]]]], arms: Sequence[str]) -> Iterator[str]:
    """For each measure the arms of FEW, and others on the same tasks: the first ones of each repository."""
    yield f"| | {' | '.join((*arms, *FEW))} | n |"
    yield f"|---{'|---' * len((*arms, *FEW))}|---|"
    for kind in KINDS:
        by_arm = found.get(kind, {})
        few = {name: len(scores) for name, scores in by_arm.get(FEW[-1], {}).items()}
        for measure in MEASURES[kind] if few else ():
            cells = []
            for arm in (*arms, *FEW):
                asked = [each for name, most in few.items() for each in by_arm.get(arm, {}).get(name, ())[:most]]
                cells.append(_cell([each[measure] for each in asked if measure in each]))
            yield f"| {kind} ({measure}) | {' | '.join(cells)} | {sum(few.values())} |"


def repository_table(
    found: Mapping[str, Mapping[str, Mapping[str, Sequence[Scores]]]], arms: Sequence[str]
) -> Iterator[str]:
    """For each kind and repository the first measure of some arms. `found`: by kind, arm and repository."""
    yield f"| | {' | '.join(arms)} | n |"
    yield f"|---{'|---' * len(arms)}|---|"
    for kind in KINDS:
        by_arm = found.get(kind, {})
        measure = "alike" if kind == "masked" else MEASURES[kind][0]
        for name in dict.fromkeys(name for each in by_arm.values() for name in each):
            chosen = [by_arm.get(arm, {}).get(name, ()) for arm in arms]
            cells = [_cell([each[measure] for each in scores if measure in each]) for scores in chosen]
            yield f"| {kind} ({measure}), {name} | {' | '.join(cells)} | {max(map(len, chosen))} |"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    mean, low, high = interval(values)
    return f"{mean:.2f} ({low:.2f}–{high:.2f})"

"""The tables of the bench, made of the results of its instances; gains with 95 % intervals clustered by family."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from statistics import mean

from benchmarks.evolution.asking import SCRIPTED
from benchmarks.evolution.measuring import CLOSED, CONTROLS, GAP, PATIENCE, Result

RESAMPLES, MARGIN = 2000, 0.01
TOTAL = "all"


def report(results: Sequence[Result]) -> Iterator[str]:
    """All that is known so far, as lines."""
    drawn = [each for each in results if not each.task.none]
    planted = [each for each in drawn if each.controls]
    for wrong in sorted({each.task.wrong for each in planted}):
        yield ""
        yield from _families([each for each in planted if each.task.wrong == wrong], wrong)
    scripted = [each for each in planted if each.kernel == SCRIPTED]
    if scripted:
        yield ""
        yield from _summary(scripted)
    if len(planted) > len(scripted):
        yield ""
        yield from _paired([each for each in planted if each.kernel != SCRIPTED])
    if len(drawn) > len(planted):
        yield ""
        yield from _without(drawn)
    none = [each for each in results if each.task.none]
    if none:
        yield ""
        yield from _false(none)


def _families(results: Sequence[Result], wrong: float) -> Iterator[str]:
    yield f"{wrong:.0%} wrong labels to learn from and to judge by; losses on sealed questions with clean labels"
    yield ""
    yield "| family | before | evolved | best graph | best control | solved in | random edits | kept |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in results:
        control = min(CONTROLS, key=lambda name: each.controls[name])
        by_chance = f"{each.random_solved_in:,}" if each.random_solved_in else f"not in {each.random_calls:,}"
        yield (
            f"| {each.task.family} | {each.before:.3f} | {each.evolved:.3f} | {each.best or 0.0:.3f} | "
            f"{each.controls[control]:.3f} ({control}) | {f'{each.solved_in:,}' if each.solved_in else 'not'} | "
            f"{by_chance} | {', '.join(f'`{kind}`' for kind in each.kinds) or '-'} |"
        )


def _paired(results: Sequence[Result]) -> Iterator[str]:
    """What each search gains over each control on the same questions, with intervals over the different ones."""
    yield f"| what `{results[0].kernel}` gains over, points | {' | '.join(CONTROLS)} | calls of the search |"
    yield f"|---|{'---|' * len(CONTROLS)}---|"
    for each in results:
        gains = (each.paired[name] for name in CONTROLS)
        told = " | ".join(f"{100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})" for gain, low, high in gains)
        yield f"| {each.task.family} | {told} | {each.calls:,} |"


def _summary(results: Sequence[Result]) -> Iterator[str]:
    shares = sorted({each.task.wrong for each in results})
    yield f"| | {' | '.join(f'{share:.0%} wrong labels' for share in shares)} | {TOTAL} |"
    yield f"|---|{'---|' * (len(shares) + 1)}"
    groups = [[each for each in results if each.task.wrong == share] for share in shares] + [list(results)]

    def row(name: str, told: Callable[[Sequence[Result]], str]) -> str:
        return f"| {name} | {' | '.join(told(group) for group in groups)} |"

    yield row(f"solved (at least {CLOSED:.0%} of the gap closed)", lambda some: _share(some, lambda e: e.solved_in))
    yield row(f"of these: random edits do not in {PATIENCE} times the calls", _no_luck)
    yield row("solved by random edits in their calls", lambda some: _share(some, lambda e: e.random_solved_in))
    for name in CONTROLS:
        yield row(f"gain over {name}, points", partial(_gain, control=_control(name)))
    yield row("gain over the best control, points", lambda some: _gain(some, lambda e: min(e.controls.values())))
    yield row(
        "gain over the best control at equal calls an answer, points",
        lambda some: _gain(some, lambda e: min(e.an_answer.values())),
    )
    yield row("worst family against the unedited graph, points", _worst)
    yield row("node with the fault blamed first", lambda some: _share(some, lambda e: e.blamed_first))
    yield row("right kind of edit proposed first", lambda some: _share(some, lambda e: e.named_first))
    yield row("proposals that check", lambda some: f"{sum(e.checked for e in some)}/{sum(e.proposed for e in some)}")
    yield row("Brier skill of the predictions", _skill)
    yield row("mean calls of a search", lambda some: f"{mean(e.calls for e in some):,.0f}")


def _control(name: str) -> Callable[[Result], float]:
    """The loss of a control."""
    return lambda result: result.controls[name]


def _share(results: Sequence[Result], holds: Callable[[Result], object]) -> str:
    count = sum(bool(holds(each)) for each in results)
    return f"{count}/{len(results)} ({count / len(results):.0%})"


def _no_luck(results: Sequence[Result]) -> str:
    solved = [each for each in results if each.solved_in]
    slow = sum(
        not each.random_solved_in or each.random_solved_in >= PATIENCE * (each.solved_in or 0) for each in solved
    )
    return f"{slow}/{len(solved)}"


def _gain(results: Sequence[Result], control: Callable[[Result], float]) -> str:
    by_family: defaultdict[str, list[float]] = defaultdict(list)
    for each in results:
        by_family[each.task.family].append(100 * (control(each) - each.evolved))
    groups = list(by_family.values())
    chance = random.Random("clusters")
    means = sorted(
        mean(gain for group in chance.choices(groups, k=len(groups)) for gain in group) for _ in range(RESAMPLES)
    )
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return f"{mean(gain for group in groups for gain in group):+.1f} ({low:+.1f} to {high:+.1f})"


def _worst(results: Sequence[Result]) -> str:
    worst = min(results, key=lambda each: each.before - each.evolved)
    return f"{100 * (worst.before - worst.evolved):+.1f} ({worst.task.family})"


def _skill(results: Sequence[Result]) -> str:
    score, base = (sum(each.predictions[place] for each in results) for place in (1, 2))
    return f"{1 - score / base:+.2f}" if base else "-"


def _without(drawn: Sequence[Result]) -> Iterator[str]:
    """The instances that were drawn and have nothing to find."""
    left_out = [each for each in drawn if not each.controls]
    names = ", ".join(f"{each.task.family} ({each.task.wrong:.0%} wrong labels)" for each in left_out)
    yield (
        f"In {len(left_out)} of {len(drawn)} drawn instances the best graph is not better than the faulty one by "
        f"{100 * GAP:.0f} points; the next seed was drawn instead: {names}"
    )


def is_better(result: Result) -> bool:
    """Whether each edit that was kept is better by more than a point on the sealed questions; some was."""
    losses = [result.before, *result.steps]
    return bool(result.steps) and all(after < before - MARGIN for before, after in pairwise(losses))


def _false(results: Sequence[Result]) -> Iterator[str]:
    kept = [each for each in results if each.kinds]
    mistakes = [each for each in kept if not is_better(each)]
    right = len(kept) - len(mistakes)
    yield (
        f"{len(results)} graphs without a planted fault: in {right} each edit that was kept is better by more than a "
        f"point on the sealed questions. Of the {len(results) - right} others an edit was kept in {len(mistakes)}, and "
        f"{sum(each.evolved > each.before + MARGIN for each in kept)} "
        "are worse by more than a point"
    )
    for each in kept:
        told = ", ".join(f"`{kind}`" for kind in each.kinds)
        losses = " → ".join(f"{loss:.3f}" for loss in (each.before, *each.steps))
        yield (
            f"- {'better' if is_better(each) else 'NOT BETTER'}: {each.task.family}, seed {each.task.seed}, "
            f"{each.task.wrong:.0%} wrong labels: {told}, loss {losses}"
        )

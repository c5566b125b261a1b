"""The tables of the lab as markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.lab.kept import Results
from benchmarks.lab.learners import Learner
from benchmarks.lab.scoring import Score
from benchmarks.lab.tasks import TITLES, make_task

CHAINED = ("g1", "g2")
ALONE = tuple(name for name in TITLES if name not in CHAINED)
TARGETS = {"a": "1.00 / 61", "b": "1.00 / 78", "c": "1.00", "d": "1.00", "e": "0.92"}


def lines(learners: Sequence[Learner], results: Results, seeds: Mapping[str, int]) -> Iterator[str]:
    """What the tasks are, accuracy and calls, innocent rows, and the chained nodes."""
    yield from (f"- **{name}**: {title}{_seeds(seeds[name])}" for name, title in TITLES.items())
    yield ""
    yield "Final accuracy / model calls to 95 %:"
    yield ""
    yield from _head(["", *ALONE])
    yield _row("*target for hdsl, not validated*", [TARGETS.get(name, "") for name in ALONE])
    yield from _rows(learners, results, ALONE, reached)
    yield ""
    yield "Rows that were right and were changed or dropped, of all rows that were changed:"
    yield ""
    yield from _head(["", *ALONE])
    yield from _rows(learners, results, ALONE, innocent)
    yield ""
    yield "Two chained nodes of which one is wrong: accuracy / calls to 95 %, and the edits on the guilty node:"
    yield ""
    yield from _head(["", *(f"{name}{what}" for name in CHAINED for what in ("", ", on the guilty"))])
    yield _row("*target for hdsl*", ["", "≥ 90 %"] * len(CHAINED))
    for learner in learners:
        cells = [_shown(results, learner, name, show) for name in CHAINED for show in (reached, _guilty(name))]
        yield _row(learner.title, cells)


def reached(scores: Sequence[Score]) -> str:
    """Mean accuracy, and mean calls to 95 % with the least and the most, or how many seeds came so far."""
    accuracy = f"{sum(score.accuracy for score in scores) / len(scores):.2f}"
    calls = [score.calls_to_reach for score in scores if score.calls_to_reach is not None]
    if not calls:
        return f"{accuracy} / –"
    mean = f"{sum(calls) / len(calls):.0f}"
    if len(calls) < len(scores):
        return f"{accuracy} / {mean} in {len(calls)} of {len(scores)}"
    return f"{accuracy} / {mean}" + (f" ({min(calls)}–{max(calls)})" if min(calls) < max(calls) else "")


def innocent(scores: Sequence[Score]) -> str:
    """Edits on rows that were right, of all edits, over all seeds."""
    return f"{sum(score.innocent_rows for score in scores)} of {sum(sum(score.edits) for score in scores)}"


def _guilty(name: str) -> Callable[[Sequence[Score]], str]:
    guilty = make_task(name).guilty or 0

    def show(scores: Sequence[Score]) -> str:
        hit, all_edits = sum(score.edits[guilty] for score in scores), sum(sum(score.edits) for score in scores)
        return f"{hit} of {all_edits}" + (f" ({100 * hit / all_edits:.0f} %)" if all_edits else "")

    return show


def _rows(
    learners: Sequence[Learner], results: Results, names: Sequence[str], show: Callable[[Sequence[Score]], str]
) -> Iterator[str]:
    for learner in learners:
        yield _row(learner.title, [_shown(results, learner, name, show) for name in names])


def _shown(results: Results, learner: Learner, name: str, show: Callable[[Sequence[Score]], str]) -> str:
    cell = results.get((learner.title, name), "not run")
    return cell if isinstance(cell, str) else show(cell)


def _head(cells: Sequence[str]) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
    yield "|" + "---|" * len(cells)


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {' | '.join((title, *cells))} |"


def _seeds(count: int) -> str:
    return f" ({count} seeds)" if count > 1 else ""

"""What a training shows: its progress on a terminal, and in the end what was learned."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hdsl.cli.asking_options import cost_of
from hdsl.cli.output import on_terminal, tell
from hdsl.experience.row_changes import Rows
from hdsl.learn.curve import CSV, PNG
from hdsl.learn.run_folder import Step
from hdsl.learn.training import Training, Watch
from hdsl.run.record import usage_as_json


@contextmanager
def watching(training: Training, is_reviewed: bool) -> Iterator[Watch]:
    """Who is told of each step: a progress bar where stderr is a terminal on which nothing is asked, else lines."""
    if on_terminal(sys.stderr) and not is_reviewed:
        with _bar(training) as watch:
            yield watch
    else:
        yield _lines(training)


@contextmanager
def _bar(training: Training) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}  {task.fields[calls]} calls"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(
            "", total=_count(training), completed=len(training.steps), loss="–", calls=training.calls
        )

        def watch(step: Step) -> None:
            progress.update(
                bar,
                description=f"epoch {step.epoch + 1}/{training.work.choices.epochs}",
                completed=step.number,
                loss=f"{step.loss:.4f}",
                calls=training.calls + training.reflections,
            )

        yield watch


def _lines(training: Training) -> Watch:
    batches = _batches(training)

    def watch(step: Step) -> None:
        if step.batch == batches - 1:
            validation = "" if training.validation is None else f", validation {training.validation:.4f}"
            calls = training.calls + training.reflections
            loss = training.epoch_loss(step.epoch)
            tell(f"epoch {step.epoch + 1}: loss {loss:.4f}{validation}, {calls} model calls")

    return watch


def summary(training: Training, seconds: float) -> str:
    """What was learned, in lines."""
    steps = training.steps
    taken_back = sum(1 for step in steps if not step.is_kept)
    lines = [
        f"{training.work.choices.harness}: {_of(len(_epochs(training)), 'epoch')}, {_of(len(steps), 'step')}"
        + (f", {taken_back} taken back" if taken_back else "")
        + f"; loss {_arrow(_epochs(training))}"
        + (
            f"; validation {_arrow([training.start.validation, training.validation])}"
            if training.validation is not None
            else ""
        )
    ]
    lines.append(
        f"  {_of(training.calls, 'model call')}, {_of(training.reflections, 'reflection')}"
        f"{cost_of(training.usage)}, {seconds:.1f} s; record: runs/{training.record.id} ({CSV}, {PNG})"
    )
    for key, (added, changed, dropped) in learned(training).items():
        lines.append(f"  {key}: {_of(added, 'row')} added, {changed} changed, {dropped} dropped")
    return "\n".join(lines)


def summary_as_json(training: Training, seconds: float) -> dict[str, Any]:
    """What was learned, as plain data."""
    return {
        "run": training.record.id,
        "harness": training.work.choices.harness,
        "epochs": [round(loss, 6) for loss in _epochs(training)],
        "validation": [training.start.validation, training.validation],
        "steps": len(training.steps),
        "taken_back": sum(1 for step in training.steps if not step.is_kept),
        "calls": training.calls,
        "reflections": training.reflections,
        "usage": usage_as_json(training.usage),
        "seconds": round(seconds, 3),
        "tables": {
            key: {"rows": len(training.module.rows()[key]), "added": added, "changed": changed, "dropped": dropped}
            for key, (added, changed, dropped) in learned(training).items()
        },
    }


def learned(training: Training) -> dict[str, tuple[int, int, int]]:
    """For each table how many rows were added, changed and dropped."""
    now = training.module.rows()
    return {key: _compared(before, now[key]) for key, before in training.start.tables.items()}


def _compared(before: Rows, after: Rows) -> tuple[int, int, int]:
    changed = sum(1 for old, new in zip(before, after, strict=False) if old != new)
    return max(len(after) - len(before), 0), changed, max(len(before) - len(after), 0)


def _epochs(training: Training) -> list[float]:
    return [training.epoch_loss(epoch) for epoch in sorted({step.epoch for step in training.steps})]


def _batches(training: Training) -> int:
    return -(-len(training.training) // training.work.choices.batch)


def _count(training: Training) -> int:
    return _batches(training) * training.work.choices.epochs


def _arrow(losses: Sequence[float | None]) -> str:
    ends = (losses[0], losses[-1]) if len(losses) > 1 else losses
    shown = [f"{loss:.4f}" for loss in ends if loss is not None]
    return " → ".join(shown) or "–"


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"

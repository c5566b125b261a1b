"""The loss curve of a training: `loss.csv`, a line a step, and `loss.png`."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from hdsl.ground.files import write_atomically
from hdsl.learn.run_folder import Step

CSV, PNG = "loss.csv", "loss.png"
WIDTH = ("step", "epoch", "batch", "examples", "loss", "validation", "kept", "calls", "reflections")


def write_curve(folder: Path, steps: Sequence[Step], title: str, first_validation: float | None) -> None:
    """Writes both files whole."""
    write_atomically(folder / CSV, _as_csv(steps).encode())
    write_atomically(folder / PNG, _as_png(steps, title, first_validation))


def _as_csv(steps: Sequence[Step]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(WIDTH)
    for step in steps:
        validation = "" if step.validation is None else f"{step.validation:.6f}"
        row = (step.number, step.epoch, step.batch, len(step.lines), f"{step.loss:.6f}", validation)
        writer.writerow((*row, "yes" if step.is_kept else "no", step.calls, step.reflections))
    return text.getvalue()


def _as_png(steps: Sequence[Step], title: str, first_validation: float | None) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(
        [step.number for step in steps], [step.loss for step in steps], marker=".", label="training, before the step"
    )
    kept = [(step.number, step.validation) for step in steps if step.is_kept and step.validation is not None]
    if first_validation is not None:
        kept.insert(0, (0, first_validation))
    if kept:
        axes.plot(*zip(*kept, strict=True), marker=".", label="validation, after the step")
    back = [(step.number, step.validation) for step in steps if not step.is_kept and step.validation is not None]
    if back:
        axes.plot(*zip(*back, strict=True), linestyle="", marker="x", color="tab:red", label="taken back")
    axes.set(xlabel="step", ylabel="loss", title=title)
    axes.set_ylim(bottom=0.0)
    axes.grid(alpha=0.3)
    axes.legend()
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=100)
    return image.getvalue()

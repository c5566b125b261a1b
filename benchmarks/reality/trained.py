"""Training on a part's rows by hdsl's own training: what the table, empty before, holds after one epoch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reality.parts import Part
from hdsl.check.entry import checked_module
from hdsl.configuration.settings import Settings
from hdsl.ground.row import Row
from hdsl.kernel.request import Kernel, Usage
from hdsl.learn.run_folder import TrainingRecord
from hdsl.learn.start import Changed, work_of
from hdsl.learn.training import Training
from hdsl.run.record import new_run_folder, redactor_of

_HARNESS = """\
hdsl 1

type Intent {{
{labels}
}}

experience memory: text -> Intent = []

harness classify(question: text[1]) -> Intent[1] {{
  budget(llm_calls=1)

  found: Intent[1] = expert(question, memory, task={task}, topk={topk})
  return found
}}

train classify {{
  data = load("train.jsonl")
  valid = 0
  keep = "always"
  epochs = 1
  batch = 10
}}
"""


@dataclass(frozen=True, slots=True)
class Trained:
    """The rows of a table after a training, and what its questions cost."""

    rows: tuple[Row, ...]
    usage: Usage


def trained(part: Part, kernel: Kernel, topk: int) -> Trained:
    """The training of a classifier on a part's rows, one epoch of steps of ten; closes the kernel."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "classify.hg"
        labels = "\n".join(f"  {json.dumps(label)}," for label in part.labels)
        file.write_text(_HARNESS.format(labels=labels, task=json.dumps(part.task), topk=topk), encoding="utf-8")
        lines = [json.dumps({"question": pair.text, "expected": pair.answer}) for pair in part.rows]
        (folder / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = Settings(kernel=kernel.name, project=folder, runs=folder / "runs")
        work = work_of(*checked_module(file, str(file)), settings, None, Changed())
        record = TrainingRecord(new_run_folder(settings.runs), redactor_of(settings))
        training = Training.begun(work, kernel, record)
        try:
            training.run(lambda step: None)
            [rows] = training.module.rows().values()
            return Trained(tuple(Row(*row) for row in rows), training.usage)
        finally:
            training.close()


def rows_as_text(rows: Sequence[Row]) -> str:
    """Rows as they are kept among the answers."""
    return json.dumps([[row.query, row.key, row.value] for row in rows])


def rows_from_text(text: str) -> tuple[Row, ...]:
    """The same the other way."""
    return tuple(Row(*cells) for cells in json.loads(text))

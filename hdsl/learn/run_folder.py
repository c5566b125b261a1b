"""The record of a training, `runs/ID/`: what it is of, the tables it began with, and every step, as it was made.

The tables at any step follow from it, so a training that was killed goes on from its last whole step.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hdsl.learned.records import (
    StepRecord,
    Vote,
    changes_as_json,
    changes_from_json,
    refused_as_json,
    votes_as_json,
    votes_from_json,
)
from hdsl.learned.row_changes import Rows
from hdsl.run.record import write_json

TRAINING, START, STEPS = "train.json", "start.json", "steps.jsonl"


class ResumeError(Exception):
    """A training cannot be gone on with; the message says why."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a training goes: what a `train` block says, or the command in its place."""

    file: str
    harness: str
    data: str
    loss: str
    valid: float
    keep: str
    epochs: int
    batch: int
    lr: float
    seed: int
    kernel: str
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a training. The record names tables by their keys.

    `loss`: the mean of the examples before the step. `validation`: that of the validation examples after it, None where
    it was not taken. `is_kept`: whether it stayed; one that made validation worse was taken back.
    """

    number: int
    epoch: int
    batch: int
    lines: tuple[int, ...]
    loss: float
    validation: float | None
    is_kept: bool
    calls: int
    reflections: int
    record: StepRecord


@dataclass(frozen=True, slots=True)
class Start:
    """What a training begins with: its tables by key, the votes of earlier ones, the validation loss and its calls."""

    tables: Mapping[str, Rows]
    votes: tuple[Vote, ...] = ()
    validation: float | None = None
    calls: int = 0


def digest(*files: Path) -> str:
    """What files hold, as one hash."""
    found = hashlib.sha256()
    for file in files:
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


class TrainingRecord:
    """The folder of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        """The name of the run."""
        return self.folder.name

    def begin(self, choices: Choices, content: str, start: Start) -> None:
        """Writes what the training is of: its choices, the hash of its files, what it begins with."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tables = {key: [list(row) for row in rows] for key, rows in start.tables.items()}
        votes = votes_as_json(start.votes)
        value = {"tables": tables, "votes": votes, "validation": start.validation, "calls": start.calls}
        write_json(self.folder / START, value)
        write_json(self.folder / TRAINING, {"version": 1, **asdict(choices), "content": content})

    def choices(self) -> Choices:
        """What the training is of. ResumeError where this is no training, or was killed before it began."""
        value = self._begun()
        return Choices(**{"sandbox": False, **{name: value[name] for name in Choices.__slots__ if name in value}})

    def check_content(self, content: str) -> None:
        """ResumeError where the training's files have changed since."""
        if self._begun()["content"] != content:
            raise ResumeError(f"the files of {self.id} have changed since: train anew, what was learned is kept")

    def start(self) -> Start:
        """What the training began with."""
        value = json.loads((self.folder / START).read_text(encoding="utf-8"))
        tables = {key: [(row[0], row[1], row[2]) for row in rows] for key, rows in value["tables"].items()}
        return Start(tables, votes_from_json(value["votes"]), value["validation"], value["calls"])

    def steps(self) -> list[Step]:
        """All whole steps, in order; one that a killed process was writing is not there."""
        try:
            content = (self.folder / STEPS).read_bytes()
        except FileNotFoundError:
            return []
        lines = content.decode("utf-8", "surrogateescape").split("\n")[:-1]
        return [_from_json(json.loads(line)) for line in lines]

    def append(self, step: Step) -> None:
        """Adds a step; it is on disk when this returns."""
        line = json.dumps(_as_json(step), ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
        with (self.folder / STEPS).open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def cut_unfinished(self) -> None:
        """Takes away what a killed process left of a step."""
        path = self.folder / STEPS
        if path.is_file():
            whole = path.read_bytes().rfind(b"\n") + 1
            with path.open("rb+") as file:
                file.truncate(whole)

    def _begun(self) -> dict[str, Any]:
        try:
            value: dict[str, Any] = json.loads((self.folder / TRAINING).read_text(encoding="utf-8"))
        except FileNotFoundError:
            reason = "is no training" if self.folder.is_dir() else "is not there"
            raise ResumeError(f"the run {self.folder} {reason}") from None
        return value


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "step": step.number,
        "epoch": step.epoch,
        "batch": step.batch,
        "lines": list(step.lines),
        "loss": step.loss,
        "validation": step.validation,
        "kept": step.is_kept,
        "calls": step.calls,
        "reflections": step.reflections,
        "changes": changes_as_json(step.record.changes),
        "votes": votes_as_json(step.record.votes),
        "refused": refused_as_json(step.record.refused),
    }


def _from_json(value: Mapping[str, Any]) -> Step:
    record = StepRecord(value["step"], changes_from_json(value["changes"]), votes_from_json(value["votes"]))
    return Step(
        value["step"],
        value["epoch"],
        value["batch"],
        tuple(value["lines"]),
        value["loss"],
        value["validation"],
        value["kept"],
        value["calls"],
        value["reflections"],
        record,
    )

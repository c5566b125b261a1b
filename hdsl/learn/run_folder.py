"""The record of a training, `runs/ID/`: what it is of, the tables it began with, and every step, as it was made.

The tables at any step follow from it, so a training that was killed goes on from its last whole step.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hdsl.experience.records import (
    StepRecord,
    Vote,
    changes_as_json,
    changes_from_json,
    refused_as_json,
    votes_as_json,
    votes_from_json,
)
from hdsl.experience.row_changes import Rows
from hdsl.ground.errors import HdslError
from hdsl.ground.files import make_private_folder, read_regular
from hdsl.ground.json_lines import JsonLinesError, LineLog, read_json_lines
from hdsl.kernel.request import Usage
from hdsl.run.record import usage_as_json, usage_from_json, write_json

TRAINING, START, STEPS = "train.json", "start.json", "steps.jsonl"


class ResumeError(HdslError):
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
    usage: Usage = field(default_factory=Usage)
    """What all of its model calls cost, those of reflections and of the validation too."""


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
    """The folder of one training. `redact` hides secrets in what a kernel answered."""

    def __init__(self, folder: Path, redact: Callable[[str], str] = str) -> None:
        self.folder = folder
        self.redact = redact

    @property
    def id(self) -> str:
        """The name of the run."""
        return self.folder.name

    def begin(self, choices: Choices, content: str, start: Start) -> None:
        """Writes what the training is of: its choices, the hash of its files, what it begins with."""
        make_private_folder(self.folder)
        self.write_start(start)
        write_json(self.folder / TRAINING, {"version": 1, "state": "running", **asdict(choices), "content": content})

    def write_start(self, start: Start) -> None:
        """Writes what the training begins with, again once its validation loss is known."""
        tables = {key: [list(row) for row in rows] for key, rows in start.tables.items()}
        votes = votes_as_json(start.votes)
        value = {"tables": tables, "votes": votes, "validation": start.validation, "calls": start.calls}
        write_json(self.folder / START, value)

    def note_state(self, state: str) -> None:
        """Writes that the training runs, or how it ended."""
        write_json(self.folder / TRAINING, {**self._begun(), "state": state})

    def choices(self) -> Choices:
        """What the training is of. ResumeError where this is not a training, or was killed before it began."""
        value = self._begun()
        value = {"sandbox": False, **value}  # not in the records of before
        for each in fields(Choices):
            name, kind = each.name, (int, float) if each.type is float else (each.type,)
            if type(value.get(name)) not in kind:
                raise ResumeError(f"{self.folder / TRAINING} cannot be read: {name!r} is missing or of another kind")
        return Choices(**{name: value[name] for name in Choices.__slots__})

    def check_content(self, content: str) -> None:
        """ResumeError where the training's files have changed since."""
        if self._begun().get("content") != content:
            raise ResumeError(f"the files of {self.id} have changed since: train anew, what was learned is kept")

    def start(self) -> Start:
        """What the training began with. ResumeError where it cannot be read."""
        path = self.folder / START
        try:
            value = json.loads(read_regular(path))
            tables = {key: [_row(row) for row in rows] for key, rows in value["tables"].items()}
            validation, calls = value["validation"], value["calls"]
            if not isinstance(validation, int | float | None) or not isinstance(calls, int):
                raise TypeError("a validation loss and a number of calls are missing")
            return Start(tables, votes_from_json(value["votes"]), validation, calls)
        except (OSError, *_MALFORMED) as error:
            raise ResumeError(f"{path} cannot be read: {_why(error)}") from None

    def steps(self) -> list[Step]:
        """All whole steps, in order; one that a killed process was writing is not there.

        ResumeError for a line that is not a step.
        """
        path = self.folder / STEPS
        found: list[Step] = []
        try:
            for line in read_json_lines(path):
                step = _from_json(line.value)
                if step.number != len(found) + 1:
                    raise ResumeError(f"{path}:{line.number} is step {step.number}, and not step {len(found) + 1}")
                found.append(step)
        except (OSError, JsonLinesError, *_MALFORMED) as error:
            where = "" if isinstance(error, JsonLinesError) else f"{path}:{len(found) + 1}: "
            raise ResumeError(f"{where}{_why(error)}") from None
        return found

    def append(self, step: Step) -> None:
        """Adds a step; it is on disk when this returns."""
        log = LineLog(self.folder / STEPS, is_durable=True)
        try:
            log.append(_as_json(step))
        finally:
            log.close()

    def _begun(self) -> dict[str, Any]:
        path = self.folder / TRAINING
        try:
            value = json.loads(read_regular(path))
        except (FileNotFoundError, NotADirectoryError):
            reason = "is not a training" if self.folder.is_dir() else "is not there"
            raise ResumeError(f"the run {self.folder} {reason}") from None
        except (OSError, *_MALFORMED) as error:
            raise ResumeError(f"{path} cannot be read: {_why(error)}") from None
        if not isinstance(value, dict):
            raise ResumeError(f"{path} cannot be read: it is not an object")
        return value


_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What plain data that is not what was written gives rise to."""


def _why(error: Exception) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]!r} is missing"
        case OSError(strerror=str(reason)):
            return reason
        case json.JSONDecodeError() | UnicodeDecodeError():
            return "not JSON"
    return str(error)


def _row(value: Any) -> tuple[str, str, str]:
    query, key, answer = value
    if not all(isinstance(text, str) for text in (query, key, answer)):
        raise TypeError("a row is three texts")
    return query, key, answer


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
        "usage": usage_as_json(step.usage),
        "changes": changes_as_json(step.record.changes),
        "votes": votes_as_json(step.record.votes),
        "refused": refused_as_json(step.record.refused),
    }


def _from_json(value: Mapping[str, Any]) -> Step:
    numbers = [value[name] for name in ("step", "epoch", "batch", "calls", "reflections")]
    losses = [value["loss"], *([] if value["validation"] is None else [value["validation"]])]
    is_sound = all(isinstance(number, int) for number in (*numbers, *value["lines"])) and all(
        isinstance(loss, int | float) for loss in losses
    )
    if not is_sound or not isinstance(value["kept"], bool):
        raise TypeError("a step has numbers, losses, and whether it was kept")
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
        usage_from_json(value.get("usage", {})),
    )

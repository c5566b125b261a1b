"""The record of an evolution: how it goes, what its folder in `runs/` holds, and its graph put over its file."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hdsl.evolve.parts import SEALED
from hdsl.evolve.search import Rules
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular, write_atomically
from hdsl.run.record import write_json

RECORD, START, BEST = "evolve.json", "start.hg", "best.hg"


class EvolutionError(HdslError):
    """An evolution cannot be gone on with, applied or opened; the message says why."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How an evolution goes."""

    file: str
    harness: str
    proposer: str = "rules"
    rules: Rules = field(default_factory=Rules)
    sealed: float = SEALED
    allow: tuple[str, ...] = ()
    kernel: str = ""
    sandbox: bool = False

    def as_json(self) -> dict[str, Any]:
        """The choices as plain data."""
        return {**asdict(self), "allow": list(self.allow)}


def choices_from(value: Any) -> Choices:
    """Choices of plain data. EvolutionError for what are none."""
    try:
        rules = Rules(**{each.name: value["rules"][each.name] for each in fields(Rules)})
        given = {each.name: value[each.name] for each in fields(Choices)}
        return Choices(**{**given, "rules": rules, "allow": tuple(value["allow"])})
    except (KeyError, TypeError) as error:
        raise EvolutionError(f"the record of the evolution cannot be read: {error}") from None


class Record:
    """The folder of an evolution."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        """The name of the run."""
        return self.folder.name

    def read(self) -> dict[str, Any]:
        """What is written of it. EvolutionError where there is no evolution."""
        try:
            value = json.loads(read_regular(self.folder / RECORD))
        except FileNotFoundError:
            raise EvolutionError(f"the run {self.folder} is not an evolution, or there is none") from None
        except (ValueError, OSError) as error:
            raise EvolutionError(f"{self.folder / RECORD} cannot be read: {error}") from None
        if not isinstance(value, dict):
            raise EvolutionError(f"{self.folder / RECORD} cannot be read: it is not an object")
        return value

    def choices(self) -> Choices:
        """What was chosen for it."""
        return choices_from(self.read().get("choices"))

    def text(self, name: str) -> str:
        """One of its texts: of the file at the beginning, or of the graph that was kept."""
        try:
            return read_regular(self.folder / name).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EvolutionError(f"{self.folder / name} cannot be read: {error}") from None

    def note(self, **what: Any) -> None:
        """Writes down what is known of it now."""
        known = {}
        with suppress(EvolutionError):
            known = self.read()
        write_json(self.folder / RECORD, {**known, **what})


def apply_best(record: Record, path: Path) -> None:
    """Writes the graph that an evolution kept over its file. EvolutionError where the file is not what it was."""
    before, after = record.text(START), record.text(BEST)
    now = read_regular(path).decode("utf-8", "replace")
    if now == after:
        return
    if now != before:
        raise EvolutionError(f"{path} has changed since {record.id} began: compare it with {record.folder / BEST}")
    write_atomically(path, after.encode("utf-8"))

"""Trials as they end, on disk: none is made twice, and an evolution that was interrupted loses at most the last one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.evolve.trial import Answered, Outcome
from hdsl.ground.files import make_private_folder, read_regular
from hdsl.run.record import usage_as_json, usage_from_json, write_json


@dataclass(frozen=True, slots=True)
class TrialStore:
    """The folder of finished trials. `redact` hides secrets in what a kernel answered."""

    folder: Path
    redact: Callable[[str], str]

    def read(self, key: str) -> Outcome | str | None:
        """What came of a trial: its outcome, or why it ended without one; None where it was not made to its end."""
        try:
            value = json.loads(read_regular(self.folder / f"{key}.json"))
            if "failed" in value:
                return str(value["failed"])
            return Outcome(
                _answered(value["before"]),
                _answered(value["after"]),
                usage_from_json(value["training"]),
                usage_from_json(value["scoring"]),
                _tables(value["tables"]),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, key: str, outcome: Outcome | str) -> None:
        """Keeps what came of a trial. OSError where it cannot be written."""
        make_private_folder(self.folder)
        value: dict[str, Any]
        if isinstance(outcome, str):
            value = {"failed": outcome}
        else:
            value = {
                "loss": outcome.loss,
                "before": _plain(outcome.before),
                "after": _plain(outcome.after),
                "training": usage_as_json(outcome.training),
                "scoring": usage_as_json(outcome.scoring),
                "tables": {key: [list(row) for row in rows] for key, rows in outcome.tables.items()},
            }
        write_json(self.folder / f"{key}.json", value, self.redact)


def _plain(answered: tuple[Answered, ...]) -> list[list[Any]]:
    return [[each.line, each.loss, each.text] for each in answered]


def _answered(value: Any) -> tuple[Answered, ...]:
    return tuple(Answered(int(line), float(loss), str(text)) for line, loss, text in value)


def _tables(value: Mapping[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    return {key: [(row[0], row[1], row[2]) for row in rows] for key, rows in value.items()}

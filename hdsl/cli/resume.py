"""A recorded run to go on from: where it is, and what was asked of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.cli.errors import CommandError
from hdsl.graph.program import Program
from hdsl.graph.types import Type
from hdsl.run.runner import Given


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What `run.json` says was run, with what."""

    folder: Path
    file: str
    harness: str
    kernel: str
    dimensions: Mapping[str, int]
    inputs: Mapping[str, Sequence[str]]
    options: Mapping[str, Any]
    sandbox: bool


def recorded_run(runs: Path, name: str) -> RecordedRun:
    """The run of this name. CommandError where there is none, or none that can be read."""
    folder = runs / name
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return RecordedRun(
            folder,
            record["file"],
            record["harness"],
            record["kernel"],
            record["dims"],
            record["inputs"],
            record["options"],
            record.get("sandbox", False),
        )
    except (FileNotFoundError, NotADirectoryError):
        raise CommandError(f"there is no run {name} in {runs}") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"the record of the run {name} cannot be read: {folder / 'run.json'}") from None


def given_again(program: Program, recorded: RecordedRun) -> Given | None:
    """What a recorded run was given, for this program; None where it takes other inputs, options or dimensions."""
    texts = {each.name for each in program.inputs if isinstance(each.type, Type) and each.type.kind != "session"}
    options = {option.name for option in program.options if option.kind != "dim"}
    known = (set(recorded.inputs), set(recorded.options), set(recorded.dimensions))
    if known != (texts, options, set(program.dimensions)):
        return None
    return Given(recorded.dimensions, recorded.inputs, recorded.options)

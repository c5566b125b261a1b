"""A recorded run to go on from: where it is, and what was asked of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.cli.errors import CommandError
from hdsl.graph.program import Program
from hdsl.graph.types import Type
from hdsl.ground.files import read_regular
from hdsl.ground.secrets import HIDDEN

if TYPE_CHECKING:
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
        record = json.loads(read_regular(folder / "run.json"))
        file, harness, kernel = (_text(record[each]) for each in ("file", "harness", "kernel"))
        dimensions = {_text(each): _number(size) for each, size in _items(record["dims"])}
        inputs = {_text(each): [_text(text) for text in _list(texts)] for each, texts in _items(record["inputs"])}
        options = {_text(each): _value(value) for each, value in _items(record["options"])}
        return RecordedRun(folder, file, harness, kernel, dimensions, inputs, options, record.get("sandbox") is True)
    except (FileNotFoundError, NotADirectoryError):
        raise CommandError(f"there is no run {name} in {runs}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        where = folder / "run.json"
        raise CommandError(f"the record of the run {name} cannot be read: {where}{_why(error)}") from None


def given_again(program: Program, recorded: RecordedRun) -> "Given | None":
    """What a recorded run was given, for this program; None where it takes other inputs, options or dimensions.

    CommandError where a secret was among it, which is in no record.
    """
    from hdsl.run.runner import Given

    texts = {each.name for each in program.inputs if isinstance(each.type, Type) and each.type.kind != "session"}
    options = {option.name for option in program.options if option.kind != "dim"}
    known = (set(recorded.inputs), set(recorded.options), set(recorded.dimensions))
    if known != (texts, options, set(program.dimensions)):
        return None
    for name, given in [*recorded.inputs.items(), *((name, [value]) for name, value in recorded.options.items())]:
        if any(isinstance(text, str) and HIDDEN in text for text in given):
            raise CommandError(f"--{name} held a secret, which the record does not have: give all inputs again")
    return Given(recorded.dimensions, recorded.inputs, recorded.options)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("a size is not a whole number")
    return value


def _value(value: Any) -> str | int | float | bool | None:
    if value is not None and not isinstance(value, str | int | float | bool):
        raise TypeError("an option is not a text, a number, or true or false")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("an input is not a list of texts")
    return value


def _items(value: Any) -> list[tuple[Any, Any]]:
    if not isinstance(value, dict):
        raise TypeError("an object is missing")
    return list(value.items())


def _why(error: Exception) -> str:
    match error:
        case KeyError():
            return f": {error.args[0]!r} is missing"
        case TypeError():
            return f": {error}" if "indices" not in str(error) else ": it is not an object"
        case OSError(strerror=str(reason)):
            return f": {reason}"
    return ": not JSON"

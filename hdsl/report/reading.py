"""A record as far as it can be read: what is missing or damaged is said, and the rest is there."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hdsl.future.status import Status
from hdsl.ground.display import one_line
from hdsl.ground.files import read_regular
from hdsl.run.record import ASKED, GRAPH, RUN, TEXTS, TRACE

LARGEST = 256 << 20
"""Bytes of a file of a record that are read at most."""

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Pull:
    """One element that was evaluated. Times are milliseconds since the run began."""

    node: str
    coordinates: tuple[int, ...]
    started: float
    duration: float
    status: Status
    text: str
    usage: Mapping[str, float]

    @property
    def place(self) -> str:
        """The element that was evaluated, as questions name it."""
        return f"{self.node}{list(self.coordinates)}"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a kernel: the rows that were shown, the prompt, and what came back."""

    place: str
    kind: str
    duration: float
    model: str
    rows: tuple[tuple[str, str, str], ...]
    messages: tuple[tuple[str, str], ...]
    answer: str | None
    refused: str
    usage: Mapping[str, float]


@dataclass(slots=True)
class ReadRun:
    """What can be read of the record of a run. `problems`: what cannot, in sentences."""

    folder: Path
    run: Mapping[str, Any] = field(default_factory=dict)
    graph: Mapping[str, Any] | None = None
    pulls: list[Pull] = field(default_factory=list)
    """In the order in which they ended."""
    questions: list[Question] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_run(folder: Path) -> ReadRun:
    """The record of a run."""
    found = ReadRun(folder)
    found.run = read_object(folder / RUN, found.problems)
    graph = read_object(folder / GRAPH, found.problems) if (folder / GRAPH).exists() else {}
    found.graph = graph if is_graph(graph) else None
    if graph and found.graph is None:
        found.problems.append(f"{GRAPH} is not the graph of a run")
    texts = {}
    for value in read_lines(folder / TEXTS, found.problems, _text):
        texts[value[0]] = value[1]
    missing = "(the text is missing in the record)"

    def text(name: Any) -> str:
        return texts.get(_str(name), missing)

    found.pulls = list(read_lines(folder / TRACE, found.problems, lambda value: _pull(value, text)))
    found.pulls.sort(key=lambda pull: pull.started + pull.duration)
    found.questions = list(read_lines(folder / ASKED, found.problems, lambda value: _question(value, text)))
    return found


def read_object(path: Path, problems: list[str]) -> dict[str, Any]:
    """The object that a JSON file holds; empty where it cannot be read, which is said."""
    try:
        value = _decoded(read_regular(path, LARGEST))
    except FileNotFoundError:
        problems.append(f"{path.name} is missing")
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"{path.name} cannot be read: {_why(error)}")
    else:
        if isinstance(value, dict):
            return value
        problems.append(f"{path.name} cannot be read: it is not an object")
    return {}


def read_lines(path: Path, problems: list[str], make: Callable[[Any], _Made]) -> Iterator[_Made]:
    """What `make` makes of each line; damaged ones are left out and counted. Nothing where there is no file."""
    try:
        rows = read_regular(path, LARGEST).split(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        problems.append(f"{path.name} cannot be read: {_why(error)}")
        return
    damaged: list[int] = []
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            made = make(_decoded(row))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if number < len(rows):  # a last line without an end was being written when the process ended
                damaged.append(number)
        else:
            yield made
    if damaged:
        lines = ", ".join(map(str, damaged[:5])) + (", …" if len(damaged) > 5 else "")
        problems.append(f"{path.name}: {len(damaged)} damaged line{'' if len(damaged) == 1 else 's'} ({lines})")


def _decoded(data: bytes) -> Any:
    """The value of a JSON text. ValueError where it is none, or holds a number that nothing can be computed with."""
    return _DECODER.decode(data.decode("utf-8", "surrogateescape"))


def _number_of(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UnusableNumberError(f"it holds the number {one_line(text, 20)}, which is not finite or too large")
    return number


def _whole_of(text: str) -> int:
    _number_of(text)
    return int(text)


class UnusableNumberError(ValueError):
    """A number beyond what floating-point numbers hold, an infinity or NaN."""


_DECODER = json.JSONDecoder(parse_float=_number_of, parse_int=_whole_of, parse_constant=_number_of)


def is_graph(value: Mapping[str, Any]) -> bool:
    """Whether plain data has what a drawing needs."""
    try:
        return (
            all(map(_is_node, value["nodes"]))
            and all(isinstance(each["name"], str) for each in value["experiences"])
            and isinstance(value["result"], str)
            and isinstance(value["harness"], str)
        )
    except (KeyError, TypeError):
        return False


def _is_node(node: Any) -> bool:
    taken, cases = node["inputs"], node["cases"]
    return (
        all(isinstance(node[name], str) for name in ("path", "operation", "type"))
        and all(isinstance(node[name], list) for name in ("shape", "effects", "inputs", "cases"))
        and all(isinstance(effect, str) for effect in node["effects"])
        and all(isinstance(case, str | None) for case in cases)
        and all(isinstance(each, dict | None) for each in taken)
        and all(isinstance(each.get(name, ""), str) for each in taken if each for name in ("node", "experience"))
        and len(cases) in (0, len(taken) - 1)
    )


def _text(value: Any) -> tuple[str, str]:
    return _str(value["hash"]), _str(value["text"])


def _pull(value: Any, text: Callable[[Any], str]) -> Pull:
    return Pull(
        _str(value["node"]),
        tuple(_whole(each) for each in value["coordinates"]),
        _number(value["started"]),
        _number(value["duration"]),
        Status(_number(value["status"]), _str(value.get("cause", ""))),
        text(value.get("text", "")),
        numbers(value.get("usage", {})),
    )


def _question(value: Any, text: Callable[[Any], str]) -> Question:
    return Question(
        _str(value["place"]),
        _str(value["kind"]),
        _number(value["duration"]),
        _str(value.get("model", "")),
        tuple((text(query), text(key), text(answer)) for query, key, answer in value["rows"]),
        tuple((_str(role), text(content)) for role, content in value["messages"]),
        text(value["answer"]) if "answer" in value else None,
        _str(value.get("refused") or value.get("error", "")),
        numbers(value.get("usage", {})),
    )


def numbers(value: Any) -> dict[str, float]:
    """The numbers of an object, and nothing else of it."""
    return {str(name): each for name, each in value.items() if isinstance(each, int | float)} if isinstance(
        value, dict
    ) else {}  # fmt: skip


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise TypeError("a number is missing")
    return float(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("an integer is missing")
    return value


def _why(error: Exception) -> str:
    if isinstance(error, UnusableNumberError):
        return str(error)
    return str(error.strerror) if isinstance(error, OSError) and error.strerror else "it is not JSON"

"""What reflections said as JSON Lines, written and read back."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from hdsl.ground.json_lines import JsonLinesError, Line, read_json_lines
from hdsl.kernel.request import Usage
from hdsl.reflect.said import JudgedText, Passed, Question, Refusal, Said, Taught


def as_json(said: Said) -> dict[str, Any]:
    """One reflection as the object of a line."""
    return {
        "node": said.node,
        "operation": said.operation,
        "fn": f"{said.operation}_backward",
        "second": said.is_second,
        "judged": [
            {"at": list(each.at), "text": each.text, "better": each.better, "right": each.is_right, "count": each.count}
            for each in said.judged
        ],
        "passed": [
            {
                "to": each.to,
                "input": each.input,
                "at": list(each.at),
                "text": each.text,
                "patch": each.patch,
                "better": each.better,
                "right": each.is_right,
                "count": each.count,
            }
            for each in said.passed
        ],
        "taught": [
            {
                "to": each.to,
                "input": each.input,
                "goal": each.goal,
                "key": each.key,
                "value": each.value,
                "right": each.is_right,
            }
            for each in said.taught
        ],
        "refusals": [{"at": list(each.at), "better": each.better, "cause": each.cause} for each in said.refusals],
        "refused": said.refused,
        "asked": [
            {
                "role": each.role,
                "text": each.text,
                "expected": list(each.expected),
                "answer": each.answer,
                "failed": each.failed,
            }
            for each in said.asked
        ],
        "usage": asdict(said.usage),
    }


def read_said(path: Path) -> list[Said]:
    """The reflections of a file, in order. JsonLinesError for a line that is none, OSError where it is unreadable."""
    return [_said(path, line) for line in read_json_lines(path)]


def _said(path: Path, line: Line) -> Said:
    try:
        return said_from(line.value)
    except KeyError as error:
        raise JsonLinesError(path, line.number, f"a reflection needs {error.args[0]!r}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise JsonLinesError(path, line.number, f"this is not a reflection: {error}") from None


def said_from(value: Any) -> Said:
    """A reflection of a line's object. KeyError, TypeError or ValueError for what is none."""
    if not isinstance(value, dict):
        raise TypeError("a reflection is an object")
    return Said(
        _text(value["operation"]),
        _text(value["node"]),
        bool(value["second"]),
        tuple(
            JudgedText(_at(each["at"]), _text(each["text"]), _text(each["better"]), int(each["count"]))
            for each in value["judged"]
        ),
        tuple(
            Passed(
                _text(each["to"]),
                int(each["input"]),
                _at(each["at"]),
                _text(each["text"]),
                _text(each["patch"]),
                _optional(each["better"]),
                int(each["count"]),
            )
            for each in value["passed"]
        ),
        tuple(
            Taught(
                _text(each["to"]),
                int(each["input"]),
                _text(each["goal"]),
                _text(each["key"]),
                _text(each["value"]),
                bool(each["right"]),
            )
            for each in value["taught"]
        ),
        tuple(Refusal(_at(each["at"]), _optional(each["better"]), _text(each["cause"])) for each in value["refusals"]),
        tuple(
            Question(
                _text(each["role"]),
                _text(each["text"]),
                tuple(map(_text, each["expected"])),
                _text(each["answer"]),
                _text(each["failed"]),
            )
            for each in value["asked"]
        ),
        _usage(value["usage"]),
        _text(value["refused"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, found {value!r:.40}")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _at(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        raise TypeError(f"expected coordinates, found {value!r:.40}")
    return tuple(value)


def _usage(value: Any) -> Usage:
    counts = {each.name: value.get(each.name, 0) for each in fields(Usage)}
    if not all(isinstance(count, int | float) for count in counts.values()):
        raise TypeError("the usage is made of numbers")
    return Usage(**counts)

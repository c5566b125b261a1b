"""A recording of what was asked and answered: JSON Lines that read and compare well, to answer from again.

A line is one question at one place: `place`, `asked` (what of the request is not empty), `answer`, and where they say
something `refused`, `overflowed`, `cut`, `usage`. Lines are in the order of the places, keys in the order of `Request`,
and nothing is in them that differs from one recording to the next, such as times.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.fields import compared_names, has_fields
from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.ground.json_lines import JsonLinesError, encode_line, read_json_lines
from hdsl.ground.secrets import redacted
from hdsl.kernel.request import Answer, Kernel, Request, Usage

_NOT_ASKED = frozenset({"place", "seed"})
"""What of a request does not belong to the question itself."""
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question and its answer, as they stand in a recording. `line`: where, from 1."""

    place: str
    asked: Mapping[str, Any]
    answer: Answer
    line: int = 0


def question_of(request: Request) -> dict[str, Any]:
    """What of a request is not empty, as plain data: what tells two questions apart."""
    return {name: value for name, value in _plain(request).items() if name not in _NOT_ASKED}


def read_recording(path: Path) -> list[Recorded]:
    """The lines of a recording. JsonLinesError where one is none, OSError where the file cannot be read."""
    path.stat()  # a file that is not there is an error here
    return [_recorded(path, line.number, line.value) for line in read_json_lines(path)]


class Recording:
    """Collects what kernels are asked and answer, and writes it when it is done: whole, or not at all."""

    def __init__(self, path: Path, redact: Callable[[str], str]) -> None:
        self._path = path
        self._redact = redact
        self._lines: list[dict[str, Any]] = []

    def of(self, kernel: Kernel) -> Kernel:
        """The kernel, with all that it is asked and answers recorded."""
        return _RecordedKernel(kernel, self._add)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def write(self) -> int:
        """Writes the file, and is the number of its lines. OSError where it cannot be written."""
        lines = sorted(self._lines, key=lambda line: _order(line["place"]))
        write_atomically(self._path, b"".join(map(encode_line, lines)), mode=PRIVATE_FILE)
        return len(lines)

    def _add(self, request: Request, answer: Answer) -> None:
        usage = {name: value for name, value in _plain(answer.usage).items() if name in ("calls", *_TOKENS)}
        line: dict[str, Any] = {"place": request.place, "asked": question_of(request), "answer": answer.text}
        line |= {name: getattr(answer, name) for name in _ENDS if getattr(answer, name)}
        if usage:
            line["usage"] = usage
        self._lines.append(redacted(line, self._redact))


_ENDS = ("refused", "overflowed", "cut", "final")
_TOKENS = ("prompt_tokens", "completion_tokens")


class _RecordedKernel:
    def __init__(self, kernel: Kernel, add: Callable[[Request, Answer], None]) -> None:
        self.name = kernel.name
        self._kernel = kernel
        self._add = add

    async def answer(self, request: Request) -> Answer:
        answer = await self._kernel.answer(request)
        self._add(request, answer)
        return answer

    async def close(self) -> None:
        await self._kernel.close()


def _plain(value: Any) -> Any:
    """Plain data without what is empty, and without what does not tell two values apart."""
    if has_fields(type(value)):
        named = ((name, _plain(getattr(value, name))) for name in compared_names(type(value)))
        return {name: each for name, each in named if each or each is False}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _order(place: str) -> list[Any]:
    """By names as words and coordinates as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _NUMBER.split(place)]


def _recorded(path: Path, number: int, value: Any) -> Recorded:
    needed: Iterable[tuple[str, type]] = (("place", str), ("asked", dict), ("answer", str))
    for name, kind in needed:
        if not isinstance(value, dict) or not isinstance(value.get(name), kind):
            raise JsonLinesError(path, number, f'a recorded answer needs "{name}"')
    usage, refused = value.get("usage", {}), value.get("refused", "")
    if not isinstance(usage, dict) or not all(type(each) is int for each in usage.values()):
        raise JsonLinesError(path, number, 'the "usage" of a recorded answer is an object of whole numbers')
    if not isinstance(refused, str):
        raise JsonLinesError(path, number, 'the "refused" of a recorded answer is a text')
    counted = Usage(calls=usage.get("calls", 1), **{name: usage.get(name, 0) for name in _TOKENS})
    overflowed, cut, final = (value.get(name) is True for name in _ENDS[1:])
    answer = Answer(value["answer"], refused, overflowed, counted, cut, final)
    return Recorded(value["place"], value["asked"], answer, number)


def shown_value(value: Any) -> str:
    """A part of a question as one text, to be compared by eye."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

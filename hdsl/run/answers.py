"""The answers of a run, kept as they come, and given again where a resumed run asks the same at the same place."""

import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from hdsl.future.context import NotStored
from hdsl.ground.files import PRIVATE_FILE, read_regular, write_atomically
from hdsl.ground.json_lines import JsonLinesError, Line, LineLog, read_json_lines
from hdsl.ground.volatile import without_volatile
from hdsl.kernel.prompt_fields import in_words
from hdsl.kernel.request import Answer, Kernel, Request, Usage
from hdsl.run.record import usage_from_json

ANSWERS = "answers.jsonl"

_Asked = tuple[str, str]
"""Where something was asked, and the key of what."""

_Recorded = dict[_Asked, deque[Answer]]
"""What was answered, in its order; who is given an answer takes it out."""

_FIELDS = {"place": str, "request": str, "text": str, "refused": str, "overflowed": bool}


def request_key(request: Request, redact: Callable[[str], str]) -> str:
    """What is asked, as a key: the same in another process, whatever its volatile parts and its secrets are."""
    content = (
        request.kind,
        without_volatile(request.input),
        request.task,
        without_volatile(request.goal),
        [
            (without_volatile(turn.text), turn.failed, without_volatile(turn.cause), turn.loop)
            for turn in request.trajectory
        ],
        request.model,
        [(row.query, row.key, row.value) for row in request.rows],
        [(label.text, label.description) for label in request.labels],
        None if request.correction is None else without_volatile(json.dumps(asdict(request.correction))),
        *(rejection.answer for rejection in request.rejected),
        *([] if request.form is None else [in_words(request.form)]),
        *([] if request.work is None else [asdict(request.work)]),
        *([request.grammar] if request.grammar else []),
    )
    text = redact(json.dumps(content, ensure_ascii=False))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def take_over(earlier: Path, path: Path) -> None:
    """Begins the answers of a run with those of the one it resumes, so that its own record is enough to go on from.

    JsonLinesError where a line is not an answer, OSError where a file cannot be used.
    """
    _read(earlier)
    try:
        whole, newline, _ = read_regular(earlier).rpartition(b"\n")
    except FileNotFoundError:
        return
    write_atomically(path, whole + newline, mode=PRIVATE_FILE)


class AnswerLog:
    """A kernel that writes down what another answers, and first gives what stands in its file already, each once.

    Once, because what is asked twice at a place wants two answers. Who does the same work a second time wants those
    that it had the first time: `again`.

    `counts_recorded`: whether what a recorded answer cost counts again, as where the same work goes on.
    """

    def __init__(
        self, kernel: Kernel, path: Path, redact: Callable[[str], str], *, counts_recorded: bool = False
    ) -> None:
        self.name = kernel.name
        self._counts_recorded = counts_recorded
        self._kernel = kernel
        self._redact = redact
        self._recorded = _read(path)
        self._log = LineLog(path)
        self.replayed = 0

    async def answer(self, request: Request) -> Answer:
        """The recorded answer to what is asked at this place, else the kernel's. NotStored where it cannot be kept."""
        return await self._answered(request, self._recorded)

    def again(self) -> Kernel:
        """Who answers work that is done again: with all that is kept by now, from the first answer of each place on.

        What it gives is not taken from what this log has yet to give. What is not kept is asked, and kept.
        """
        return _Again(self.name, partial(self._answered, recorded=_read(self._log.path)))

    async def _answered(self, request: Request, recorded: _Recorded) -> Answer:
        key = request_key(request, self._redact)
        answers = recorded.get((request.place, key))
        if answers:
            self.replayed += 1
            answer = answers.popleft()
            return answer if self._counts_recorded else replace(answer, usage=Usage())
        answer = await self._kernel.answer(request)
        line = {
            "place": request.place,
            "request": key,
            "text": self._redact(answer.text),
            "refused": self._redact(answer.refused),
            "overflowed": answer.overflowed,
            "cut": answer.cut,
            "final": answer.final,
            "usage": asdict(answer.usage),
        }
        try:
            self._log.append(line)
        except OSError as error:
            raise NotStored(error) from error
        return answer

    async def close(self) -> None:
        """Closes the kernel, and then the file."""
        try:
            await self._kernel.close()
        finally:
            self.close_file()

    def close_file(self) -> None:
        """Closes the file alone."""
        self._log.close()


class _Again:
    """The kernel of `AnswerLog.again`."""

    def __init__(self, name: str, answered: Callable[[Request], Awaitable[Answer]]) -> None:
        self.name = name
        self._answered = answered

    async def answer(self, request: Request) -> Answer:
        """See AnswerLog."""
        return await self._answered(request)

    async def close(self) -> None:
        """Whoever owns the log closes it."""


def _read(path: Path) -> _Recorded:
    found: _Recorded = {}
    for line in read_json_lines(path):
        place, key, answer = _answer_of(path, line)
        found.setdefault((place, key), deque()).append(answer)
    return found


def _answer_of(path: Path, line: Line) -> tuple[str, str, Answer]:
    value: Any = line.value
    for name, kind in _FIELDS.items():
        if not isinstance(value, dict) or not isinstance(value.get(name), kind):
            raise JsonLinesError(path, line.number, f'an answer needs "{name}"')
    try:
        counted = usage_from_json(value.get("usage", {}))
    except TypeError:
        raise JsonLinesError(path, line.number, 'the "usage" of an answer is an object of numbers') from None
    cut, final = (value.get(name) is True for name in ("cut", "final"))
    answer = Answer(value["text"], value["refused"], value["overflowed"], counted, cut, final)
    return value["place"], value["request"], answer

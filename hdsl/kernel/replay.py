"""The replay kernel: answers from a recording; what is not in it is shown beside the question that comes closest.

The same question has the same answer wherever it is asked; where it was recorded several times with several answers,
that of the same place, and there one after the other. What differs from run to run (durations, dates, process numbers,
temporary paths) does not make another question.
"""

import json
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from hdsl.configuration.files import SettingsError
from hdsl.configuration.values import REPLAY
from hdsl.ground.display import one_line
from hdsl.ground.json_lines import JsonLinesError
from hdsl.ground.volatile import without_volatile
from hdsl.kernel.recording import Recorded, question_of, read_recording, shown_value
from hdsl.kernel.request import Answer, KernelUnreachable, Request

_COMPARED = 2000
"""Characters of a question that are compared to find the closest one."""
_AROUND = 30
_MOST_DIFFERENCES = 3


class ReplayKernel:
    """Answers from the recording that its name says, `replay:FILE`. SettingsError where that cannot be read."""

    def __init__(self, name: str) -> None:
        self.name = name
        path = Path(name.removeprefix(REPLAY)).expanduser()
        if path == Path():
            raise SettingsError("the replay kernel needs a recording: `--kernel replay:FILE`, made by `--record FILE`")
        try:
            self._recorded = read_recording(path)
        except JsonLinesError as error:
            raise SettingsError(f"the recording cannot be used: {error}") from None
        except OSError as error:
            raise SettingsError(f"the recording {path} cannot be read: {error.strerror}") from None
        self._path = path
        self._by_question: dict[str, list[Recorded]] = {}
        for each in self._recorded:
            self._by_question.setdefault(_key(each.asked), []).append(each)
        self._given: dict[tuple[str, str], int] = {}

    async def answer(self, request: Request) -> Answer:
        """The recorded answer. KernelUnreachable where the question is not in the recording."""
        question = question_of(request)
        key = _key(question)
        found = self._by_question.get(key)
        if found is None:
            raise KernelUnreachable(self._missing(request.place, question))
        here = [each for each in found if each.place == request.place] or found[:1]
        number = self._given.get((key, request.place), 0)
        self._given[key, request.place] = number + 1
        return here[min(number, len(here) - 1)].answer

    async def close(self) -> None:
        """Holds nothing."""

    def _missing(self, place: str, question: Mapping[str, Any]) -> str:
        asked = f"`{place}` asks what is not in the recording {self._path}"
        if not self._recorded:
            return f"{asked}, which is empty; record it anew with --record"
        closest = max(self._recorded, key=lambda each: (_likeness(each.asked, question), each.place == place))
        differences = "; ".join(_differences(closest.asked, question)[:_MOST_DIFFERENCES])
        return (
            f"{asked}. The closest question is that of line {closest.line} (`{closest.place}`): {differences}. "
            "Record it anew with --record"
        )


def _key(question: Mapping[str, Any]) -> str:
    return without_volatile(json.dumps(question, ensure_ascii=False, sort_keys=True))


def _likeness(recorded: Mapping[str, Any], question: Mapping[str, Any]) -> float:
    """How alike two questions are: the parts that are equal, and how much of the others is."""
    names = recorded.keys() | question.keys()
    likeness = 0.0
    for name in names:
        one, other = shown_value(recorded.get(name, ""))[:_COMPARED], shown_value(question.get(name, ""))[:_COMPARED]
        likeness += 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).quick_ratio() / 2
    return likeness / len(names) if names else 1.0


def _differences(recorded: Mapping[str, Any], question: Mapping[str, Any]) -> list[str]:
    """What differs, part by part: where, and what stands there in one and the other."""
    found = []
    for name in dict.fromkeys((*question, *recorded)):
        if name not in question:
            found.append(f"{name} is not asked, and was {_near(shown_value(recorded[name]), 0)}")
        elif name not in recorded:
            found.append(f"{name} was not asked, and is {_near(shown_value(question[name]), 0)}")
        elif question[name] != recorded[name]:
            was, now = shown_value(recorded[name]), shown_value(question[name])
            at = next((at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
            found.append(f"{name} differs at character {at + 1}: recorded {_near(was, at)}, asked {_near(now, at)}")
    return found


def _near(text: str, at: int) -> str:
    """What stands around a place of a text."""
    start, end = max(0, at - _AROUND), at + _AROUND
    return repr(("…" if start else "") + one_line(text[start:end]) + ("…" if end < len(text) else ""))

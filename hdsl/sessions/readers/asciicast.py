"""Terminal recordings of asciinema, versions 2 and 3: commands are found behind the prompts of the screen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Call, Outcome, Recording, Session, SessionError, Step, Tally
from hdsl.sessions.opening import raw_lines
from hdsl.sessions.values import mapping_of, text_of, time_of, whole_number

FORMAT = "asciicast"
_TITLES = re.compile(r"\x1b\](?!133;)[^\x07\x1b]*(?:\x07|\x1b\\)")
_MARKS = re.compile(r"\x1b\]133;([A-D])(?:;([^\x07\x1b]*))?(?:\x07|\x1b\\)")
_CONTROLS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHM])")
_PROMPT = re.compile(r"\A(.{0,120}?[$#%❯➜λ] )(?=\S|\Z)")
_LONGEST = 1 << 16
"""Characters of a line of the screen."""


def is_header(value: object) -> bool:
    """Whether the first line is the head of an asciicast."""
    return isinstance(value, Mapping) and value.get("version") in (2, 3) and ("term" in value or "width" in value)


@dataclass(frozen=True, slots=True)
class _Event:
    line: int
    seconds: float
    data: str


def read(path: Path) -> Recording:
    """Reads a recording: one session. Its units are the lines of the file."""
    tally = Tally("lines")
    header: Mapping[str, Any] = {}
    events: list[_Event] = []
    status: int | None = None
    now = 0.0
    for number, line in raw_lines(path, tally):
        if not line.strip() or line.startswith(b"#"):
            tally.skip("a comment or an empty line")
            continue
        value = _value(line)
        if number == 1:
            if not is_header(value):
                raise SessionError(f"{path}: not an asciicast of version 2 or 3")
            header = mapping_of(value)
            tally.map()
            continue
        event = _event(value)
        if event is None:
            tally.skip("not an event")
            continue
        seconds, kind, data = event
        now = now + seconds if header["version"] == 3 else seconds
        if kind == "o":
            tally.map()
            events.append(_Event(number, now, data))
        elif kind == "x":
            tally.map()
            status = int(data) if data.strip().lstrip("-").isdecimal() and len(data) < 8 else None
        else:
            kinds = {"i": "keys, which the screen shows", "r": "a new size of the terminal", "m": "a marker"}
            tally.skip(kinds.get(kind, "an event of an unknown kind"))
    began = whole_number(header.get("timestamp"))
    session = Session(
        id=path.stem,
        format=FORMAT,
        path=str(path),
        steps=tuple(_steps(events, text_of(header.get("title")), began)),
        agent="terminal",
        rest={"exit_status": status},
    )
    return Recording((session,), tally.account(str(path), FORMAT))


def _value(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _event(value: object) -> tuple[float, str, str] | None:
    match value:
        case [int() | float() as seconds, str() as kind, str() as data] if 0 <= seconds < 1e9:
            return float(seconds), kind, data
    return None


def _steps(events: list[_Event], title: str, began: int | None) -> Iterator[Step]:
    if title.strip():
        yield Step("user", title, line=1)
    lines = list(_screen_lines(events))
    prompt = "" if any(mark for *_, mark in lines) else _usual_prompt([text for _, text, _ in lines])
    command: tuple[_Event, str] | None = None
    output: list[str] = []
    count = 0
    status: int | None = None

    def step() -> Step:
        assert command is not None
        event, line = command
        outcome = Outcome("\n".join(output).strip("\n"), status, None if status is None else status != 0)
        call = Call(f"call_{count}", "terminal", {"command": line}, line, outcome)
        time = "" if began is None else time_of(round((began + event.seconds) * 1000))
        return Step("agent", calls=(call,), time=time, line=event.line)

    for event, text, mark in lines:
        found = mark.command if mark is not None else _behind(text, prompt)
        if mark is not None and mark.ended is not None:
            status = mark.ended
        if found is None:
            output.append(text)
            continue
        if command is not None:
            yield step()
        command, output, status = ((event, found) if found else None), [], None
        count += bool(found)
    if command is not None:
        yield step()


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the shell's marks (OSC 133) say of a line: how the command before ended, and the command it has."""

    ended: int | None
    command: str | None


def _screen_lines(events: list[_Event]) -> Iterator[tuple[_Event, str, _Mark | None]]:
    """The lines that were printed, as they stood when they were ended, and the marks in them."""
    text, at, owner = "", 0, None
    for event in events:
        text, owner = text + event.data, owner or event
        *whole, text = text.split("\n")
        for line in whole:
            yield (owner, *_line(line))
            owner = event
        if len(text) > _LONGEST:
            text = text[:_LONGEST]
        at = event.line
    if text and owner is not None and at:
        yield (owner, *_line(text))


def _line(raw: str) -> tuple[str, _Mark | None]:
    raw = _TITLES.sub("", raw)
    marks = {match[1]: (match[2] or "", match) for match in _MARKS.finditer(raw)}
    mark = None
    if marks:
        ended = marks["D"][0].partition(";")[0] if "D" in marks else ""
        command = None
        if "B" in marks:
            end = marks["C"][1].start() if "C" in marks else len(raw)
            command = _shown(raw[marks["B"][1].end() : max(end, marks["B"][1].end())]).strip()
        if ended.isdecimal() or command is not None:
            mark = _Mark(int(ended) if ended.isdecimal() and len(ended) < 8 else None, command)
    return _shown(_MARKS.sub("", raw)), mark


def _shown(raw: str) -> str:
    """What a line shows in the end: colours away, backspaces and carriage returns carried out."""
    cells: list[str] = []
    column = 0
    for character in _CONTROLS.sub("", raw[:_LONGEST]).rstrip("\r"):
        if character == "\b":
            column = max(0, column - 1)
        elif character == "\r":
            column = 0
        elif character >= " " or character == "\t":
            cells[column : column + 1] = [character]
            column += 1
    return "".join(cells).rstrip()


def _usual_prompt(lines: list[str]) -> str:
    """The end of the prompt of most lines that look like one."""
    ends = Counter(found[1].rstrip()[-1:] for line in lines if (found := _PROMPT.match(f"{line} ")))
    return ends.most_common(1)[0][0] if ends else ""


def _behind(line: str, prompt: str) -> str | None:
    """The command behind the prompt; empty behind a prompt with nothing at it, None where there is no prompt."""
    found = _PROMPT.match(f"{line} ") if prompt else None
    if found is None or found[1].rstrip()[-1:] != prompt:
        return None
    return f"{line} "[found.end() :].strip()

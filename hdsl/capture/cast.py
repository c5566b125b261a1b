"""An asciicast (version 3) of a pane, written while it happens: line by line, so that no secret is cut in two."""

from __future__ import annotations

import codecs
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.ground.json_lines import LineLog, encode_line
from hdsl.ground.secrets import HIDDEN

_LONGEST = 1 << 14
"""Characters that are held back for the end of their line."""
_KEPT_BACK = 1 << 12
_MOST_KEY_LINES = 400
_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78cDEHM])|[\x00-\x07\x0b-\x0c\x0e-\x1a]"
)
_FULL_SCREEN = re.compile(r"\x1b\[\?1049h.*?(?:\x1b\[\?1049l|\Z)", re.DOTALL)
"""What programs that take the whole screen draw."""
_WRAPPED = re.compile(r" ?\r(?!\n)")
_MARKS = re.compile(r"\x1b\]133;[^\x07\x1b]*\x07")

Scrub = Callable[[str], str]


class CastWriter:
    """Appends to a recording. Every event is a line of its own in the file: a killed process leaves whole lines."""

    def __init__(self, path: Path, scrub: Scrub, header: Mapping[str, Any]) -> None:
        self._path, self._scrub = path, scrub
        is_new = not path.exists()
        self._log = LineLog(path, PRIVATE_FILE)
        self._last = time.monotonic()
        self._held = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._key_lines = 0
        if is_new:
            self._log.append({"version": 3, **header})
        else:
            self._log.append([0.0, "m", "resumed"])

    def wrote(self, data: bytes) -> None:
        """The pane was written these bytes."""
        self._held += self._decoder.decode(data)
        *lines, self._held = self._held.split("\n")
        for line in lines:
            self._emit(f"{line}\n")
        if len(self._held) > _LONGEST:
            clean = self._clean(self._held)
            self._held = clean[-_KEPT_BACK:]
            self._event("o", clean[:-_KEPT_BACK])

    def mark(self, label: str) -> None:
        """A marker, with a label."""
        self._event("m", self._scrub(label))

    def rewrite(self) -> None:
        """Hides in what is written already what is known to be a secret by now."""
        data = self._path.read_bytes()
        lines = data.split(b"\n")
        new = []
        for line in lines[:-1]:
            value = json.loads(line)
            is_output = isinstance(value, list) and value[1] in ("o", "m")
            new.append(encode_line([*value[:2], self._clean(value[2])]) if is_output else line + b"\n")
        if b"".join(new) != data:
            self._log.close()
            write_atomically(self._path, b"".join(new), mode=PRIVATE_FILE)
            self._log = LineLog(self._path, PRIVATE_FILE)

    def close(self, status: int = 0) -> None:
        """Writes what was held back, and the end."""
        if self._held:
            self._emit(self._held)
            self._held = ""
        self._event("x", str(status))
        self._log.close()

    def _emit(self, line: str) -> None:
        """A line, with what it shows clean; inside of a private key nothing."""
        if self._key_lines:
            self._key_lines = 0 if _KEY_END.search(line) or self._key_lines > _MOST_KEY_LINES else self._key_lines + 1
            return
        begun = _KEY.search(line)
        if begun is not None and _KEY_END.search(line, begun.end()) is None:
            self._key_lines = 1
            line = f"{line[: begun.start()]}{HIDDEN}\r\n"
        self._event("o", self._clean(line))

    def _clean(self, raw: str) -> str:
        """The text as it is if no way of reading it shows a secret; else as plain text, without it."""
        clean = self._scrub(raw)
        for shown in _readings(clean):
            hidden = self._scrub(shown)
            if hidden != shown:
                marks = "".join(_MARKS.findall(raw))
                ending = "\r\n" if raw.endswith("\n") else ""
                return marks + hidden.rstrip("\r\n") + ending
        return clean

    def _event(self, kind: str, data: str) -> None:
        now = time.monotonic()
        self._log.append([round(now - self._last, 6), kind, data])
        self._last = now


def plain_text(raw: str) -> str:
    """What a text shows in the end, line by line: without escapes, its corrections carried out."""
    raw = _FULL_SCREEN.sub("", raw)
    return "\n".join(_corrected(line.rstrip("\r")) for line in _ESCAPES.sub("", raw).split("\n"))


def _readings(raw: str) -> tuple[str, ...]:
    """What a line shows: as typed, with its corrections carried out, and with the editor's own line breaks away."""
    if "\x1b" not in raw and "\b" not in raw and "\r" not in raw.rstrip("\r\n"):
        return ()
    plain = _ESCAPES.sub("", raw)
    return (plain.replace("\r", ""), _corrected(_WRAPPED.sub("", plain)), _corrected(plain))


def _corrected(text: str) -> str:
    cells: list[str] = []
    column = 0
    for character in text:
        if character == "\b":
            column = max(0, column - 1)
        elif character == "\r":
            column = 0
        elif character == "\n":
            break
        else:
            cells[column : column + 1] = [character]
            column += 1
    return "".join(cells)

"""Which reader reads a recording, and recordings of whole folders; what comes out has no secrets in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Recording, Session, SessionError, Tally
from hdsl.sessions.opening import beginning, document, raw_lines, recordings_in
from hdsl.sessions.readers import asciicast, atif, claude_code, codex, opencode, swe_agent
from hdsl.sessions.redaction import scrubbed, scrubbed_text
from hdsl.sessions.values import json_of

_PROBED = 50
"""Lines that are looked at to find the format."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is not a recording, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from files and folders."""

    recordings: tuple[Recording, ...]
    unreadable: tuple[Unreadable, ...]
    left_out: Mapping[str, int]
    """Files of folders that were not opened, by reason."""

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of all recordings."""
        return tuple(session for recording in self.recordings for session in recording.sessions)


def read_all(paths: Sequence[Path]) -> Found:
    """Reads files and folders. A file that cannot be read is named, and the others are read."""
    recordings, unreadable = [], []
    left_out: dict[str, int] = {}
    for path in paths:
        files, without = recordings_in(path)
        for reason, count in without.items():
            left_out[reason] = left_out.get(reason, 0) + count
        for file in files:
            try:
                recordings.append(read_recording(file))
            except SessionError as error:
                unreadable.append(Unreadable(str(file), scrubbed_text(str(error))))
            except OSError as error:
                unreadable.append(Unreadable(str(file), scrubbed_text(f"{file}: {error.strerror or error}")))
    return Found(tuple(recordings), tuple(unreadable), left_out)


def read_recording(path: Path) -> Recording:
    """Reads one file. SessionError where it is not a recording that hdsl knows, OSError where it cannot be opened."""
    recording = _reader(path)(path)
    account = recording.account
    skipped: Counter[str] = Counter()
    for reason, count in account.skipped.items():
        skipped[scrubbed_text(reason)] += count
    clean = replace(account, path=scrubbed_text(account.path), skipped=skipped)
    return Recording(tuple(map(scrubbed, recording.sessions)), clean)


def _reader(path: Path) -> Callable[[Path], Recording]:
    begins = beginning(path)
    if begins.startswith(opencode.MAGIC):
        return opencode.read
    lines = _first_objects(path)
    first = lines[0] if lines else None
    if asciicast.is_header(first):
        return asciicast.read
    values = [line for line in lines if isinstance(line, Mapping)]
    if any(map(codex.is_line, values)):
        return codex.read
    if any(map(claude_code.is_line, values)):
        return claude_code.read
    if begins.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        value = document(path) if not path.name.endswith((".jsonl", ".jsonl.zst")) else first
        if atif.is_one(value):
            return atif.read
        if swe_agent.is_one(value):
            return swe_agent.read
    raise SessionError(
        f"{path}: not a recording that hdsl reads: ATIF, Claude Code, Codex, OpenCode, SWE-agent or asciicast"
    )


def _first_objects(path: Path) -> list[Any]:
    found: list[Any] = []
    for _, line in raw_lines(path, Tally("lines")):
        if len(found) >= _PROBED:
            break
        found.append(json_of(line.decode("utf-8-sig", "replace")))
    return found

"""The journal of a capture: what happened, one event a line, clean of secrets before it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.ground.json_lines import LineLog, encode_line, read_json_lines
from hdsl.sessions.redaction import Scrubber

Event = dict[str, Any]
JOURNAL = "journal.log"
"""Its name in the folder of a capture."""


class Journal:
    """Events of one capture, in a file that only grows. A killed process leaves whole events; another one goes on."""

    def __init__(self, path: Path, scrub: Scrubber) -> None:
        self._path, self._scrub = path, scrub
        self.events: list[Event] = [dict(line.value) for line in read_json_lines(path)]
        self._log = LineLog(path, PRIVATE_FILE)

    def add(self, event: str, **facts: Any) -> Event:
        """Writes an event, without secrets."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        written: Event = {"event": event, "time": time, **clean(facts, self._scrub)}
        self._log.append(written)
        self.events.append(written)
        return written

    def rewrite(self) -> None:
        """Hides in what is written already what is known to be a secret by now."""
        cleaned = [clean(event, self._scrub) for event in self.events]
        if cleaned != self.events:
            self.events = cleaned
            self._log.close()
            write_atomically(self._path, b"".join(map(encode_line, cleaned)), mode=PRIVATE_FILE)
            self._log = LineLog(self._path, PRIVATE_FILE)

    def close(self) -> None:
        """Closes the file."""
        self._log.close()


def clean(value: Any, scrub: Scrubber) -> Any:
    """A value of plain data with every text in it clean."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {scrub(str(key)): clean(each, scrub) for key, each in value.items()}
    return [clean(each, scrub) for each in value] if isinstance(value, list | tuple) else value


def texts_in(value: Any) -> list[str]:
    """Every text in a value, and the whole as JSON: a name and what it is given stand together there."""
    if isinstance(value, str):
        return [value]
    found = [json.dumps(value, ensure_ascii=False)] if isinstance(value, Mapping) else []
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        found += texts_in(each)
    return found

"""The record of a run, `runs/ID/`: run.json, graph.json (the graph that was run), trace.jsonl (a line a pull),
asked.jsonl (a line a question to a kernel, as a prompt), texts.jsonl (each text of both once), answers.jsonl, and
owed.jsonl, where something was owed (a line when it came to be, and one when it was done).

All of it may hold prompts, answers and screens: only its owner can read it, and known secrets are taken out of it.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns
from typing import Any

from hdsl.configuration.kernels import key_of
from hdsl.configuration.settings import Settings
from hdsl.future.context import AskRecord, NotStored, PullRecord, Recorder
from hdsl.future.owed import OWED
from hdsl.ground.files import PRIVATE_FILE, PRIVATE_FOLDER, write_atomically
from hdsl.ground.json_lines import JsonLinesError, LineLog, read_json_lines
from hdsl.ground.secrets import Redactor, known_secrets, redacted
from hdsl.kernel.prompt import render
from hdsl.kernel.request import Usage

RUN, GRAPH, TRACE, ASKED, TEXTS = "run.json", "graph.json", "trace.jsonl", "asked.jsonl", "texts.jsonl"

_REMEMBERED = 4_000_000
"""Characters of texts whose names a record remembers: rows and instructions come again with every question."""


def redactor_of(settings: Settings) -> Redactor:
    """Hides what this process knows to be secret; made before a session opens, as keys leave the environment then."""
    return Redactor([*known_secrets(), settings.api_key, *map(key_of, settings.kernels.values())])


def usage_as_json(usage: Usage) -> dict[str, Any]:
    """What calls cost, as records and outputs say it."""
    return {**asdict(usage), "cost": round(usage.cost, 9)}


def usage_from_json(value: Any) -> Usage:
    """The same the other way; TypeError where it is none."""
    if not isinstance(value, dict) or not all(isinstance(each, int | float) for each in value.values()):
        raise TypeError("what calls cost is an object of numbers")
    return Usage(**{name: value.get(name, 0) for name in Usage.__slots__})


def new_run_folder(runs: Path) -> Path:
    """A fresh folder for a run, named by the time and a random word."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = runs / f"{stamp}-{secrets.token_hex(3)}"
    runs.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_FOLDER)
    return folder


def write_json(path: Path, value: Any, redact: Callable[[str], str] = str) -> None:
    """Writes a JSON file of a record whole or not at all; OSError names it. On a full disk, over the old one."""
    text = json.dumps(redacted(value, redact), indent=2, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", "backslashreplace")
    try:
        write_atomically(path, data, mode=PRIVATE_FILE)
    except OSError as error:
        if not _overwritten(path, data):
            raise OSError(error.errno, error.strerror, str(path)) from None


def _overwritten(path: Path, data: bytes) -> bool:
    """Writes into the blocks that the file has, if the data fits into them."""
    try:
        with path.open("r+b", buffering=0) as file:
            if len(data) > max(1, file.seek(0, 2)):
                return False
            file.seek(0)
            file.write(data)
            file.truncate(len(data))
    except OSError:
        return False
    return True


def read_texts(folder: Path) -> dict[str, str]:
    """The texts of a run by the names that its trace calls them by. JsonLinesError for a line that is none."""
    path, found = folder / TEXTS, {}
    for line in read_json_lines(path):
        value = line.value
        if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("hash", "text")):
            raise JsonLinesError(path, line.number, 'a text needs "hash" and "text"')
        found[value["hash"]] = value["text"]
    return found


class RunRecord:
    """Writes the trace of a run, and tells whoever watches. `form`: how a question is shown as a prompt."""

    def __init__(
        self,
        folder: Path,
        watcher: Recorder | None = None,
        redact: Callable[[str], str] = str,
        *,
        observer: Recorder | None = None,
        form: str = "chat",
    ) -> None:
        self.folder = folder
        self._watchers = [each for each in (watcher, observer) if each is not None]
        self._redact = redact
        self._form = form
        self._trace = LineLog(folder / TRACE)
        self._asked: LineLog | None = None
        self._log = LineLog(folder / TEXTS)
        self._owed: LineLog | None = None
        self._known: set[str] = set()
        self._names: dict[str, str] = {}
        self._room = _REMEMBERED
        self._began = monotonic_ns()
        self._lock = threading.Lock()

    def on_pull(self, record: PullRecord) -> None:
        """Appends one line; times are milliseconds, `started` since this record was. NotStored where it cannot."""
        line: dict[str, Any] = {
            "node": record.node,
            "coordinates": list(record.coordinates),
            "started": round((record.started - self._began) / 1e6, 3),
            "duration": round(record.duration_ns / 1e6, 3),
            "status": record.status.coefficient,
        }
        try:
            with self._lock:
                line["text"] = self._kept(record.text)
                if record.status.cause:
                    line["cause"] = self._redact(record.status.cause)
                if record.usage.calls or record.usage.cached:
                    line["usage"] = usage_as_json(record.usage)
                self._trace.append(line)
        except OSError as error:
            raise NotStored(error) from error
        for watcher in self._watchers:
            watcher.on_pull(record)

    def on_asked(self, record: AskRecord) -> None:
        """Appends what was asked, as rows and as a prompt, and what was answered. NotStored where it cannot."""
        request, answer = record.request, record.answer
        messages = render(request, self._form).messages
        try:
            with self._lock:
                line: dict[str, Any] = {
                    "place": request.place,
                    "node": request.name,
                    "kind": request.kind,
                    "started": round((record.started - self._began) / 1e6, 3),
                    "duration": round(record.duration_ns / 1e6, 3),
                    "rows": [[self._kept(text) for text in (row.query, row.key, row.value)] for row in request.rows],
                    "messages": [[each.role, self._kept(each.content)] for each in messages],
                }
                if request.model:
                    line["model"] = request.model
                if answer is None:
                    line["error"] = self._redact(record.error)
                else:
                    line["answer"] = self._kept(answer.text)
                    line |= {"refused": self._redact(answer.refused)} if answer.refused else {}
                    line["usage"] = usage_as_json(answer.usage)
                self._asked = self._asked or LineLog(self.folder / ASKED)
                self._asked.append(line)
        except OSError as error:
            raise NotStored(error) from error

    def on_owed(self, change: Mapping[str, Any]) -> None:
        """Appends that something is owed, or done. NotStored where it cannot."""
        try:
            with self._lock:
                self._owed = self._owed or LineLog(self.folder / OWED)
                self._owed.append(dict(change))
        except OSError as error:
            raise NotStored(error) from error

    def _kept(self, text: str) -> str:
        """The name of a text, which is written where it is new."""
        name = self._names.get(text)
        if name is None:
            name = self._written(text)
            if len(text) > self._room:
                self._names.clear()
                self._room = _REMEMBERED
            if len(text) <= self._room:
                self._names[text] = name
                self._room -= len(text)
        return name

    def _written(self, text: str) -> str:
        """The same for a text that is not remembered: secrets are taken out of it first."""
        shown = self._redact(text)
        name = hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        if name not in self._known:
            self._log.append({"hash": name, "text": shown})
            self._known.add(name)
        return name

    def close(self) -> None:
        """Ends the trace."""
        with self._lock:
            self._trace.close()
            self._log.close()
            for log in (self._owed, self._asked):
                if log is not None:
                    log.close()

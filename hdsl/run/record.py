"""The record of a run, `runs/ID/`: run.json, trace.jsonl (one line a pull), answers.jsonl, texts/ (each once)."""

import hashlib
import json
import os
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns
from typing import Any, TextIO

from hdsl.future.context import PullRecord, Recorder


def new_run_folder(runs: Path) -> Path:
    """A fresh folder for a run, named by the time and a random word."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = runs / f"{stamp}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    return folder


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file whole or not at all."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


class RunRecord:
    """Writes the trace of a run, and tells whoever watches."""

    def __init__(self, folder: Path, watcher: Recorder | None = None) -> None:
        self.folder = folder
        (folder / "texts").mkdir()
        self._watcher = watcher
        self._trace: TextIO = (folder / "trace.jsonl").open("a", encoding="utf-8", buffering=1)
        self._texts: set[str] = set()
        self._began = monotonic_ns()
        self._lock = threading.Lock()

    def on_pull(self, record: PullRecord) -> None:
        """Appends one line; times are milliseconds, `started` since this record was."""
        with self._lock:
            if self._trace.closed:
                return
            line: dict[str, Any] = {
                "node": record.node,
                "coordinates": list(record.coordinates),
                "started": round((record.started - self._began) / 1e6, 3),
                "duration": round(record.duration_ns / 1e6, 3),
                "status": record.status.coefficient,
                "text": self._text(record.text),
            }
            if record.status.cause:
                line["cause"] = record.status.cause
            if record.usage.calls:
                line["usage"] = {
                    "calls": record.usage.calls,
                    "retries": record.usage.retries,
                    "prompt_tokens": record.usage.prompt_tokens,
                    "completion_tokens": record.usage.completion_tokens,
                }
            self._trace.write(json.dumps(line, ensure_ascii=False) + "\n")
        if self._watcher is not None:
            self._watcher.on_pull(record)

    def _text(self, text: str) -> str:
        name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        if name not in self._texts:
            path = self.folder / "texts" / name
            if not path.exists():
                path.write_bytes(text.encode("utf-8", "surrogatepass"))
            self._texts.add(name)
        return name

    def close(self) -> None:
        """Ends the trace."""
        with self._lock:
            self._trace.close()

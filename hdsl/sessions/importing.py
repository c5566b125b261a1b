"""Writes what sessions teach into a folder: rows, training data, a harness, and the sessions themselves as ATIF."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hdsl.ground.files import PRIVATE_FILE, make_private_folder, write_atomically
from hdsl.ground.json_lines import encode_line
from hdsl.sessions import harness
from hdsl.sessions.episodes import episodes
from hdsl.sessions.model import Session, SessionError
from hdsl.sessions.reading import Found
from hdsl.sessions.redaction import scrubbed_text
from hdsl.sessions.rows import Learned, learned
from hdsl.sessions.write_atif import as_atif

SESSIONS = "sessions"
"""The folder of the sessions themselves."""
ACCOUNT = "account.json"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def import_sessions(found: Found, out: Path) -> dict[str, Any]:
    """Writes a new folder and is the account. SessionError where the folder holds something already."""
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise SessionError(f"{out} is there and is not an empty folder; name one that is not there")
    taught = learned(episode for session in found.sessions for episode in episodes(session))
    account = account_of(found, taught)
    make_private_folder(out)
    for name, content in {**_tables(taught), **_documents(found.sessions)}.items():
        write_atomically(out / name, content, mode=PRIVATE_FILE)
    write_atomically(out / ACCOUNT, _pretty(account), mode=PRIVATE_FILE)
    return account


def account_of(found: Found, taught: Learned | None = None) -> dict[str, Any]:
    """What became of every file, line and step, as plain data."""
    account: dict[str, Any] = {
        "files": [recording.account.as_json() for recording in found.recordings],
        "unreadable": [{"path": scrubbed_text(each.path), "reason": each.reason} for each in found.unreadable],
        "left_out": dict(sorted(found.left_out.items())),
        "sessions": len(found.sessions),
    }
    return account if taught is None else {**account, **taught.account}


def _tables(taught: Learned) -> dict[str, bytes]:
    tables = {"decide": taught.decide, "act": taught.act, "avoid": taught.avoid}
    files = {f"{name}.jsonl": _lines(row.as_json() for row in rows) for name, rows in tables.items()}
    if taught.demonstrations:
        files["demonstrations.jsonl"] = _lines(taught.demonstrations)
    text = harness.harness(taught.turns, bool(taught.demonstrations))
    return {**files, harness.FILE: text.encode()}


def _documents(sessions: tuple[Session, ...]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for number, session in enumerate(sessions, 1):
        if session.steps:
            name = _UNSAFE.sub("-", session.id)[:80] or "session"
            files[f"{SESSIONS}/{number:04d}-{name}.json"] = _pretty(as_atif(session))
    return files


def _lines(values: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(map(encode_line, values))


def _pretty(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()

"""OpenCode's database, opened read-only: tables `session`, `message` and `part`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hdsl.sessions.model import Call, Outcome, Recording, Session, SessionError, Step, Tally
from hdsl.sessions.opening import LARGEST_FILE, LARGEST_LINE
from hdsl.sessions.values import (
    arguments_of,
    command_of,
    json_of,
    mapping_of,
    printed,
    text_of,
    time_of,
    whole_number,
)

FORMAT = "opencode"
MAGIC = b"SQLite format 3\x00"
_TABLES = {"session", "message", "part"}
_STEPS = 200_000_000
"""Instructions of SQLite's machine that one file may cost: a database can be made so that a query never ends."""


def read(path: Path) -> Recording:
    """Reads all sessions of a database. Its units are rows of `session`, `message` and `part`."""
    if path.stat().st_size > LARGEST_FILE:
        raise SessionError(f"{path}: larger than {LARGEST_FILE:,} bytes; export single sessions")
    tally = Tally("rows")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
            return Recording(tuple(_sessions(database, path, tally)), tally.account(str(path), FORMAT))
    except sqlite3.Error as error:
        raise SessionError(f"{path}: the database cannot be read: {error}") from None


def _sessions(database: sqlite3.Connection, path: Path, tally: Tally) -> Iterator[Session]:
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_LINE)
    database.execute("PRAGMA query_only=1")
    database.execute("PRAGMA trusted_schema=0")
    left = [_STEPS]

    def spend() -> int:
        left[0] -= 100_000
        return int(left[0] < 0)

    database.set_progress_handler(spend, 100_000)
    kinds = dict(database.execute("SELECT name, type FROM sqlite_master WHERE name IN ('session', 'message', 'part')"))
    if {name for name, kind in kinds.items() if kind == "table"} != _TABLES:
        raise SessionError(f"{path}: not a database of OpenCode: it lacks a table of {', '.join(sorted(_TABLES))}")
    columns = {row[1] for row in database.execute("PRAGMA table_info(session)")}
    wanted = [name for name in ("id", "parent_id", "directory", "version", "model") if name in columns]
    sessions = list(database.execute(f"SELECT {', '.join(wanted)} FROM session ORDER BY id"))
    known = {row[0] for row in sessions}
    messages: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for identity, session, data in database.execute(
        "SELECT id, session_id, data FROM message ORDER BY time_created, id"
    ):
        message = mapping_of(json_of(text_of(data)))
        if session not in known:
            tally.skip("a message without its session")
        elif not message:
            tally.skip("a message that is not JSON")
        else:
            messages.setdefault(session, []).append((identity, message))
    there = {identity for members in messages.values() for identity, _ in members}
    parts: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    query = "SELECT rowid, message_id, data FROM part ORDER BY time_created, id"
    for row, message_id, data in database.execute(query):
        if message_id not in there:
            tally.skip("a part without its message")
        else:
            parts.setdefault(message_id, []).append((row, mapping_of(json_of(text_of(data)))))
    for values in sessions:
        row = dict(zip(wanted, values, strict=True))
        tally.map()
        steps = []
        for identity, message in messages.get(row["id"], []):
            tally.map()
            steps.append(_step(message, parts.get(identity, []), tally))
        yield Session(
            id=text_of(row["id"]),
            format=FORMAT,
            path=str(path),
            steps=tuple(steps),
            agent="opencode",
            agent_version=text_of(row.get("version")),
            model=text_of(mapping_of(json_of(text_of(row.get("model")))).get("id")),
            folder=text_of(row.get("directory")),
            parent=text_of(row.get("parent_id")),
        )


def _step(message: Mapping[str, Any], parts: list[tuple[int, Mapping[str, Any]]], tally: Tally) -> Step:
    texts, thoughts, calls = [], [], []
    synthetic = True
    for _, part in parts:
        kind = text_of(part.get("type"))
        if kind == "text":
            texts.append(text_of(part.get("text")))
            synthetic = synthetic and part.get("synthetic") is True
        elif kind == "reasoning":
            thoughts.append(text_of(part.get("text")))
        elif kind == "tool":
            calls.append(_call(part))
        else:
            tally.skip(f"a part of type {kind[:40] or 'none'}")
            continue
        tally.map()
    is_user = message.get("role") == "user"
    return Step(
        source="user" if is_user else "agent",
        text="\n".join(texts),
        thought="\n".join(thoughts),
        calls=tuple(calls),
        time=time_of(mapping_of(message.get("time")).get("created")),
        model=text_of(message.get("modelID")),
        line=parts[0][0] if parts else 0,
        is_injected=is_user and bool(texts) and synthetic,
    )


def _call(part: Mapping[str, Any]) -> Call:
    tool, state = text_of(part.get("tool")), mapping_of(part.get("state"))
    arguments = arguments_of(state.get("input"))
    outcome = None
    status = text_of(state.get("status"))
    if status in ("completed", "error"):
        metadata = mapping_of(state.get("metadata"))
        exit_status = None if metadata.get("interrupted") is True else whole_number(metadata.get("exit"))
        text = printed(text_of(state.get("output")) or text_of(state.get("error")))
        outcome = Outcome(text, exit_status, status == "error" or (exit_status is not None and exit_status != 0))
    return Call(text_of(part.get("callID")), tool, arguments, command_of(tool, arguments), outcome)

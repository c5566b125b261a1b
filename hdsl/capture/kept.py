"""What is kept of captures: which there are, and steps that a killed recorder had no time to write."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hdsl.capture.journal import JOURNAL, Event
from hdsl.capture.places import Places
from hdsl.capture.steps import write_steps
from hdsl.ground.json_lines import JsonLinesError, read_json_lines
from hdsl.sessions.opening import TRAJECTORY
from hdsl.sessions.values import text_of

_STARTING = 120
"""Seconds within which a recorder says who it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One capture. `commands` were run in its shells, and `is_running` says that there may be more."""

    session: str
    path: str
    began: str
    agent: str
    goal: str
    commands: int
    is_running: bool

    def as_json(self) -> dict[str, Any]:
        """The facts as plain data."""
        return asdict(self)


def catch_up(places: Places) -> None:
    """Writes the steps of captures where they are behind the journal: a recorder writes them now and then.

    One that runs may write newer ones meanwhile, over which these come. So these are as old as the journal was that
    they are made from: what was added to it since is seen the next time.
    """
    for session in places.sessions():
        kept = places.kept(session)
        with contextlib.suppress(OSError):
            journal = (kept / JOURNAL).stat()
            if _is_behind(kept, journal.st_mtime_ns):
                write_steps(kept, session, _events(kept))
                os.utime(kept / TRAJECTORY, ns=(journal.st_atime_ns, journal.st_mtime_ns))


def catch_up_in(places: Places, paths: Sequence[Path]) -> None:
    """Catches up with captures if one of some files and folders, which are about to be read, is among them."""
    captures = places.captures.resolve()
    for path in map(Path.resolve, paths):
        if path.is_relative_to(captures) or captures.is_relative_to(path):
            catch_up(places)
            return


def finish(places: Places) -> None:
    """Catches up with captures, above all those whose recorder was killed, and removes the pipes of such recorders."""
    catch_up(places)
    for path in _left_behind(places):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def captures(places: Places) -> list[Kept]:
    """All captures, the latest first."""
    found = []
    for session in places.sessions():
        events = _events(places.kept(session))
        about = next((event for event in events if event.get("event") == "session"), {})
        goal = next((text_of(event.get("text")) for event in events if event.get("event") == "prompt"), "")
        commands = sum(event.get("event") == "begin" for event in events)
        path = str(places.kept(session) / TRAJECTORY)
        facts = (text_of(about.get("time")), text_of(about.get("agent")), goal, commands)
        found.append(Kept(session, path, *facts, places.is_running(session)))
    return found


def _left_behind(places: Places) -> list[Path]:
    """The folders and locks of recorders that are gone, but for those that are just starting."""
    oldest = time.time() - _STARTING
    found = []
    with contextlib.suppress(OSError):
        for path in places.live.iterdir():
            if path.stat().st_mtime < oldest and not places.is_running(path.name.removesuffix(".lock")):
                found.append(path)
    return found


def _events(kept: Path) -> list[Event]:
    try:
        return [line.value for line in read_json_lines(kept / JOURNAL) if isinstance(line.value, dict)]
    except (JsonLinesError, OSError):
        return []


def _is_behind(kept: Path, journal: int) -> bool:
    try:
        return (kept / TRAJECTORY).stat().st_mtime_ns < journal
    except FileNotFoundError:
        return True

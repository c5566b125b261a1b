"""A capture that one process makes by itself: its name, and its folders while it runs."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from hdsl.capture.places import CaptureError, Places
from hdsl.ground.files import make_private_folder


def new_session(kind: str) -> str:
    """A name for a session that has none."""
    return f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@contextlib.asynccontextmanager
async def alone(places: Places, session: str) -> AsyncIterator[tuple[Path, Path]]:
    """The folders of a session: of what is kept, and of what runs. CaptureError where another process records it."""
    places.make()
    if places.is_running(session):
        raise CaptureError(f"the session {session!r} is being recorded already; take another name")
    kept, running = places.kept(session), places.running(session)
    shutil.rmtree(running, ignore_errors=True)
    for folder in (kept, running):
        make_private_folder(folder)
    places.own(session)
    try:
        yield kept, running
    finally:
        shutil.rmtree(running, ignore_errors=True)

"""Runs a person's shell in their terminal, from beginning to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path

from hdsl.capture.alone import alone, new_session
from hdsl.capture.keeper import Keeper
from hdsl.capture.person import PersonShell
from hdsl.capture.places import Places


def run_own_shell(places: Places, session: str, goal: str) -> str:
    """Runs the shell until it ends, and is the name of the session."""
    session = session or new_session("shell")
    with contextlib.suppress(asyncio.CancelledError):  # by a signal; everything is written by then
        asyncio.run(_run(places, session, goal))
    return session


async def _run(places: Places, session: str, goal: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    # The shell in the pane gets Ctrl-C; this process only waits for it.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    size = tuple(shutil.get_terminal_size((120, 40)))
    async with alone(places, session) as (kept, running):
        keeper = Keeper(session, kept, os.environ, (size[0], size[1]), goal)
        shell = PersonShell(keeper, running, os.environ, (size[0], size[1]))
        await shell.run(Path.cwd(), {"agent": "person", "version": "", "model": ""})

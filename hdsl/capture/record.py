"""The process that records one session of an agent: `python -m hdsl.capture.record`, started by `start.py`.

It is told what to do as JSON on stdin, says one line on stdout when it serves, and ends when the agent does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hdsl.capture.claude_events import ClaudeEvents
from hdsl.capture.events import ShellEvents
from hdsl.capture.journal import JOURNAL
from hdsl.capture.kept import finish
from hdsl.capture.places import READY, Places
from hdsl.capture.recorder import Recorder
from hdsl.capture.service import Events, Service
from hdsl.ground.errors import HdslError
from hdsl.ground.files import make_private_folder
from hdsl.ground.processes import is_alive


async def record(told: Mapping[str, Any]) -> None:
    """Records until the session ends, the agent is gone, or a signal comes."""
    places, session = Places(Path(told["captures"])), str(told["session"])
    kept, running = places.kept(session), places.running(session)
    make_private_folder(kept)
    is_resumed = (kept / JOURNAL).exists()
    folder, terminal, goal = (str(told[name]) for name in ("folder", "terminal", "goal"))
    recorder = Recorder(session, kept, running, folder, os.environ, terminal, "" if is_resumed else goal)
    ended = asyncio.Event()
    events: Events = ShellEvents(folder)
    if told["route"]:
        events = ClaudeEvents(recorder, Path(told["route"]), ended.set)
    service = Service(running, recorder, events)
    _watch(int(told["agent_process"]), ended)
    try:
        await recorder.start(agent=told["agent"], version=told["version"], model=told["model"])
        if is_resumed and told["is_restarted"]:
            recorder.keeper.note("The recorder was started again: what the shell had in its variables is lost.")
        service.open()
        places.own(session)
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        _let_go_of_output()
        await asyncio.to_thread(finish, places)
        await ended.wait()
    finally:
        service.close()
        await recorder.close()
        shutil.rmtree(running, ignore_errors=True)


def _watch(agent: int, ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        descriptor = os.pidfd_open(agent)
    except (AttributeError, OSError):
        _look_for(agent, ended)
    else:
        loop.add_reader(descriptor, _gone, descriptor, ended)


def _gone(descriptor: int, ended: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(descriptor)
    os.close(descriptor)
    ended.set()


def _look_for(agent: int, ended: asyncio.Event) -> None:
    """Where a process cannot be watched, it is looked for."""
    if is_alive(agent):
        asyncio.get_running_loop().call_later(1, _look_for, agent, ended)
    else:
        ended.set()


def _let_go_of_output() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def main() -> int:
    """Runs the recorder of the session that stdin tells of."""
    told = json.loads(sys.stdin.read())
    try:
        asyncio.run(record(told))
    except (HdslError, OSError) as error:
        with contextlib.suppress(OSError, ValueError):
            print(str(error), flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

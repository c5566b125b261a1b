"""`hdsl sessions replay`: a copy of a folder, a terminal in a sandbox, and the account of what came out."""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.output import flush, show, tell
from hdsl.ground.files import PRIVATE_FILE, write_atomically

if TYPE_CHECKING:
    from hdsl.sessions.model import Session
    from hdsl.sessions.replay import Replayed

DIFFERS = 1


def replay(session: "Session", options: argparse.Namespace) -> int:
    """Replays a session, and prints what became of each call. 1 where something differs."""
    from hdsl.sessions.redaction import Scrubber
    from hdsl.sessions.replay import measured
    from hdsl.sessions.write_atif import as_atif
    from hdsl.terminal.errors import SandboxMissing, TerminalError

    try:
        with tempfile.TemporaryDirectory(prefix=".hdsl-replay-", dir=Path.cwd()) as name:
            folder = Path(name)
            found = asyncio.run(_replayed(session, options, folder))
    except SandboxMissing as missing:
        raise CommandError(f"{missing}; --no-sandbox runs it as you, with your files and the network") from None
    except TerminalError as error:
        raise CommandError(str(error)) from None
    scrub = Scrubber(text for each in found for text in (each.screen, each.why))
    safe = [changed(each, screen=scrub(each.screen), why=scrub(each.why)) for each in found]
    counts = Counter(each.verdict for each in safe)
    account = {
        "session": session.id,
        "sandbox": not options.no_sandbox,
        "calls": len(safe),
        **{verdict.replace(" ", "_"): counts[verdict] for verdict in ("same", "differs", "not run")},
        "exit_statuses": _statuses(safe),
        "steps": [each.as_json() for each in safe],
    }
    if options.out is not None:
        document = as_atif(measured(session, found))
        write_atomically(options.out, json.dumps(document, ensure_ascii=False, indent=2) + "\n", mode=PRIVATE_FILE)
    show(json.dumps(account, ensure_ascii=False, indent=2))
    flush()
    tell(f"{session.id}: {counts['same']} same, {counts['differs']} differ, {counts['not run']} not run")
    return DIFFERS if counts["differs"] else 0


def _statuses(found: list["Replayed"]) -> dict[str, int]:
    """Of the calls that ran and have a recorded exit status: how many ended with the same, and with another."""
    known = [each for each in found if each.verdict != "not run" and each.recorded_status is not None]
    same = sum(each.exit_status == each.recorded_status for each in known)
    return {"same": same, "differ": len(known) - same}


async def _replayed(session: "Session", options: argparse.Namespace, folder: Path) -> tuple["Replayed", ...]:
    from hdsl.configuration.settings import load_settings
    from hdsl.policy.guard import Guard
    from hdsl.sessions.replay import copy_folder, replay
    from hdsl.terminal.terminal import Terminal

    rules = load_settings(Path.cwd()).policy
    if options.folder is not None:
        copy_folder(options.folder, folder)
    terminal = Terminal(folder, sandbox=not options.no_sandbox, gate=Guard(rules))
    try:
        return await replay(session, terminal, folder, options.timeout)
    finally:
        await terminal.close()

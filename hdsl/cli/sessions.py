"""`hdsl sessions`: reads recorded sessions of coding agents, and makes experience of them."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.numbers import seconds
from hdsl.cli.output import flush, show, tell
from hdsl.cli.subcommands import subcommands

if TYPE_CHECKING:
    from hdsl.sessions.model import Session
    from hdsl.sessions.reading import Found

MALFORMED = 1
EXAMPLES = {
    "import": "~/recordings --out learned",
    "show": "recording.jsonl",
    "export": "recording.jsonl --as atif",
    "replay": "recording.jsonl --folder project",
}


def run(words: list[str]) -> int:
    """Runs one subcommand."""
    options = make_parser().parse_args(words)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "import": _import,
        "show": _show,
        "export": _export,
        "replay": _replay,
    }
    return commands[options.subcommand](options)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl sessions",
        description="Read recordings of coding agents: ATIF, Claude Code, Codex, OpenCode, SWE-agent, asciicast.",
        epilog="example: hdsl sessions import ~/recordings --out learned",
        allow_abbrev=False,
    )
    add = subcommands(parser)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        return add(name, summary, f"{name} {EXAMPLES[name]}")

    imported = command("import", "writes rows, training data and a harness, and an account of every line to stdout")
    imported.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a recording, or a folder of them")
    imported.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to be made")
    shown = command("show", "the steps of the sessions in a recording")
    shown.add_argument("path", metavar="PATH", type=Path)
    shown.add_argument("--json", action="store_true", help="print one JSON object")
    exported = command("export", "prints the session of a recording in another format")
    exported.add_argument("path", metavar="PATH", type=Path)
    exported.add_argument("--as", dest="form", choices=["atif"], required=True)
    exported.add_argument("--session", metavar="ID", help="which session, where the recording has several")
    replayed = command("replay", "runs the commands of a session again in a sandbox, and compares")
    replayed.add_argument("path", metavar="PATH", type=Path)
    replayed.add_argument("--session", metavar="ID", help="which session, where the recording has several")
    replayed.add_argument(
        "--folder", metavar="DIR", type=Path, help="the folder that the session starts from; it runs in a copy"
    )
    replayed.add_argument(
        "--out", metavar="FILE", type=Path, help="write the session as ATIF, with the exit statuses that were measured"
    )
    replayed.add_argument("--timeout", metavar="S", type=seconds, default=60.0, help="seconds a command (default 60)")
    replayed.add_argument("--no-sandbox", action="store_true", help="run as you, with your files and the network")
    return parser


def _import(options: argparse.Namespace) -> int:
    from hdsl.sessions.importing import import_sessions

    found = _found(options.paths)
    if not found.recordings:
        return _code(found)
    account = import_sessions(found, options.out)
    show(json.dumps(account, ensure_ascii=False, indent=2))
    flush()
    rows = account["rows"]
    told = ", ".join(f"{count} in {name}" for name, count in rows.items())
    tell(f"{options.out}: {_count(len(found.sessions), 'session')}, {_count(account['calls'], 'call')}; rows: {told}")
    return _code(found)


def _show(options: argparse.Namespace) -> int:
    from hdsl.sessions.importing import account_of
    from hdsl.sessions.showing import as_json, as_text

    found = _found([options.path])
    if options.json:
        sessions = [as_json(session) for session in found.sessions]
        show(json.dumps({**account_of(found), "sessions": sessions}, ensure_ascii=False, indent=2))
    else:
        for session in found.sessions:
            show("\n".join(as_text(session)))
        for recording in found.recordings:
            account = recording.account
            skipped = "".join(f"; {count} skipped: {reason}" for reason, count in sorted(account.skipped.items()))
            show(f"{account.path}: {account.mapped} of {account.all} {account.unit} mapped{skipped}")
    return _code(found)


def _export(options: argparse.Namespace) -> int:
    from hdsl.sessions.write_atif import as_atif

    found = _found([options.path])
    code = _code(found)
    if found.sessions:
        session = _chosen(found, options.session)
        show(json.dumps(as_atif(session, found.sessions), ensure_ascii=False, indent=2))
    return code


def _replay(options: argparse.Namespace) -> int:
    from hdsl.cli.sessions_replay import replay

    found = _found([options.path])
    if not found.sessions:
        return _code(found)
    return replay(_chosen(found, options.session), options)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _found(paths: list[Path]) -> "Found":
    from hdsl.capture.kept import catch_up_in
    from hdsl.cli.capture import places
    from hdsl.sessions.reading import read_all

    catch_up_in(places(), paths)
    found = read_all(paths)
    for each in found.unreadable:
        tell(f"hdsl sessions: {each.reason}")
    return found


def _code(found: "Found") -> int:
    """1 where a file is not a recording; 2 where nothing could be opened."""
    if not found.recordings:
        if not found.unreadable:
            tell("hdsl sessions: there is no recording in it")
        return 2 if all(not Path(each.path).is_file() for each in found.unreadable) else MALFORMED
    return MALFORMED if found.unreadable else 0


def _chosen(found: "Found", identity: str | None) -> "Session":
    """The session of that id; without one, the only session that no other started."""
    sessions = [session for session in found.sessions if session.steps]
    if identity is not None:
        sessions = [session for session in sessions if session.id == identity]
    elif len(sessions) > 1:
        known = {session.id for session in sessions}
        sessions = [session for session in sessions if session.parent not in known]
    if len(sessions) == 1:
        return sessions[0]
    names = ", ".join(session.id for session in found.sessions[:10])
    what = "several sessions; choose one with --session" if len(sessions) > 1 else "no such session with steps"
    raise CommandError(f"the recording has {what}: {names}")

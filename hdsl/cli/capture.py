"""`hdsl capture`: records what an agent or a person does in a shell."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.output import show, tell
from hdsl.ground.display import one_line

if TYPE_CHECKING:
    from hdsl.capture.places import Places

_WIDTH = 80


def run(words: list[str]) -> int:
    """Runs one subcommand."""
    options = make_parser().parse_args(words)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "claude": _claude,
        "list": _list,
    }
    return commands[options.subcommand](options)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl capture",
        description="Records what an agent or a person does in a shell: the steps as ATIF, the pane as an asciicast.",
        epilog="example: hdsl capture claude",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True)

    def command(name: str, summary: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example: hdsl capture {example}",
            allow_abbrev=False,
        )

    claude = command("claude", "installs a plugin that records every session of Claude Code", "claude --dry-run")
    claude.add_argument(
        "--folder", metavar="DIR", type=Path, help="the folder of the plugin (default: ~/.claude/skills/hdsl-capture)"
    )
    what = claude.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="say which files would be written or removed")
    what.add_argument("--print", action="store_true", help="print the files instead of writing them")
    claude.add_argument("--remove", action="store_true", help="take the plugin away; what was captured stays")
    listed = command("list", "the captures that are kept, the newest first", "list")
    listed.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def places() -> "Places":
    """Where captures are kept, by the settings."""
    from hdsl.capture.places import Places, default_captures
    from hdsl.configuration.settings import load_settings

    found = load_settings(Path.cwd()).captures
    return Places(found.absolute() if found is not None else default_captures())


def _claude(options: argparse.Namespace) -> int:
    from hdsl.capture import plugin

    folder = (options.folder or plugin.default_folder()).absolute()
    files = plugin.plugin_files(places(), folder)
    if options.print:
        for name, file in files.items():
            show(f"# {folder / name}\n{file.content}")
        return 0
    if options.dry_run:
        for name in files:
            show(f"{'remove' if options.remove else 'write'} {folder / name}")
        return 0
    if options.remove:
        was_there = plugin.remove(folder)
        tell(f"{folder}: removed" if was_there else f"{folder}: there is no plugin")
        return 0
    plugin.install(places(), folder)
    tell(f"{folder}: installed; sessions that start from now on are recorded in {places().captures}")
    tell("Claude Code asks before it runs what no rule allows. These two rules, under `permissions.allow` in its")
    tell("settings, allow the way into the recorded shell and nothing else; a command still needs a rule of its own:")
    for rule in plugin.rules(folder):
        show(rule)
    return 0


def _list(options: argparse.Namespace) -> int:
    from hdsl.capture.kept import captures, finish

    finish(places())
    found = captures(places())
    if options.json:
        show(json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=2))
        return 0
    for each in found:
        state = ", running" if each.is_running else ""
        commands = f"{each.commands} command{'' if each.commands == 1 else 's'}"
        show(f"{each.began[:19]}  {each.agent}: {one_line(each.goal, _WIDTH) or '(no goal)'} ({commands}{state})")
        show(f"  {each.path}")
    if not found:
        tell(f"{places().captures}: there are no captures")
    return 0

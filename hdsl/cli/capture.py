"""`hdsl capture`: records what an agent or a person does in a shell."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.output import on_terminal, show, tell
from hdsl.cli.subcommands import subcommands
from hdsl.ground.display import one_line

if TYPE_CHECKING:
    from hdsl.capture.places import Places

_WIDTH = 80


def run(words: list[str]) -> int:
    """Runs one subcommand."""
    options = make_parser().parse_args(words)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "claude": _claude,
        "shell": _shell,
        "mcp": _mcp,
        "acp": _acp,
        "list": _list,
    }
    return commands[options.subcommand](options)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl capture",
        description="Record what an agent or a person does in a shell: the steps as ATIF, the pane as an asciicast.",
        epilog="example: hdsl capture claude",
        allow_abbrev=False,
    )
    command = subcommands(parser)

    claude = command("claude", "installs a plugin that records every session of Claude Code", "claude --dry-run")
    claude.add_argument(
        "--folder", metavar="DIR", type=Path, help="the folder of the plugin (default: ~/.claude/skills/hdsl-capture)"
    )
    what = claude.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="show which files would be written or removed")
    what.add_argument("--print", action="store_true", help="print the files instead of writing them")
    claude.add_argument("--remove", action="store_true", help="remove the plugin; captures are kept")
    shell = command(
        "shell",
        "a shell that is recorded: for a person, and with -c for an agent that starts one for each command",
        "shell --goal 'find out why the build fails'",
    )
    shell.add_argument("-c", dest="given", metavar="COMMAND", help="run a command as `bash -c` does, recorded")
    shell.add_argument("--goal", metavar="TEXT", help="what the work is for, in your words")
    shell.add_argument(
        "--path", action="store_true", help="print the path of a program for agents that take their shell from SHELL"
    )
    mcp = command("mcp", "serves a recorded terminal over MCP, on stdin and stdout", "mcp")
    mcp.add_argument("--goal", metavar="TEXT", help="what the work is for, in your words")
    acp = command(
        "acp",
        "lets an agent that speaks the Agent Client Protocol work here, in terminals that are recorded",
        "acp --goal 'count the fruits' gemini --acp",
    )
    acp.add_argument("--goal", metavar="TEXT", required=True, help="what the agent is to do, in your words")
    acp.add_argument("--key", metavar="VARIABLE", default="", help="the variable with the agent's key, which it gets")
    acp.add_argument("words", metavar="COMMAND", nargs=argparse.REMAINDER, help="what starts the agent")
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


def _shell(options: argparse.Namespace) -> int:
    from hdsl.capture.wrapper import shell_for_agents

    if options.goal is not None:
        os.environ["HDSL_CAPTURE_GOAL"] = options.goal
    if options.path:
        show(str(shell_for_agents(places())))
        return 0
    if options.given is not None:
        script = shell_for_agents(places())
        os.execv(script, [str(script), "-c", options.given])
    if not (on_terminal(sys.stdin) and on_terminal(sys.stdout)):
        raise CommandError("a person's shell needs a terminal; -c COMMAND runs one command")
    return _person(os.environ.get("HDSL_CAPTURE_GOAL", ""))


def _person(goal: str) -> int:
    from hdsl.capture.own_shell import run_own_shell

    session = run_own_shell(places(), os.environ.get("HDSL_CAPTURE_SESSION", ""), goal)
    tell(f"{places().kept(session)}: what was done here")
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from hdsl.capture.alone import new_session
    from hdsl.capture.mcp import serve
    from hdsl.ground.processes import name_of

    goal = options.goal if options.goal is not None else os.environ.get("HDSL_CAPTURE_GOAL", "")
    serve(places(), os.environ.get("HDSL_CAPTURE_SESSION") or new_session("mcp"), name_of(os.getppid()), goal)
    return 0


def _acp(options: argparse.Namespace) -> int:
    from hdsl.capture.acp import work_recorded
    from hdsl.configuration.settings import load_settings

    said, kept, code = work_recorded(places(), load_settings(Path.cwd()), options.words, options.goal, options.key)
    if said:
        show(said)
    tell(f"{kept}: what was done here")
    return code


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

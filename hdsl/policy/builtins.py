"""What the shell's own commands do to what is known, and what `env` and `xargs` make of their arguments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hdsl.policy.escapes import ansi_c
from hdsl.policy.filters import output
from hdsl.policy.harm import Harm
from hdsl.policy.texts import UNKNOWN, settled, taint
from hdsl.policy.wrappers import unwrapped

if TYPE_CHECKING:
    from hdsl.policy.analysis import Analysis, Run

_MOST_TURNS = 500


def _xargs(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    found = unwrapped("xargs", arguments)
    if not found.commands:
        return analysis.filtered("xargs", ["xargs", *arguments], stdin)
    command = list(found.commands[0])
    if command[:2] == ["cp", "/dev/null"] and not settled(stdin):
        run.harms.append(Harm("truncation", "empties every file that it is given"))
    if not settled(stdin):
        words = [stdin if taint(stdin) else UNKNOWN]
    elif {"-0", "--null"} & set(arguments):
        words = [word for word in stdin.split("\0") if word]
    else:
        words = stdin.splitlines() if found.replaced else stdin.split()
    if found.replaced:
        for word in (words or [UNKNOWN])[:_MOST_TURNS]:
            analysis.dispatch([each.replace(found.replaced, word) for each in command], "")
    else:
        if command and analysis.name(command[0]) == "rm" and not settled(stdin):
            run.harms.append(Harm("recursive-delete", "deletes every file that it is given"))
        if command and analysis.name(command[0]) in ("truncate", "tee") and not settled(stdin):
            run.harms.append(Harm("truncation", "empties every file that it is given"))
        return analysis.dispatch([*command, *words[:500]], "")
    return UNKNOWN


def _eval(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    return analysis.run_text(" ".join(arguments), stdin, run)


def _source(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if not arguments:
        return ""
    if arguments[0] in ("/dev/stdin", "/proc/analysis/fd/0"):
        return analysis.run_text(stdin, "", run)
    return analysis.file_run(arguments[0], run)


def _alias(analysis: Analysis, arguments: list[str], _stdin: str, _run: Run) -> str:
    for each in arguments:
        name, equals, text = each.partition("=")
        if equals:
            analysis.environment.aliases[name] = text
    return ""


def _trap(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments and not arguments[0].startswith("-"):
        analysis.run_text(arguments[0], stdin, run)
    return ""


def _set_positional(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if not arguments:
        run.harms.append(Harm("credentials", "shows all variables, and the keys among them"))
    if "--" in arguments:
        analysis.environment.positional = arguments[arguments.index("--") + 1 :]
    elif arguments and not arguments[0].startswith(("-", "+")):
        analysis.environment.positional = arguments
    return ""


def _read_into(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    names = [each for each in arguments if re.fullmatch(r"[A-Za-z_]\w*", each)]
    line = stdin.split("\n")[0] if stdin else UNKNOWN
    values = line.split(None, len(names) - 1) if names else []
    for at, name in enumerate(names):
        analysis.environment.variables[name] = values[at] if at < len(values) else UNKNOWN if not settled(line) else ""
    return ""


def _printf(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments[:1] == ["-v"] and len(arguments) > 2:
        made = output(["printf", *arguments[2:]], stdin, analysis.environment.files)
        analysis.environment.variables[arguments[1]] = made
        return ""
    return output(["printf", *arguments], stdin, analysis.environment.files)


def _history(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if "-s" in arguments:
        return analysis.run_text(" ".join(arguments[arguments.index("-s") + 1 :]), stdin, run)
    return UNKNOWN


def _fix_command(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if not any(re.fullmatch(r"-[nr]*l[nr]*", each) for each in arguments):
        run.harms.append(Harm("disguise", "runs a line of the history"))
    return UNKNOWN


def _bind(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    """Keys that are bound to texts with a line end, or to commands."""
    for each in arguments:
        _, colon, bound = each.partition('":')
        if colon:
            text = ansi_c(bound.strip().strip("\"'"))
            analysis.run_text(re.sub(r"\\C-[mj]|\\[rn]", "\n", text), stdin, run)
    return ""


def _complete(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    for option, value in itertools.pairwise(arguments):
        if option == "-C":
            analysis.run_text(value, stdin, run)
    return UNKNOWN


def _hash(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments[:1] == ["-p"] and len(arguments) > 2:
        analysis.environment.aliases[arguments[2]] = arguments[1]
    return ""


def _env(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    found = unwrapped("env", arguments)
    if not found.commands and not found.scripts:
        if not any(each in ("--help", "--version", "--list-signal-handling") for each in arguments):
            run.harms.append(Harm("credentials", "shows all environment variables, and the keys among them"))
        return UNKNOWN
    return analysis.wrapped(found, arguments, stdin, run, "env")


def _mapfile(analysis: Analysis, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments:
        analysis.environment.arrays[arguments[-1]] = stdin.split("\n")
    return ""


BUILTINS: Mapping[str, Callable[[Analysis, list[str], str, Run], str]] = {
    "eval": _eval,
    "source": _source,
    ".": _source,
    "alias": _alias,
    "trap": _trap,
    "set": _set_positional,
    "read": _read_into,
    "printf": _printf,
    "history": _history,
    "fc": _fix_command,
    "bind": _bind,
    "complete": _complete,
    "compgen": _complete,
    "hash": _hash,
    "env": _env,
    "xargs": _xargs,
    "mapfile": _mapfile,
    "readarray": _mapfile,
}

"""What the shell's own commands do to what is known, and what `env` and `xargs` make of their arguments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping

from hdsl.policy.budget import bounded, joined, pay, replaced
from hdsl.policy.escapes import ansi_c
from hdsl.policy.filters import output
from hdsl.policy.folders import is_absolute
from hdsl.policy.harm import Harm
from hdsl.policy.runs import Reader, Run
from hdsl.policy.texts import MANY, UNKNOWN, many, settled, taint
from hdsl.policy.wrappers import unwrapped

_MOST_TURNS = 500


def _xargs(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    found = unwrapped("xargs", arguments)
    if not found.commands:
        return reader.filtered("xargs", ["xargs", *arguments], stdin)
    command = list(found.commands[0])
    for option, value in itertools.pairwise(arguments[: len(arguments) - len(command)]):
        if option in ("-a", "--arg-file"):
            stdin = reader.environment.files.get(value, UNKNOWN)
    if MANY in stdin and "\0" not in stdin:
        words = [many(line) for line in stdin.splitlines() if line]
    elif not settled(stdin):
        words = [many(taint(stdin) or UNKNOWN)]  # As many as there are.
    elif {"-0", "--null"} & set(arguments):
        words = [word for word in stdin.split("\0") if word]
    else:
        words = stdin.splitlines() if found.replaced else stdin.split()
    if not found.replaced:
        return reader.dispatch([*command, *words[:_MOST_TURNS]], "")
    made = [
        reader.dispatch([replaced(each, found.replaced, word) for each in command], "")
        for word in (words or [UNKNOWN])[:_MOST_TURNS]
    ]
    return joined(made)


def _command(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    options = list(itertools.takewhile(lambda each: each.startswith("-"), arguments))
    if any(re.fullmatch(r"-p?[vV]", each) for each in options):
        return reader.filtered("command", ["command", *arguments], stdin)
    return reader.wrapped(unwrapped("command", arguments), arguments, stdin, run, "command")


def _cd(reader: Reader, arguments: list[str], _stdin: str, _run: Run) -> str:
    reader.environment.files.go(arguments)
    return ""


def _popd(reader: Reader, _arguments: list[str], _stdin: str, _run: Run) -> str:
    reader.environment.files.go_back()
    return ""


def _pwd(reader: Reader, _arguments: list[str], _stdin: str, _run: Run) -> str:
    folder = reader.environment.files.folder
    return f"{folder if is_absolute(folder) else '.'}\n"


def _eval(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    return reader.run_text(" ".join(arguments), stdin, run)


def _source(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if not arguments:
        return ""
    if arguments[0] in ("/dev/stdin", "/proc/self/fd/0"):
        return reader.run_text(stdin, "", run)
    return reader.file_run(arguments[0], run)


def _alias(reader: Reader, arguments: list[str], _stdin: str, _run: Run) -> str:
    for each in arguments:
        name, equals, text = each.partition("=")
        if equals:
            reader.environment.aliases[name] = text
    return ""


def _trap(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments and not arguments[0].startswith("-"):
        reader.run_text(arguments[0], stdin, run)
    return ""


def _set_positional(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if not arguments:
        run.harms.append(Harm("credentials", "shows all variables, and the keys among them"))
    if "--" in arguments:
        reader.environment.positional = arguments[arguments.index("--") + 1 :]
    elif arguments and not arguments[0].startswith(("-", "+")):
        reader.environment.positional = arguments
    return ""


def _read_into(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    names = [each for each in arguments if re.fullmatch(r"[A-Za-z_]\w*", each)]
    line = stdin.split("\n")[0] if stdin else UNKNOWN
    values = line.split(None, len(names) - 1) if names else []
    for at, name in enumerate(names):
        reader.environment.variables[name] = values[at] if at < len(values) else UNKNOWN if not settled(line) else ""
    return ""


def _printf(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments[:1] == ["-v"] and len(arguments) > 2:
        made = bounded(output(["printf", *arguments[2:]], stdin, reader.environment.files))
        reader.environment.variables[arguments[1]] = made
        return ""
    return bounded(output(["printf", *arguments], stdin, reader.environment.files))


def _history(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if "-s" in arguments:
        return reader.run_text(" ".join(arguments[arguments.index("-s") + 1 :]), stdin, run)
    return UNKNOWN


def _fix_command(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if not any(re.fullmatch(r"-[nr]*l[nr]*", each) for each in arguments):
        run.harms.append(Harm("disguise", "runs a line of the history"))
    return UNKNOWN


def _bind(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    """Keys that are bound to texts with a line end, or to commands."""
    for each in arguments:
        _, colon, bound = each.partition('":')
        if colon:
            text = ansi_c(bound.strip().strip("\"'"))
            reader.run_text(re.sub(r"\\C-[mj]|\\[rn]", "\n", text), stdin, run)
    return ""


def _complete(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    for option, value in itertools.pairwise(arguments):
        if option == "-C":
            reader.run_text(value, stdin, run)
    return UNKNOWN


def _hash(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments[:1] == ["-p"] and len(arguments) > 2:
        reader.environment.aliases[arguments[2]] = arguments[1]
    return ""


def _env(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    found = unwrapped("env", arguments)
    if not found.commands and not found.scripts:
        if not any(each in ("--help", "--version", "--list-signal-handling") for each in arguments):
            run.harms.append(Harm("credentials", "shows all environment variables, and the keys among them"))
        return UNKNOWN
    return reader.wrapped(found, arguments, stdin, run, "env")


def _mapfile(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    if arguments:
        pay(len(stdin))
        reader.environment.arrays[arguments[-1]] = stdin.split("\n")
    return ""


BUILTINS: Mapping[str, Callable[[Reader, list[str], str, Run], str]] = {
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
    "command": _command,
    "cd": _cd,
    "chdir": _cd,
    "pushd": _cd,
    "popd": _popd,
    "pwd": _pwd,
    "mapfile": _mapfile,
    "readarray": _mapfile,
}

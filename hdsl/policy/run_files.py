"""Files that programs run: makefiles, scripts of packages, of editors and debuggers, scripts with `#!`."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hdsl.policy.folders import joined

_RUN_BY: Mapping[str, frozenset[str]] = {
    "make": frozenset(["-f", "--file", "--makefile"]),
    "vim": frozenset(["-S", "-s", "-u"]),
    "gdb": frozenset(["-x", "--command", "-ix", "-iex"]),
    "awk": frozenset(["-f", "--file"]),
    "sed": frozenset(["-f", "--file"]),
    "psql": frozenset(["-f", "--file"]),
    "sqlite3": frozenset(["-init"]),
    "emacs": frozenset(["-l", "--load", "--script"]),
    "tmux": frozenset(["-f", "source-file"]),
    "screen": frozenset(["-c"]),
    "just": frozenset(["-f", "--justfile"]),
}
_SAME = {"gmake": "make", "vi": "vim", "nvim": "vim", "ex": "vim", "view": "vim", "gawk": "awk", "mawk": "awk"}
_PROJECT_FILES: Mapping[str, tuple[str, ...]] = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), ("package.json",)),
}
_GOES_TO = frozenset(["-C", "--directory", "--prefix", "--cwd"])
_RULE = re.compile(r"^(?P<names>[\w./%-][\w ./%-]*?) ?::?(?!=)(?P<needs>[^=;#\n]*)(?:;(?P<inline>.*))?$", re.MULTILINE)
_SHEBANG = re.compile(r"#!\s*([^\n]+)")


def files_run(name: str, arguments: Sequence[str]) -> Iterator[str]:
    """The files whose content a program of that name runs."""
    options = _RUN_BY.get(_SAME.get(name, name), frozenset())
    for option, following in itertools.pairwise(arguments):
        if option in options:
            yield following
    for each in arguments:
        option, equals, value = each.partition("=")
        if equals and option.startswith("--") and option in options:
            yield value


def project_files(name: str, arguments: Sequence[str]) -> Sequence[str]:
    """The files that hold the command lines which a program runs by the names of tasks."""
    name = _SAME.get(name, name)
    if name not in _PROJECT_FILES:
        return ()
    folder = next((value for option, value in itertools.pairwise(arguments) if option in _GOES_TO), "")
    return [joined(folder, each) for each in list(files_run(name, arguments)) or _PROJECT_FILES[name]]


def tasks(content: str, arguments: Sequence[str]) -> str:
    """The command lines in a makefile, a justfile or a package, of the tasks that are named, or of the first."""
    found = _package_scripts(content) if content.lstrip().startswith("{") else _rules(content)
    if not found:
        return ""
    wanted = [each for each in found if each in arguments or _is_around(each, arguments)]
    if not wanted and not content.lstrip().startswith("{"):
        wanted = [next(iter(found))]
    for each in wanted:  # The list grows by what its tasks need.
        wanted += [needed for needed in found[each].needs if needed in found and needed not in wanted]
    return "\n".join(found[each].lines for each in wanted)


class _Task(NamedTuple):
    needs: list[str]
    lines: str


def _rules(content: str) -> dict[str, _Task]:
    found: dict[str, _Task] = {}
    rules = list(_RULE.finditer(content))
    for rule, following in itertools.zip_longest(rules, rules[1:]):
        body = content[rule.end() : following.start() if following else len(content)]
        lines = [rule["inline"] or "", *re.findall(r"^[\t ]+[-@+ ]*(.+)$", body, re.MULTILINE)]
        for name in rule["names"].split():
            found[name] = _Task(rule["needs"].split(), "\n".join(lines).replace("$$", "$"))
    return {name: task for name, task in found.items() if not name.startswith(".")}


def _package_scripts(content: str) -> dict[str, _Task]:
    try:
        scripts = json.loads(content)["scripts"]
        return {str(name): _Task([], str(line)) for name, line in scripts.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _is_around(script: str, arguments: Sequence[str]) -> bool:
    """Whether a script of a package runs before or after one that is named, or when it is installed."""
    bare = re.sub("^(?:pre|post)", "", script)
    installs = {"install", "i", "ci", "add"} & set(arguments)
    return (bare != script and bare in arguments) or (bool(installs) and bare in ("install", "prepare"))


def started_by(script: str) -> list[str]:
    """The command that the first line of a script names to run it; empty where it names none."""
    named = _SHEBANG.match(script)
    return named[1].split() if named else []

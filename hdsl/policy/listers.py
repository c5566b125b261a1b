"""What commands print that list files or processes: names of which each is one of many, and where they lie."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from hdsl.policy.texts import CHILD, GLOBS, PROCESSES, UNKNOWN, has_glob, many

_ANY = GLOBS["*"]
_MARKS = str.maketrans(GLOBS)
_MOST = 20
_ACTION = re.compile(r"-(?:exec|execdir|ok|okdir)$")
_NAMED = frozenset(["-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename"])
_WIDE = re.compile(r"(?:|\.|\.\*|\^|\$|\.\.\*|\[a-z\])")


def found_paths(arguments: Sequence[str]) -> list[str]:
    """What `find` finds, as paths with globs."""
    starts = list(itertools.takewhile(lambda each: each[:1] not in "-(!" or each == "-", _without_options(arguments)))
    names: list[str] = []
    for before, (option, value) in zip(["", *arguments], itertools.pairwise(arguments), strict=False):
        if _ACTION.match(option):
            break
        if option in _NAMED and before not in ("!", "-not"):
            names.append(re.sub(r"^(?:\*+/)+", "", value) if "path" in option or "whole" in option else value)
    if "/" in starts:
        starts.append("/etc")  # What is sought by name on the whole disk is mostly there.
    found = itertools.product(starts or ["."], names or [_ANY])
    return [
        start if name.startswith(start) and name != start else _below(start, name)
        for start, name in itertools.islice(found, _MOST)
    ]


def _without_options(arguments: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(arguments) and re.fullmatch(r"-[HLP]+|-O\d|-D", arguments[at]):
        at += 2 if arguments[at] == "-D" else 1
    return arguments[at:]


def _below(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name.lstrip('/').translate(_MARKS)}"


def listed(name: str, arguments: Sequence[str]) -> str | None:
    """What a lister prints; None if the command is none."""
    if name == "find":
        if any(each.startswith(("-exec", "-ok", "-printf", "-delete", "-quit")) for each in arguments):
            return None
        return _lines(found_paths(arguments))
    if name in ("ls", "dir", "exa", "eza"):
        return _ls(arguments)
    if name in ("fd", "fdfind"):
        return None if {"-x", "-X", "--exec", "--exec-batch"} & set(arguments) else many(f"./{_ANY}")
    if name in ("locate", "plocate", "mlocate", "mdfind"):
        return many(f"/{_ANY}")
    if name in ("rg", "grep", "egrep", "ag", "ack") and _lists_files(name, arguments):
        return many(UNKNOWN)
    if name == "git":
        return _git(arguments)
    return _processes(name, arguments)


def _lines(paths: Sequence[str]) -> str:
    return "".join(f"{many(path)}\n" for path in paths)


def _ls(arguments: Sequence[str]) -> str | None:
    named = [each for each in arguments if not each.startswith("-")]
    if any(each.startswith("-") and re.search("[lsR]", each) and not each.startswith("--") for each in arguments):
        return many(UNKNOWN)
    if named and all(has_glob(each) for each in named):
        # The shell has put the names in: `ls *.tmp | xargs rm` is `rm *.tmp`.
        return "".join(f"{each}\n" for each in named)
    return many(_ANY)


def _lists_files(name: str, arguments: Sequence[str]) -> bool:
    short = "".join(each[1:] for each in arguments if re.match(r"-[a-zA-Z]", each))
    long = {"--files-with-matches", "--files-without-match", "--files"} & set(arguments)
    return bool(long) or "l" in short or (name != "rg" and "L" in short)


def _git(arguments: Sequence[str]) -> str | None:
    words = set(arguments)
    if "rev-parse" in words:
        inside = next((value for option, value in itertools.pairwise(arguments) if option == "--git-path"), None)
        if inside is not None:
            return f".git/{inside}\n"
        return ".git\n" if words & {"--git-dir", "--absolute-git-dir", "--git-common-dir"} else None
    lists = words & {"ls-files", "ls-tree", "--name-only"} or (
        "grep" in words and words & {"-l", "--files-with-matches"}
    )
    return many(_ANY) if lists else None


def _processes(name: str, arguments: Sequence[str]) -> str | None:
    if name == "jobs":
        return f"{CHILD}\n"
    if name == "pgrep":
        return UNKNOWN if _is_particular(arguments) else PROCESSES + UNKNOWN
    if name in ("ps", "lsof", "pidof", "top", "fuser", "pstree"):
        return PROCESSES + UNKNOWN
    return None


def _is_particular(arguments: Sequence[str]) -> bool:
    """Whether a pattern is that of one server or run, and not of all that a program does, as `node` would be."""
    patterns = list(_patterns(arguments))
    return bool(patterns) and all(not _WIDE.fullmatch(each) and re.search(r"[\s/\d]", each) for each in patterns)


def _patterns(arguments: Sequence[str]) -> Iterator[str]:
    for before, each in itertools.pairwise(["", *arguments]):
        if not each.startswith("-") and not re.fullmatch(r"-[uUgGtPs]|--\w+", before):
            yield each
        elif re.match(r"-[uUgGtvs]", each):
            yield ""

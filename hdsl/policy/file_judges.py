"""Judges of commands that delete, write, copy or change files: each gives the harms of a command's arguments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from hdsl.policy import places
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.options import before_dashes, flags, has_option, targets, values
from hdsl.policy.texts import MANY, UNKNOWN, has_glob, is_many, shown

_FEW = 2
"""Files that one names one by one."""
_LEAVINGS = re.compile(
    r"\*(?:\.(?:pyc|pyo|o|obj|lo|class|tmp|temp|bak|orig|rej|sw[op]|log|gcda|gcno|gcov|d|cache)|~)"
    r"|\.DS_Store|Thumbs\.db|\.coverage|core"
)
"""Names of files that compilers, editors and tools leave behind."""
_BUILT = re.compile(r"(?:\./)?(?:[\w.-]+/)*(?:build|dist|out|public|site|_site|html|www|target|release|bin)")
"""Folders that are made of the project's files, and can be made again."""
_RSYNC_VALUED = frozenset(
    ["-e", "-f", "-B", "-M", "-T", "--rsh", "--exclude", "--include", "--filter", "--exclude-from", "--rsync-path"]
)
_TAKES_ALL = re.compile(r"0+|(?:a|ugo)?(?:-rwx|=)")
_OPENS = re.compile(r"0?[0-7](?:[1-7][0-7]|[0-7][1-7])|[ugo]*[goa][ugoa]*[+=][rwxX]+|\+[rwxX]+")
"""Modes by which others than the owner may read or change a file."""
_TAKES_RIGHTS = re.compile(r"-[rwxXstugo]+(?:,.*)?")


def judge_rm(arguments: Sequence[str]) -> Iterator[Harm]:
    options = before_dashes(arguments)
    named = targets(arguments)
    shown_names = " ".join(map(shown, named[:3])) or "what it is given"
    if re.search("[rR]", flags(options)) or has_option(options, "--recursive"):
        yield Harm("recursive-delete", f"deletes {shown_names} with all that is in it")
    elif any(has_glob(each) and (places.is_wide(each) or "**" in shown(each)) for each in named):
        yield Harm("recursive-delete", f"deletes all files of {shown_names}")
    elif any(each.endswith(MANY) and not _is_leaving(each) for each in named):
        yield Harm("recursive-delete", "deletes every file that it is given")
    yield from (Harm("system-files", f"deletes {shown(each)}") for each in named if places.is_system(each))
    yield from (Harm("credentials", f"deletes {shown(each)}") for each in named if places.is_credential(each))
    yield from (Harm("persistence", f"deletes {shown(each)}") for each in named if places.is_start_file(each))


def _is_leaving(found: str) -> bool:
    """Whether what a lister found are files that tools leave behind, below a folder of the project."""
    folder, _, name = shown(found).rpartition("/")
    return _LEAVINGS.fullmatch(name) is not None and places.is_of_project(folder)


def judge_find(arguments: Sequence[str]) -> Iterator[Harm]:
    if "-delete" in arguments and not _finds_leavings(arguments):
        yield Harm("recursive-delete", "deletes every file that it finds")
    for option in ("-fprint", "-fprintf", "-fls", "-fprint0"):
        if option in arguments[:-1]:
            yield from written(arguments[list(arguments).index(option) + 1])


def _finds_leavings(arguments: Sequence[str]) -> bool:
    """Whether only files that tools leave behind, or empty folders, are found, below a folder of the project."""
    words = list(itertools.dropwhile(re.compile(r"-[HLP]|-[OD].*").fullmatch, arguments))
    # What stands behind `-delete` comes too late for it.
    words = words[: words.index("-delete")]
    roots = list(itertools.takewhile(lambda each: not each.startswith(("-", "(", "!")), words))
    tests = {option: value for option, value in itertools.pairwise(words) if option in ("-name", "-iname", "-type")}
    named = _LEAVINGS.fullmatch(tests.get("-name", tests.get("-iname", ""))) is not None
    empty = tests.get("-type") == "d" and "-empty" in words
    chosen_otherwise = any(each in ("-o", "-or", "!", "-not", ",") for each in arguments)
    return (named or empty) and not chosen_otherwise and all(map(places.is_of_project, roots or ["."]))


def judge_rsync(arguments: Sequence[str]) -> Iterator[Harm]:
    if has_option(arguments, "-n", "--dry-run", "--list-only"):
        return
    named = targets(arguments, _RSYNC_VALUED)
    deletes = any(each.startswith(("--del", "--remove-source-files")) for each in arguments)
    if deletes and not _is_deployment(named):
        yield Harm("recursive-delete", "deletes what the other side has not")
    for each in named[-1:] if len(named) > 1 else []:
        yield from written(each, appends=True)


def _is_deployment(named: Sequence[str]) -> bool:
    """Whether a folder that the project made goes to another machine."""
    *sources, into = named or [""]
    away = re.fullmatch(r"[\w.@-]+:(?:[^:].*/[^/]+/?|)", into) is not None
    return away and bool(sources) and all(_BUILT.fullmatch(each.rstrip("/")) is not None for each in sources)


def judge_shred(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-n", "-s", "--iterations", "--size", "--random-source"}))
    if not _are_few(named):
        yield Harm("recursive-delete", "overwrites files so that nothing is left of them")
    yield from judge_rm(named)


def _are_few(named: Sequence[str]) -> bool:
    """Whether these are a few known files of the project: deleting or emptying them is daily work."""
    return 0 < len(named) <= _FEW and all(places.is_of_project(each) for each in named)


def judge_dd(arguments: Sequence[str]) -> Iterator[Harm]:
    for each in arguments:
        if each.startswith("of="):
            yield from written(each[3:], appends="if=/dev/null" not in arguments)
        elif each.startswith("if="):
            yield from read(each[3:])


def judge_tee(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    for each in named:
        yield from written(each, appends="a" in flags(arguments) or has_option(arguments, "--append"))


def judge_truncate(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-s", "-r", "--size", "--reference"}))
    unclear = any(_are_many(each) or UNKNOWN in each for each in named)
    if unclear or (len(named) > 1 and not _are_few(named)):
        yield Harm("truncation", "empties many files")
    for each in named:
        yield from written(each, appends=True)


def judge_copied(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-S", "-m", "-o", "-g", "-t", "--mode", "--suffix", "--target-directory"}))
    into = list(values(arguments, "-t", "--target-directory"))
    for each in into or named[-1:]:
        yield from written(each, appends=True)
        if each.endswith("/.ssh") or each.endswith("/.ssh/"):
            yield Harm("persistence", f"changes {shown(each)}")
    if named[:1] == ["/dev/null"] and (len(named) > 2 or any(map(_are_many, named))):
        yield Harm("truncation", "empties many files")


def _are_many(path: str) -> bool:
    return has_glob(path) or is_many(path)


def judge_moved(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    if named[-1:] == ["/dev/null"]:
        yield Harm("recursive-delete", "moves files to nowhere")
    for each in named[:-1]:
        if places.is_wide(each) and places.normal_path(each) not in (".", "..", "*", "./*"):
            yield Harm("recursive-delete", f"moves {shown(each)} away")
        elif places.is_system(each):
            yield Harm("system-files", f"moves {shown(each)} away")
    yield from judge_copied(arguments)


def judge_install(arguments: Sequence[str]) -> Iterator[Harm]:
    yield from judge_copied(arguments)
    modes = values(arguments, "-m", "--mode")
    yield from (Harm("privilege", "makes a program run as its owner") for mode in modes if judge_sets_user(mode))


def judge_sets_user(mode: str) -> bool:
    return bool(re.search(r"(?:^|,)[ugoa]*[+=][rwxXt]*s", mode) or re.fullmatch(r"0?[2-7][0-7]{3}", mode))


def judge_chmod(arguments: Sequence[str]) -> Iterator[Harm]:
    words = [each for each in arguments if not each.startswith("--") and not re.fullmatch(r"-[Rcfvh]+", each)]
    if words and judge_sets_user(words[0]):
        yield Harm("privilege", "makes a program run as its owner")
    mode, recursive = next(iter(words), ""), has_option(arguments, "-R", "--recursive")
    for each in words[1:]:
        is_folder = each.rstrip("/").endswith(".ssh") and not recursive
        if (recursive or places.is_wide(each)) and _TAKES_ALL.fullmatch(mode):
            yield Harm("permissions", f"takes all rights to {shown(each)} away")
        elif _OPENS.fullmatch(mode) and places.is_credential(each) and not is_folder:
            yield Harm("permissions", f"lets others read {shown(each)}")
    yield from judge_owned(arguments)


def judge_owned(arguments: Sequence[str]) -> Iterator[Harm]:
    options = before_dashes(arguments)
    recursive = any(re.fullmatch(r"-[A-Za-z]*R[A-Za-z]*", each) for each in options)
    recursive = recursive or has_option(options, "--recursive")
    # What takes rights away looks like an option: `chmod -x f`.
    takes = any(_TAKES_RIGHTS.fullmatch(each) for each in options)
    copies = has_option(options, "--reference")
    named = targets(arguments, frozenset({"--reference"}))[0 if takes or copies else 1 :]
    for each in named:
        path = places.normal_path(each)
        wide = (recursive or is_many(each)) and places.is_wide(each) and path not in (".", "*", "./*", "./")
        if wide or path in ("/", "/*"):
            yield Harm("permissions", f"changes the permissions or owners of {shown(each)}")
        elif places.is_system(each) or is_sensitive(each):
            yield Harm("permissions", f"changes the permissions or the owner of {shown(each)}")


def is_sensitive(path: str) -> bool:
    """Whether others must not be let at a path; making it private is fine."""
    return places.normal_path(path).startswith(("/etc/shadow", "/etc/sudoers", "/etc/passwd"))


def judge_ln(arguments: Sequence[str]) -> Iterator[Harm]:
    # Who keeps the start files in a repository links to them from there.
    own = all(re.search(r"(?:^|/)\.?dotfiles/", each) for each in targets(arguments)[:-1])
    yield from (harm for harm in judge_copied(arguments) if not (own and harm.kind == "persistence"))
    for each in targets(arguments)[:-1]:
        yield from read(each)

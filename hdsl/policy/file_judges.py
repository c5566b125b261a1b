"""Judges of commands that delete, write, copy or change files: each gives the harms of a command's arguments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from hdsl.policy import places
from hdsl.policy.harm import Harm, flags, has_option, read, targets, written
from hdsl.policy.texts import MANY, UNKNOWN, has_glob, is_many, shown


def before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: list(arguments).index("--")] if "--" in arguments else arguments


def judge_rm(arguments: Sequence[str]) -> Iterator[Harm]:
    options = before_dashes(arguments)
    named = targets(arguments)
    shown_names = " ".join(map(shown, named[:3])) or "what it is given"
    if re.search("[rR]", flags(options)) or has_option(options, "--recursive"):
        yield Harm("recursive-delete", f"deletes {shown_names} with all that is in it")
    elif any(has_glob(each) and (places.is_wide(each) or "**" in shown(each)) for each in named):
        yield Harm("recursive-delete", f"deletes all files of {shown_names}")
    elif any(each.endswith(MANY) for each in named):
        yield Harm("recursive-delete", "deletes every file that it is given")
    yield from (Harm("system-files", f"deletes {shown(each)}") for each in named if places.is_system(each))
    yield from (Harm("credentials", f"deletes {shown(each)}") for each in named if places.is_credential(each))
    yield from (Harm("persistence", f"deletes {shown(each)}") for each in named if places.is_start_file(each))


def judge_find(arguments: Sequence[str]) -> Iterator[Harm]:
    if "-delete" in arguments:
        yield Harm("recursive-delete", "deletes every file that it finds")
    for option in ("-fprint", "-fprintf", "-fls", "-fprint0"):
        if option in arguments[:-1]:
            yield from written(arguments[list(arguments).index(option) + 1])


def judge_rsync(arguments: Sequence[str]) -> Iterator[Harm]:
    if any(each.startswith(("--delete", "--remove-source-files")) for each in arguments):
        yield Harm("recursive-delete", "deletes what the other side has not")


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
    if len(named) > 1 or any(_are_many(each) or UNKNOWN in each for each in named):
        yield Harm("truncation", "empties many files")
    for each in named:
        yield from written(each, appends=True)


def judge_copied(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-S", "-m", "-o", "-g", "--mode", "--suffix"}))
    into = [each.partition("=")[2] for each in arguments if each.startswith("--target-directory=")]
    if "-t" in arguments[:-1]:
        into.append(arguments[list(arguments).index("-t") + 1])
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
    modes = [each.partition("=")[2] for each in arguments if each.startswith("--mode=")]
    modes += [following for option, following in itertools.pairwise(arguments) if option in ("-m", "--mode")]
    yield from (Harm("privilege", "makes a program run as its owner") for mode in modes if judge_sets_user(mode))


def judge_sets_user(mode: str) -> bool:
    return bool(re.search(r"(?:^|,)[ugoa]*[+=][rwxXt]*s", mode) or re.fullmatch(r"0?[2-7][0-7]{3}", mode))


def judge_chmod(arguments: Sequence[str]) -> Iterator[Harm]:
    words = [each for each in arguments if not each.startswith("--") and not re.fullmatch(r"-[Rcfvh]+", each)]
    if words and judge_sets_user(words[0]):
        yield Harm("privilege", "makes a program run as its owner")
    yield from judge_owned(arguments)


def judge_owned(arguments: Sequence[str]) -> Iterator[Harm]:
    recursive = re.search("R", flags(before_dashes(arguments))) or has_option(arguments, "--recursive")
    for each in targets(arguments)[1:]:
        path = places.normal_path(each)
        wide = (recursive or is_many(each)) and places.is_wide(each) and path not in (".", "*", "./*", "./")
        if wide or path in ("/", "/*"):
            yield Harm("permissions", f"changes the permissions or owners of {shown(each)}")
        elif places.is_system(each) or is_sensitive(each):
            yield Harm("permissions", f"changes the permissions or the owner of {shown(each)}")


def is_sensitive(path: str) -> bool:
    """Whether others must not be let at a path; making it private is fine."""
    return places.normal_path(path).startswith(("/etc/shadow", "/etc/sudoers", "/etc/passwd"))


def judge_sed(arguments: Sequence[str]) -> Iterator[Harm]:
    in_place = any(each.startswith("-i") for each in arguments) or has_option(arguments, "--in-place")
    if in_place:
        for each in targets(arguments)[1:]:
            yield from written(each, appends=True)


def judge_wget(arguments: Sequence[str]) -> Iterator[Harm]:
    for option, following in itertools.pairwise(arguments):
        if option in ("-O", "--output-document", "-o", "--output", "-P"):
            yield from written(following, appends=True)


def judge_tar(arguments: Sequence[str]) -> Iterator[Harm]:
    if has_option(arguments, "--remove-files"):
        yield Harm("recursive-delete", "deletes what it packs")
    for option, following in itertools.pairwise(arguments):
        if option in ("-C", "--directory") and places.normal_path(following) == "/":
            yield Harm("system-files", "unpacks over the system")


def judge_ln(arguments: Sequence[str]) -> Iterator[Harm]:
    yield from judge_copied(arguments)
    for each in targets(arguments)[:-1]:
        yield from read(each)

"""The built-in kinds of harm, and what judges of single commands have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hdsl.policy import places
from hdsl.policy.texts import DECODED, FETCHED, TOO_LONG, has_glob, is_many, shown


class Harm(NamedTuple):
    """A built-in kind, and what in the command is of it."""

    kind: str
    reason: str


KINDS: Mapping[str, str] = {
    "recursive-delete": "deletes folders with all that is in them, or many files at once",
    "disk-write": "writes to a disk or makes a file system",
    "fork-bomb": "starts processes without end",
    "history-rewrite": "throws away commits, branches or uncommitted work",
    "remote-delete": "deletes what is kept elsewhere: databases, buckets, clusters, repositories",
    "credentials": "reads keys, passwords or tokens",
    "exfiltration": "sends a whole home folder or disk away",
    "remote-code": "runs what a server says",
    "privilege": "runs with the rights of another user",
    "persistence": "changes what runs later by itself: start files, timers, hooks, keys that may log in",
    "kill-all": "ends processes that it did not start",
    "power": "stops or restarts the machine",
    "permissions": "changes permissions or owners of whole folders of the system",
    "truncation": "empties many files",
    "system-files": "changes files of the system",
    "disguise": "runs a text that cannot be known before it runs",
}
"""Every kind, and what a command of it does. `disguise` is asked about, the others are denied."""


def from_elsewhere(text: str) -> Iterator[Harm]:
    """The kinds of running a text that a server or a decoder gave, or that is too long to be known."""
    if FETCHED in text:
        yield Harm("remote-code", "runs what a server says")
    elif DECODED in text:
        yield Harm("disguise", "runs what it decodes")
    elif TOO_LONG in text:
        yield Harm("disguise", "runs a text that is too long to be made")


def written(path: str, appends: bool = False) -> Iterator[Harm]:
    """The kinds of writing to a path."""
    if places.is_disk(path):
        yield Harm("disk-write", f"writes to {shown(path)}")
    elif places.is_start_file(path):
        yield Harm("persistence", f"changes {shown(path)}")
    elif places.is_credential(path):
        yield Harm("credentials", f"changes {shown(path)}")
    elif places.normal_path(path) in ("/proc/sysrq-trigger", "/proc/sys/kernel/sysrq"):
        yield Harm("power", "triggers the kernel")
    elif places.is_system(path):
        yield Harm("system-files", f"changes {shown(path)}")
    elif not appends and (has_glob(path) or is_many(path)):
        yield Harm("truncation", f"empties {shown(path)}")


def read(path: str) -> Iterator[Harm]:
    """The kinds of reading a path."""
    if places.is_credential(path):
        yield Harm("credentials", f"reads {shown(path)}")


def always(kind: str, reason: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if not any(each in ("--help", "--version") for each in arguments):
            yield Harm(kind, reason)

    return judge


def unless(kind: str, reason: str, *harmless: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if not any(each in (*harmless, "--help", "--version") for each in arguments):
            yield Harm(kind, reason)

    return judge


def when(kind: str, reason: str, pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    sought = re.compile(pattern)

    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if sought.search(" ".join(map(shown, arguments))):
            yield Harm(kind, reason)

    return judge

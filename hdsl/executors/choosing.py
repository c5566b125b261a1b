"""Executors by what `--executor` and the setting call them: `local:4`, `command:ssh one; ssh two`, `ray:4`."""

import os
import re
from functools import partial
from pathlib import Path

from hdsl.executors.channel import Channel, Open, ProcessChannel, commands_of, worker_command
from hdsl.executors.job import Executor
from hdsl.executors.pool import Pool
from hdsl.ground.errors import HdslError

FORMS = "local, local:N, command:COMMAND, command:N:COMMAND, ray or ray:N"
_NAME = re.compile(r"(local|ray)(?::(\d+))?$|(command):(?:(\d+):)?(.+)$", re.DOTALL)
_MOST = 1_000


class NoExecutor(HdslError):  # noqa: N818 - says what happened
    """There is no executor of a name, or it cannot be used; the message says why."""


def executor_named(name: str) -> Executor:
    """The executor of a name; its workers are started when there is something to do. Raises NoExecutor."""
    match = _NAME.match(name.strip())
    if match is None:
        raise NoExecutor(f"unknown executor {name!r}: write {FORMS}")
    kind, count = match[1] or match[3], match[2] or match[4]
    if count is not None and not 1 <= int(count) <= _MOST:
        raise NoExecutor(f"{name!r} has {count} workers: write 1 to {_MOST}")
    if kind == "ray":
        return _ray(name, count)
    if kind == "local":
        return Pool(name, [partial(_process, worker_command())] * int(count or _cores()))
    openings: list[Open] = []
    for command in _commands(name, match[5]):
        openings += [partial(_process, worker_command(command))] * int(count or 1)
    return Pool(name, openings)


def _process(command: list[str], folder: Path) -> Channel:
    return ProcessChannel(command, folder)


def _commands(name: str, text: str) -> list[list[str]]:
    try:
        commands = commands_of(text)
    except ValueError as error:
        raise NoExecutor(f"the command of {name!r} cannot be read: {error}") from None
    if not commands:
        raise NoExecutor(f"{name!r} has no command: write command:COMMAND, such as command:ssh HOST")
    return commands


def _ray(name: str, count: str | None) -> Executor:
    try:
        from hdsl.executors.ray_channel import ray_pool
    except ModuleNotFoundError as error:
        raise NoExecutor(f"the executor {name!r} needs the package `{error.name}`: pip install 'hdsl[ray]'") from None
    return ray_pool(name, None if count is None else int(count))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""Adds the tools of an MCP server to a project: a module of operations, and beside it the lock that pins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hdsl.adapt.tool_module import module_text, operation_names
from hdsl.check.session import check_file
from hdsl.future.loop import run_sync
from hdsl.ground.errors import HdslError
from hdsl.ground.files import write_atomically
from hdsl.ground.spelling import did_you_mean
from hdsl.tools.connection import Connection
from hdsl.tools.lock import (
    Lock,
    PinnedTool,
    ServerAddress,
    changes,
    definition_of,
    hash_of,
    lock_beside,
    lock_text,
    read_lock,
)


class AddingError(HdslError):
    """The tools cannot be added; the message says why, and the fix."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a server says of itself: its name, and its tools in its order."""

    name: str
    tools: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Added:
    """What was written: the module, its lock, the operations, and what has changed of tools that were pinned before."""

    module: Path
    lock: Lock
    changed: Mapping[str, Sequence[str]]
    left_out: tuple[str, ...]


def list_tools(name: str, address: ServerAddress, folder: Path) -> Listed:
    """Asks a server for its tools. ConnectionFailed."""

    async def ask() -> Listed:
        connection = Connection(name, address, folder)
        await connection.open()
        try:
            return Listed(connection.server_name, dict(connection.tools))
        finally:
            await connection.close()

    return run_sync(ask())


def add_tools(
    module: Path,
    address: ServerAddress,
    *,
    only: Collection[str] = (),
    trusted: Collection[str] = (),
    replaces: bool = False,
) -> Added:
    """Writes the module and the lock. AddingError, ConnectionFailed.

    `only`: the tools that are added; none: all. `trusted`: those that are believed to only read.
    """
    path = lock_beside(module)
    existing = [each for each in (module, path) if each.exists()]
    if existing and not replaces:
        raise AddingError(f"{existing[0]} already exists: --force writes it anew, --accept accepts what has changed")
    listed = list_tools(module.stem, address, module.parent.absolute())
    _check_names(listed, [*only, *trusted], trusted)
    chosen = {name: tool for name, tool in listed.tools.items() if not only or name in only}
    tools = {name: PinnedTool(definition_of(tool), name in trusted) for name, tool in chosen.items()}
    return _write(module, Lock(path, address), tools, listed)


def accept(module: Path, *, trusted: Collection[str] = ()) -> Added:
    """Pins the tools of a module anew, as they are now. `trusted`: as of `add_tools`, for those that have changed."""
    lock = read_lock(lock_beside(module))
    listed = list_tools(lock.name, lock.server, module.parent.absolute())
    _check_names(listed, trusted, trusted)
    tools: dict[str, PinnedTool] = {}
    changed: dict[str, Sequence[str]] = {}
    for before in lock.tools.values():
        now = listed.tools.get(before.name)
        if now is None:
            changed[before.name] = ["it is gone"]
            continue
        definition = definition_of(now)
        is_same = hash_of(definition) == hash_of(before.definition)
        if not is_same:
            changed[before.name] = changes(before.definition, definition)
        is_trusted = before.name in trusted or (is_same and before.is_read_only)
        tools[before.name] = PinnedTool(definition, is_trusted)
    return replace(_write(module, lock, tools, listed), changed=changed)


def _check_names(listed: Listed, names: Collection[str], trusted: Collection[str]) -> None:
    if not listed.tools:
        raise AddingError("the server has no tools")
    for name in names:
        if name not in listed.tools:
            raise AddingError(f"the server has no tool `{name}`. {did_you_mean(name, listed.tools)}".strip())
    for name in trusted:
        if (listed.tools[name].get("annotations") or {}).get("readOnlyHint") is not True:
            raise AddingError(f"the tool `{name}` does not say that it only reads: there is nothing to trust")


def _write(module: Path, lock: Lock, tools: Mapping[str, PinnedTool], listed: Listed) -> Added:
    operations = operation_names(tools)
    pinned = replace(lock, tools={operations[name]: tool for name, tool in tools.items()})
    text = module_text(pinned, listed.name)
    # Checked before anything is written; the lock first, as a module without one does not run.
    _check(module, text)
    write_atomically(pinned.path, lock_text(pinned))
    write_atomically(module, text)
    left_out = tuple(name for name in listed.tools if name not in tools)
    return Added(module, pinned, {}, left_out)


def _check(module: Path, text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hdsl-") as folder:
        trial = Path(folder, module.name)
        trial.write_text(text, encoding="utf-8")
        found = check_file(trial, str(module))
    errors = [each for each in found.diagnostics if each.severity == "error"]
    if errors:
        raise AddingError(f"the tools of this server cannot be declared: {errors[0].code} {errors[0].message}")

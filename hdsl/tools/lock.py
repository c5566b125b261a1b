"""The lock beside a module of tools: which server they are of, and what was pinned of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular

SUFFIX = ".lock"
VERSION = 1
_LARGEST = 16 << 20
_SHOWN = 120
_DEFINED_BY = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


class LockError(HdslError):
    """A lock that is missing or cannot be used; the message names it, and the fix."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How a server is reached: a command to start, or a URL. No secret is in it: only names of variables are."""

    command: tuple[str, ...] = ()
    url: str = ""
    environment: tuple[str, ...] = ()
    """The variables that its process is given beside what all programs need."""
    token: str = ""
    """The variable that holds the token for a URL."""


@dataclass(frozen=True, slots=True)
class PinnedTool:
    """A tool as it was when it was added. `is_read_only`: somebody has said yes to its claim that it only reads."""

    definition: Mapping[str, Any]
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """What the server calls it."""
        return str(self.definition.get("name", ""))

    @property
    def effects(self) -> frozenset[str]:
        """The effects that its operation must declare."""
        return frozenset({"read", "wait"} if self.is_read_only else {"read", "write", "wait"})


@dataclass(frozen=True, slots=True)
class Lock:
    """What is pinned of a server's tools, by the operations that stand for them."""

    path: Path
    server: ServerAddress
    tools: Mapping[str, PinnedTool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the server is called here: as its module is."""
        return self.path.stem


def lock_beside(module: str | Path) -> Path:
    """The lock of a module."""
    return Path(module).with_suffix(SUFFIX)


def read_lock(path: Path) -> Lock:
    """The lock in a file. LockError."""
    try:
        value = json.loads(read_regular(path, _LARGEST))
    except FileNotFoundError:
        raise LockError(f"there is no {path}: `hdsl add-tools` writes it, beside the module with the tools") from None
    except OSError as error:
        raise LockError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise LockError(f"{path} is not JSON; make it anew with `hdsl add-tools`") from None
    try:
        return _lock(path, value)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LockError(f"{path} is not a lock of tools ({error}); make it anew with `hdsl add-tools`") from None


def lock_text(lock: Lock) -> str:
    """The file of a lock."""
    server = lock.server
    reached: dict[str, Any] = {"url": server.url} if server.url else {"command": list(server.command)}
    if server.environment:
        reached["environment"] = list(server.environment)
    if server.token:
        reached["token"] = server.token
    tools = {
        operation: {
            "hash": hash_of(tool.definition),
            "trusted_read_only": tool.is_read_only,
            "definition": tool.definition,
        }
        for operation, tool in lock.tools.items()
    }
    value = {"version": VERSION, "server": reached, "tools": tools}
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def definition_of(tool: Mapping[str, Any]) -> dict[str, Any]:
    """What is pinned of a tool as its server lists it: what it is called, what is said of it, and its schemas."""
    return {name: tool[name] for name in _DEFINED_BY if tool.get(name) is not None}


def hash_of(definition: Mapping[str, Any]) -> str:
    """The hash by which a definition is pinned."""
    text = json.dumps(definition, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What has changed of a definition, a clause each."""
    return list(_changes(before, now))


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in ("title", "description"):
        if before.get(name) != now.get(name):
            yield f"its {name} was {_shown(before.get(name))} and is {_shown(now.get(name))}"
    for name, said in (("inputSchema", "argument"), ("outputSchema", "result's field")):
        yield from _schema_changes(before.get(name) or {}, now.get(name) or {}, said)
    if before.get("annotations") != now.get("annotations"):
        yield f"its annotations were {_shown(before.get('annotations'))} and are {_shown(now.get('annotations'))}"


def _schema_changes(before: Mapping[str, Any], now: Mapping[str, Any], said: str) -> Iterator[str]:
    if before == now:
        return
    were, are = before.get("properties") or {}, now.get("properties") or {}
    found = [f"the {said} `{one_line(name, _SHOWN)}` is new" for name in are if name not in were]
    found += [f"the {said} `{one_line(name, _SHOWN)}` is gone" for name in were if name not in are]
    found += [
        f"the {said} `{one_line(name, _SHOWN)}` was {_shown(were[name])} and is {_shown(are[name])}"
        for name in are
        if name in were and are[name] != were[name]
    ]
    yield from found or [f"the schema of its {said}s has changed"]


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    return one_line(json.dumps(value, ensure_ascii=False), _SHOWN)


def _lock(path: Path, value: Any) -> Lock:
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']}")
    server = value["server"]
    address = ServerAddress(
        tuple(map(_text, server.get("command", ()))),
        _text(server.get("url", "")),
        tuple(map(_text, server.get("environment", ()))),
        _text(server.get("token", "")),
    )
    if bool(address.command) == bool(address.url):
        raise ValueError("a server has a command or a URL")
    tools = {}
    for operation, each in value["tools"].items():
        if hash_of(each["definition"]) != each["hash"]:
            raise ValueError(f"the definition of {operation!r} is not the one of its hash")
        tools[_text(operation)] = PinnedTool(each["definition"], each.get("trusted_read_only") is True)
    return Lock(path, address, tools)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value

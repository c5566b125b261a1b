"""What a coding agent may do with the files of its folder: which tools it has, and which paths it may give them."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLAIN_TOOLS = ("Read", "Edit", "Write")
"""What an agent has where nothing else is said."""

_PATH_OF = {"Read": "file_path", "Edit": "file_path", "Write": "file_path", "Glob": "path", "Grep": "path"}
"""The tools that an agent can be given, each with the parameter that holds its path."""

_WRITING = frozenset({"Edit", "Write"})
_PATTERN_OF = {"Glob": "pattern", "Grep": "glob"}
_SEARCHING = frozenset(_PATTERN_OF)

_NOT_WRITTEN = frozenset({".git", ".hg", ".svn", ".husky", ".claude", ".mcp.json", "hdsl.toml"})
"""Names that an agent may not write to or below: what is there is run, or says what it may do."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A use of a tool that may go ahead, with these arguments: the path is the real one that was looked at."""

    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Denied:
    """A use of a tool that may not go ahead, and why, as the agent is told."""

    reason: str


def unknown_tools(tools: Sequence[str]) -> tuple[str, ...]:
    """Those of some tools that no agent is given."""
    return tuple(tool for tool in tools if tool not in _PATH_OF)


def known_tools() -> tuple[str, ...]:
    """All tools that an agent can be given."""
    return tuple(_PATH_OF)


def judge_use(tool: str, arguments: Mapping[str, Any], folder: Path, tools: Sequence[str]) -> Allowed | Denied:
    """Whether an agent that works in `folder` with `tools` may use a tool like this.

    A path is followed through links and `..` to where it really leads; that must be in the folder. `folder` is real.
    """
    if tool not in tools or tool not in _PATH_OF:
        return Denied(f"There is no tool {tool} here: {', '.join(tools)} are all there is.")
    name = _PATH_OF[tool]
    given = arguments.get(name)
    if given is None and tool in _SEARCHING:
        given = str(folder)
    if not isinstance(given, str) or not given:
        return Denied(f"{tool} needs a path in {name}.")
    pattern = arguments.get(_PATTERN_OF.get(tool, ""))
    if pattern is not None and (not isinstance(pattern, str) or _climbs(pattern)):
        return Denied("The pattern leads out of the working folder.")
    real = _real_path(given, folder)
    if real is None or not real.is_relative_to(folder):
        return Denied(f"{given} is not in the working folder {folder}, and nothing else may be touched.")
    if tool in _WRITING and (name := _protected(real.relative_to(folder))):
        return Denied(f"{name} may not be changed.")
    if (kind := _wrong_kind(real, tool)) is not None:
        return Denied(f"{given} is {kind}.")
    return Allowed({**arguments, _PATH_OF[tool]: str(real)})


def _real_path(given: str, folder: Path) -> Path | None:
    """Where a path leads; None where it leads nowhere, or may be read in another way by others."""
    if given != given.strip() or given.startswith("~") or not given.isprintable():
        return None
    try:
        return Path(os.path.realpath(folder / given))
    except (OSError, ValueError):
        return None


def _climbs(pattern: str) -> bool:
    return ".." in pattern or pattern.strip().startswith(("/", "~", "\\")) or "{/" in pattern or ",/" in pattern


def _protected(path: Path) -> str:
    return next((part for part in path.parts if part.casefold() in _NOT_WRITTEN), "")


def _wrong_kind(path: Path, tool: str) -> str | None:
    """What a path is that a tool cannot be used on."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"not to be had ({error.strerror})"
    if stat.S_ISREG(mode) or (stat.S_ISDIR(mode) and tool in _SEARCHING):
        return None
    return "a folder" if stat.S_ISDIR(mode) else "not a file"

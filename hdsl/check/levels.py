"""What a project says of its checks: the level of a code, and files that a search of folders leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from hdsl.check.catalogue import rule_coded, rule_names
from hdsl.configuration.files import SettingsError, find_configuration, setting_place
from hdsl.configuration.tables import OPERATIONS, allowed_entries
from hdsl.ground.spelling import did_you_mean

OFF = "off"
LEVELS = ("error", "warning", OFF)


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The level of each code that has not its own, and the patterns of files to leave out, relative to `folder`."""

    levels: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    folder: Path = Path()

    def excludes(self, path: Path) -> bool:
        """Whether a file, or a folder it is in, is left out."""
        absolute = path.absolute()
        if not absolute.is_relative_to(self.folder):
            return False
        inside = absolute.relative_to(self.folder)
        names = [inside.as_posix(), *(parent.as_posix() for parent in inside.parents if parent != Path())]
        return any(_matches(name, pattern) for name in names for pattern in self.exclude)


def check_settings(folder: Path) -> CheckSettings:
    """What the configuration found upward from a folder says. SettingsError where it cannot be used."""
    found = find_configuration(folder.absolute())
    if found is None:
        return CheckSettings()
    path, text, table = found
    levels = _levels(path, text, table.get("levels", {}))
    exclude = _exclude(path, text, table.get("exclude", []))
    allowed_entries(path, text, table.get(OPERATIONS, {}))  # refused here; read where a file names an entry point
    return CheckSettings(levels, exclude, path.parent)


def _levels(path: Path, text: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise SettingsError(f'{setting_place(path, text, "levels")}: levels is a table: `HG104 = "off"`')
    levels: dict[str, str] = {}
    for code, level in table.items():
        place = setting_place(path, text, code)
        rule = rule_coded(code)
        if rule is None:
            help = did_you_mean(code, list(rule_names().values()), "`hdsl explain --all` lists them.")
            raise SettingsError(f"{place}: unknown code {code!r}. {help}")
        if level not in LEVELS:
            raise SettingsError(f'{place}: a level is "error", "warning" or "off", not {level!r}')
        if level != "error" and not rule.can_be_lowered:
            raise SettingsError(f"{place}: {rule.code} stays an error: with it there is no program that could run")
        levels[rule.code] = level
    return levels


def _exclude(path: Path, text: str, patterns: Any) -> tuple[str, ...]:
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        place = setting_place(path, text, "exclude")
        raise SettingsError(f'{place}: exclude is a list of patterns: `exclude = ["drafts/**"]`')
    return tuple(pattern.removesuffix("/") for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    """Whether a path matches: `*` is any text, `**/` any folders; a pattern without a slash matches a name anywhere."""
    if "/" not in pattern:
        return fnmatchcase(name.rpartition("/")[2], pattern)
    pattern = pattern.removeprefix("./").removeprefix("/")
    return fnmatchcase(name, pattern) or ("**/" in pattern and fnmatchcase(name, re.sub(r"\*\*/", "", pattern)))

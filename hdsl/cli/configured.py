"""What the configuration says of the files of a check, found upward from each of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hdsl.cli.paths import tidy
from hdsl.configuration.search import search

if TYPE_CHECKING:
    from hdsl.check.levels import CheckSettings


class Configured:
    """The configuration of files, read once a folder. SettingsError where one cannot be used."""

    def __init__(self) -> None:
        self.places: set[str] = set()
        """Every file that was looked for, whether it is there or not."""
        self._of_folder: dict[str, CheckSettings | None] = {}

    def levels(self, file: str) -> Mapping[str, str] | None:
        """The levels of codes in a file; None where each has its own."""
        settings = self._settings(file)
        return None if settings is None else settings.levels

    def kept(self, files: Iterable[str], named: Sequence[str]) -> list[str]:
        """The files without those that are excluded; one that was named is kept."""
        kept = set(map(tidy, named))
        return [file for file in files if file in kept or not self._excludes(file)]

    def _excludes(self, file: str) -> bool:
        from pathlib import Path

        settings = self._settings(file)
        return settings is not None and settings.excludes(Path(file))

    def _settings(self, file: str) -> CheckSettings | None:
        folder = os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120 - a check without configuration is quick
        if folder not in self._of_folder:
            seen, found = search(folder)
            self.places.update(seen)
            self._of_folder[folder] = None if found is None else _read(folder)
        return self._of_folder[folder]


def _read(folder: str) -> CheckSettings:
    from pathlib import Path

    from hdsl.check.levels import check_settings

    return check_settings(Path(folder))

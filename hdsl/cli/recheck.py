"""`hdsl check --watch`: checks again what changed, and what uses it, until it is interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

from hdsl.check.session import CheckedFiles, check_one, together
from hdsl.cli.configured import Configured
from hdsl.cli.output import OutputError, clear_screen, flush, show_coloured, tell
from hdsl.cli.paths import hg_files
from hdsl.ground.errors import HdslError

EVERY = 0.3
"""Seconds between two looks at the files."""

Stamp = tuple[int, int, int] | None
"""When a file was changed, its size, and which file it is; None where there is none."""


class Watch:
    """The last check of each file, and how the files that it read looked then."""

    def __init__(self, paths: Sequence[str], named: Sequence[str]) -> None:
        """`named`: those of the paths that are checked even if the configuration excludes them."""
        self.paths = paths
        self.named = named
        self._checked: dict[str, CheckedFiles] = {}
        self._stamps: dict[str, Stamp] = {}

    def changed(self) -> bool:
        """Looks at the files once; whether anything had to be checked again."""
        configured = Configured()
        files = configured.kept(hg_files(self.paths), self.named)
        places = {place: _stamp(place) for place in configured.places}
        if any(self._stamps.get(place, stamp) != stamp for place, stamp in places.items()):
            self._checked.clear()
        now = {path: _stamp(path) for each in self._checked.values() for path in each.dependencies} | places
        again = [
            file
            for file in files
            if file not in self._checked
            or any(now[path] != self._stamps.get(path) for path in self._checked[file].dependencies)
        ]
        gone = [file for file in self._checked if file not in files]
        for file in gone:
            del self._checked[file]
        for file in again:
            self._check(file, configured.levels(file), now)
        self._stamps = now
        return bool(again or gone)

    def _check(self, file: str, levels: Mapping[str, str] | None, now: dict[str, Stamp]) -> None:
        before = time.time_ns()
        checked = check_one(file, levels)
        self._checked[file] = checked
        for path in checked.dependencies:
            stamp = _stamp(path)
            # A file that changed while it was being checked is looked at again.
            now[path] = None if stamp is not None and stamp[0] >= before else stamp

    @property
    def all(self) -> CheckedFiles:
        """The last check of every file, together."""
        return together(list(self._checked.values()))

    @property
    def files(self) -> list[str]:
        """The files that are watched."""
        return sorted(self._checked)


def watch(paths: Sequence[str], named: Sequence[str], render: Callable[[CheckedFiles, list[str]], str]) -> None:
    """Shows what is found each time that something changes. Ends with KeyboardInterrupt."""
    watched = Watch(paths, named)
    trouble = ""
    while True:
        try:
            if watched.changed() or trouble:
                clear_screen()
                show_coloured(render(watched.all, watched.files))
                flush()
            trouble = ""
        except OutputError:
            raise
        except (HdslError, OSError) as error:
            # A file that is being replaced, or a configuration that is being written, is there again soon.
            if str(error) != trouble:
                trouble = str(error)
                tell(f"hdsl check: {trouble}")
        time.sleep(EVERY)


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

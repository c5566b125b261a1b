"""Where captures are kept, and where recorders that run have their pipes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hdsl.ground.errors import HdslError
from hdsl.ground.files import make_private_folder
from hdsl.ground.processes import is_alive, start_of

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LIVE = ".live"
OWNER, READY = "owner", "ready"
"""The file that says which process records, and what that says when it serves."""


class CaptureError(HdslError):
    """Something cannot be captured; the message says why, and the fix."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders below the one of all captures."""

    captures: Path

    @property
    def live(self) -> Path:
        """The folder of the recorders that run; a folder for each session."""
        return self.captures / _LIVE

    def kept(self, session: str) -> Path:
        """What is kept of a session."""
        return self.captures / _checked(session)

    def running(self, session: str) -> Path:
        """The pipes of the recorder of a session."""
        return self.live / _checked(session)

    def is_running(self, session: str) -> bool:
        """Whether the recorder of a session runs."""
        try:
            process, began = f"{(self.running(session) / OWNER).read_text()} ".split(" ")[:2]
            return is_alive(int(process)) and began.strip() == start_of(int(process))
        except (OSError, ValueError):
            return False

    def own(self, session: str) -> None:
        """Says that this process records a session, so that no other is taken for it once it is gone."""
        (self.running(session) / OWNER).write_text(f"{os.getpid()} {start_of(os.getpid())}\n")

    def sessions(self) -> list[str]:
        """The sessions that were captured, the latest first."""
        try:
            found = [path for path in self.captures.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
        except FileNotFoundError:
            return []
        return [path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime, path.name), reverse=True)]

    def make(self) -> None:
        """Makes the folders, for their owner alone. CaptureError where others could get in."""
        for folder in (self.captures, self.live):
            make_private_folder(folder)
            found = folder.stat()
            if found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise CaptureError(f"{folder} belongs to somebody else or is open to others: chmod 700 {folder}")


def default_captures() -> Path:
    """The folder of captures where the settings name none."""
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else Path.home() / ".local" / "share") / "hdsl" / "captures"


def _checked(session: str) -> str:
    if _NAME.fullmatch(session) is None:
        raise CaptureError(f"{session[:80]!r} is not a name of a session: letters, digits, - and _ alone")
    return session

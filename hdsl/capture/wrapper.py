"""The shell for agents that have no hooks: a script that stands where they expect one."""

from __future__ import annotations

import sys
from pathlib import Path

from hdsl.capture.places import Places
from hdsl.capture.scripts import shell_script
from hdsl.ground.files import write_atomically

NAME = "hdsl-shell"
_EXECUTABLE = 0o755


def shell_for_agents(places: Places) -> Path:
    """The path of the script, which is made if it is not there or is another one's."""
    places.make()
    path = places.captures / NAME
    python = [sys.executable, "-I", "-m"]
    script = shell_script(
        places.live,
        [*python, "hdsl.capture.start", "shell", str(places.captures)],
        [*python, "hdsl", "capture", "shell"],
    )
    try:
        if path.read_text() == script:
            return path
    except OSError:
        pass
    write_atomically(path, script, mode=_EXECUTABLE)
    return path

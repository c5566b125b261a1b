"""The processes of workers, told from all others that the tests started."""

import os
from pathlib import Path

from hdsl.executors.channel import MODULE
from hdsl.ground.processes import descendants


def running_workers() -> list[int]:
    """The workers that descend from this process and have not ended."""
    return [process for process in descendants(os.getpid()) if MODULE.encode() in _command_line(process)]


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""  # it has ended

"""Running a command beside a pane: in its shell's folder and environment, with nothing typed into it."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

_LONGEST_OUTPUT = 1 << 20
# The folder is the one of the shell's last prompt; what cannot be set again (read-only variables) is set already.
_SCRIPT = '. "$1" 2> /dev/null; cd -- "$PWD" || exit 126; exec "$BASH" --norc --noprofile -c "$2"'


class Ran(NamedTuple):
    """How a command ended: its exit status (-n: signal n ended it; None: killed at its time limit) and its output."""

    exit_code: int | None
    output: str


async def run_in(environment: Path, command: str, timeout: float, base: Mapping[str, str]) -> Ran:
    """Runs `command` with bash in the environment (and folder) that the shell wrote to a file."""
    arguments = ["bash", "--norc", "--noprofile", "-c", _SCRIPT, "bash", str(environment), command]
    return await _run(arguments, None, timeout, base)


async def run_at(folder: Path, command: str, timeout: float, base: Mapping[str, str]) -> Ran:
    """Runs `command` with sh in a folder: for shells that do not report their environment."""
    return await _run(["sh", "-c", command], folder, timeout, base)


async def _run(arguments: list[str], folder: Path | None, timeout: float, environment: Mapping[str, str]) -> Ran:
    # A file and not a pipe: what the command leaves running behind it may hold its output open for ever.
    with tempfile.TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=folder,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(timeout):
                exit_code: int | None = await process.wait()
        except TimeoutError:
            exit_code = None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return Ran(exit_code, _read_end(output))


def _read_end(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _LONGEST_OUTPUT))
    return output.read().decode("utf-8", "replace")

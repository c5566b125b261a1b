"""Running a command beside a pane: where its shell is, and with nothing of what the shell has become."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from hdsl.terminal.errors import TypingRefused
from hdsl.terminal.gate import Gate
from hdsl.terminal.process_tree import LONGEST_END, Lifeline, reaped
from hdsl.terminal.sandbox import Sandbox
from hdsl.terminal.server import PrivateFolder

_LONGEST_OUTPUT = 1 << 20
_IN_FOLDER = 'cd -- "$1" || exit 126; shift; exec "$@"'


class Ran(NamedTuple):
    """How a command ended: its exit status (-n: signal n ended it; None: killed at its time limit) and its output."""

    exit_code: int | None
    output: str


class CommandRunner:
    """Runs commands in the environment that sessions begin with, by a shell that was found before any session began.

    What they leave running ends with them. `private`: what they share with the sessions of a sandbox. `gate` is asked
    before each.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        sandbox: Sandbox | None,
        private: PrivateFolder | None,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._environment = environment
        self._sandbox = sandbox
        self._private = private
        self._shell = found_shell(environment["PATH"])

    async def run(
        self,
        command: str,
        folder: str,
        timeout: float,
        added: Mapping[str, str] | None = None,
        readable: Path | None = None,
    ) -> Ran:
        """Runs a command in a folder (exit status 126 where there is none) with the variables `added`.

        `readable` is a file that it can read in the sandbox, too. TypingRefused where the gate refuses it.
        """
        if self._gate is not None and (refusal := await self._gate.refusal(command, "", (), False)) is not None:
            raise TypingRefused(refusal)
        bash = ["--norc", "--noprofile"] if Path(self._shell).name == "bash" else []
        words = ["/bin/sh", "-c", _IN_FOLDER, "sh", folder, self._shell, *bash, "-c", command]
        if self._sandbox is not None:
            words = self._sandbox.command(words, "/", private=self._private, readable=readable)
        return await _run(words, timeout, {**self._environment, **(added or {})})


def found_shell(path: str) -> str:
    """The path of bash, or else of sh."""
    return shutil.which("bash", path=path) or shutil.which("sh", path=path) or "/bin/sh"


async def _run(words: list[str], timeout: float, environment: Mapping[str, str]) -> Ran:
    lifeline = Lifeline()
    # A file and not a pipe: what the command leaves running behind it may hold its output open for ever.
    with tempfile.TemporaryFile() as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *reaped(words, lifeline),
                cwd="/",
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[lifeline.reader],
                start_new_session=True,
            )
            lifeline.handed_over()
            try:
                async with asyncio.timeout(timeout):
                    exit_code: int | None = await process.wait()
            except TimeoutError:
                exit_code = None
        finally:
            lifeline.close()
        await _ended(process)
        return Ran(exit_code, _read_end(output))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Waits for a reaper that was told to end; the command may have stopped it."""
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)
        try:
            async with asyncio.timeout(LONGEST_END):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _read_end(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _LONGEST_OUTPUT))
    return output.read().decode("utf-8", "replace")

"""A shell without tmux, for tasks by the hundred: each line is run by a real bash in the folder of the task.

It shows what hdsl's terminal shows of such commands: the prompt, the line, what it printed. `--world tmux` does the
same tasks in a real terminal; the tests of `hdsl/terminal` are about that one.
"""

import asyncio
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_LINE_SECONDS = 20
_SHOWN = 50
_PATH = "/usr/local/bin:/usr/bin:/bin"


class BashSession:
    """One shell. Its folder and its variables do not change from line to line: no task asks for that."""

    handle = "bash"
    ended = ""
    writes = commands = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[str] = []
        self._typed = ""
        self._last = -1

    async def send_text(self, text: str) -> None:
        """Types at the prompt."""
        self._typed += text

    async def send_key(self, name: str) -> None:
        """Enter runs the line; every other key drops it."""
        line, self._typed = self._typed, ""
        self._lines.append(f"$ {line}".rstrip())
        if name != "Enter" or not line.strip():
            return
        self._lines += await asyncio.to_thread(_printed, line, self._folder)
        self._last = time.monotonic_ns()

    async def capture(self, history: int = 0) -> str:
        """The screen."""
        return "\n".join([*self._lines, f"$ {self._typed}".rstrip()][-_SHOWN:])

    async def wait_idle(self, timeout: float) -> bool:
        """It is idle: a line has run when its key was pressed."""
        return True

    async def is_prompt_empty(self) -> bool:
        """Whether nothing is typed."""
        return not self._typed

    async def is_running(self) -> bool:
        """Nothing runs between two keys."""
        return False

    def command_ended_since(self, started_ns: int) -> bool:
        """Whether a line was run since then."""
        return self._last >= started_ns


class BashTerminal:
    """What a run takes for its terminal."""

    def __init__(self, folder: Path) -> None:
        self._session = BashSession(folder)

    async def open(self, name: str = "") -> BashSession:
        """The one session there is."""
        return self._session

    def session(self, handle: str) -> BashSession:
        """The same."""
        return self._session

    async def close(self) -> None:
        """Nothing runs any more."""

    def abandon(self) -> None:
        """Nothing runs any more."""


def run_in_bash(harness: Path, options: Sequence[str], variables: Mapping[str, str], folder: Path) -> int:
    """Runs a coder harness in this process, its shell in `folder`; the exit code."""
    import os
    from unittest import mock

    from hdsl.cli.inputs import given_of
    from hdsl.cli.programs import program_of
    from hdsl.configuration.settings import load_settings
    from hdsl.run.runner import run_program

    with (
        mock.patch.dict(os.environ, {**variables, "HDSL_RUNS": str(folder.parent / "runs")}),
        mock.patch("hdsl.run.runner.Terminal", lambda **_: BashTerminal(folder)),
    ):
        program = program_of(str(harness), "coder", to_run=True)
        given = given_of(program, list(options), "hdsl run")
        return run_program(program, given, load_settings(harness.parent)).code


def _printed(line: str, folder: Path) -> list[str]:
    try:
        ran = subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            env={"PATH": _PATH, "LANG": "C.UTF-8", "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LINE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return ["^C"]
    return ran.stdout.decode("utf-8", "replace").splitlines()

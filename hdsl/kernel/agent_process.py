"""The process of a coding agent: the CLI of the Agent SDK, over pipes, with a whole environment of ours.

It is what the SDK calls a transport. The process and all that it starts end when it is closed, and when this process is
gone, however that went; so does its private folder.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.terminal.process_tree import LONGEST_END, Lifeline, reaped

_LONGEST_LINE = 1 << 26
"""Bytes that one message of the CLI may have: a file that is read is in it."""
_MOST_SAID = 1 << 14
_NOT_FOUND = 127


async def to_its_end(closing: Coroutine[Any, Any, None]) -> None:
    """Waits until nothing is left, also if the work is cancelled meanwhile."""
    task = asyncio.ensure_future(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


class AgentEnded(HdslError):  # noqa: N818 - says what happened
    """The CLI has ended before it was done. The message says how, and what it wrote last."""


def _message_in(line: bytes) -> dict[str, Any] | None:
    """The message in a line; None where it is none: what is not JSON is printed by mistake. AgentEnded where it is
    nested so deeply that no reader can take it: whoever waits for it would wait in vain."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    except RecursionError:
        raise AgentEnded("it sent a message that is nested too deeply to be read") from None
    return message if isinstance(message, dict) else None


class AgentProcess:
    """The running CLI. `root` is its private folder, `folder` where it works."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, root: Path) -> None:
        self._command, self._environment, self._folder, self._root = command, environment, folder, root
        self._lifeline = Lifeline()
        self._process: asyncio.subprocess.Process | None = None
        self._said: IO[bytes] | None = None

    async def connect(self) -> None:
        """Starts it. OSError where no process can be started."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it is kept for as long as the process
        self._process = await asyncio.create_subprocess_exec(
            *reaped(self._command, self._lifeline, self._root),
            cwd=self._folder,
            env=dict(self._environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._said,
            pass_fds=[self._lifeline.reader],
            start_new_session=True,  # Ctrl-C is ours to handle
            limit=_LONGEST_LINE,
        )
        self._lifeline.handed_over()

    async def write(self, data: str) -> None:
        """Sends a line. AgentEnded where nobody reads it any more."""
        stdin = None if self._process is None else self._process.stdin
        if stdin is None or stdin.is_closing():
            raise AgentEnded(await self._how_it_ended())
        try:
            stdin.write(data.encode("utf-8", "replace"))
            await stdin.drain()
        except ConnectionError:
            raise AgentEnded(await self._how_it_ended()) from None

    async def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        """What it says, until it ends. AgentEnded where it was not told to."""
        process = self._process
        assert process is not None and process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                raise AgentEnded(f"it sent a message of more than {_LONGEST_LINE:,} bytes") from None
            if not line:
                break
            message = _message_in(line)
            if message is not None:
                yield message
        if self._process is not None:
            raise AgentEnded(await self._how_it_ended())

    async def end_input(self) -> None:
        """Tells it that nothing more comes."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def is_ready(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    def kill(self) -> None:
        """Ends it, with all that it started; does not wait."""
        self._lifeline.close()

    async def close(self) -> None:
        """Ends it, and waits until nothing of it is left."""
        self.kill()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(LONGEST_END):
                await process.wait()
        except TimeoutError:
            process.kill()
        if self._said is not None:
            self._said.close()

    async def _how_it_ended(self) -> str:
        process = self._process
        if process is None:
            return "it has ended"
        try:
            async with asyncio.timeout(LONGEST_END):
                code = await process.wait()
        except TimeoutError:
            return "it reads nothing more"
        said = self._last_words()
        if code == _NOT_FOUND and said:
            return f"it cannot be started: {said}"
        return f"it ended with exit code {code}{': ' + said if said else ''}"

    def _last_words(self) -> str:
        """The last line on its standard error that tells of an error, else the last that says something."""
        if self._said is None or self._said.closed:
            return ""
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _MOST_SAID))
        lines = self._said.read().decode("utf-8", "replace").split("\n")
        said = [one_line(line) for line in reversed(lines) if line.strip()]
        return next((line for line in said if "error" in line.lower()), said[0] if said else "")

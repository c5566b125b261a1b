"""The local kernel: a real model in a process of its own, asked as any other server is; no network, no key.

The process is started by the first question and ends with the kernel, or with the process that started it. A model that
crashes, or that is being asked when Ctrl-C comes, takes nothing of ours with it.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.ground.secrets import is_secret_name
from hdsl.kernel.address import ServerAddress, server_address
from hdsl.kernel.answer_grammar import FREE_TEXT
from hdsl.kernel.credentials import authorization
from hdsl.kernel.faults import Fault
from hdsl.kernel.guided import GuidedWriter
from hdsl.kernel.local_model import LocalModel, local_model
from hdsl.kernel.openai import OpenAIKernel
from hdsl.kernel.request import Answer, KernelUnreachable, Request
from hdsl.kernel.server import KnownServer
from hdsl.kernel.transport import Hear, Reply, Transport

_PROGRAM = Path(__file__).with_name("local_server.py")
_NOTICE = re.compile(r"^[\d.]+ E (?:\w+\s+)?[\w~()]+:\s*(?P<said>.+)$")
"""A line in which llama.cpp says what is wrong: the time, the level, the part it is of, the function."""
_SAYS_NOTHING = re.compile(r"exiting due to|failed to (?:load model|create.?context)|cleaning up")
_STEADY = {"frequency_penalty": 0.4, "repeat_last_n": 256}
"""A token is less likely for each time that it occurred lately: without that SmolLM2 says one sentence for ever."""
_LAST = 4
_MOST_SAID = 1 << 16
"""Bytes of what it said that are looked at."""


class LocalKernel:
    """Answers by a model on this machine, some questions side by side. SettingsError where it cannot be."""

    name = "local"

    def __init__(self, settings: Settings) -> None:
        self.model = local_model(settings)
        self._settings = settings
        self._server: _ModelProcess | None = None
        self._asked: OpenAIKernel | None = None
        self._guided: GuidedWriter | None = None
        self._starting = asyncio.Lock()

    async def answer(self, request: Request) -> Answer:
        """The model's answer. KernelUnreachable where the model cannot be loaded, or its process has ended."""
        kernel, server = await self._started()
        answering = asyncio.ensure_future(self._answered(kernel, request))
        ending = asyncio.ensure_future(server.wait())
        try:
            await asyncio.wait((answering, ending), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise self._failed("has ended while it answered", server)
            return await answering
        finally:
            for task in (answering, ending):
                task.cancel()
            await asyncio.gather(answering, ending, return_exceptions=True)

    async def _answered(self, kernel: OpenAIKernel, request: Request) -> Answer:
        if request.guide is None or self._guided is None or not self._settings.constraints:
            return await kernel.answer(request)
        return await self._guided.answer(request, request.guide())

    async def load(self) -> None:
        """Loads the model, as the first question does. KernelUnreachable where it cannot be loaded."""
        await self._started()

    async def close(self) -> None:
        """Ends the model's process."""
        for asked in (self._asked, self._guided):
            if asked is not None:
                await asked.close()
        if self._server is not None:
            await self._server.end()

    async def _started(self) -> "tuple[OpenAIKernel, _ModelProcess]":
        async with self._starting:
            if self._asked is None or self._server is None:
                self._server = await _ModelProcess.begun(self.model)
                address = await self._server.address()
                if address is None:
                    raise self._failed("cannot be loaded", self._server)
                reached = self._reached_at(address, self._server.key)
                carrier = _AgainstLoops(server_address(reached.base_url), self._server.key)
                self._guided = GuidedWriter(address, self._server.key, self._settings)
                self._asked = OpenAIKernel(reached, carrier=carrier, server=KnownServer("llama.cpp"))
            return self._asked, self._server

    def _reached_at(self, address: str, key: str) -> Settings:
        """The settings by which the model's process is asked: no more at once than it answers side by side."""
        return replace(
            self._settings,
            base_url=f"{address}/v1",
            api_key=key,
            model=self.model.name,
            concurrency=min(self._settings.concurrency, self.model.parallel),
        )

    def _failed(self, what: str, server: "_ModelProcess") -> KernelUnreachable:
        said = server.last_words()
        reason = f": {said}" if said else ""
        fix = (
            "set local_context (HDSL_LOCAL_CONTEXT) or local_parallel (HDSL_LOCAL_PARALLEL) lower"
            if "alloc" in said or server.was_killed_for_memory
            else "check local_model (HDSL_LOCAL_MODEL)"
        )
        return KernelUnreachable(f"the local model {self.model.path} {what}{reason}; {fix}")


class _AgainstLoops:
    """Carries questions to the model. Texts are asked for so that a small model does not repeat itself without end."""

    def __init__(self, address: ServerAddress, key: str) -> None:
        self._transport = Transport(address.endpoint, authorization(address, key), None)

    async def post(self, content: bytes, hear: Hear) -> Reply | Fault:
        body = json.loads(content)
        if "grammar" not in body or FREE_TEXT in body["grammar"]:  # labels are short, and the rows repeat them
            content = json.dumps({**_STEADY, **body}).encode()
        return await self._transport.post(content, hear)

    async def close(self) -> None:
        await self._transport.close()


class _ModelProcess:
    """The process that holds a model."""

    def __init__(self, process: asyncio.subprocess.Process, said: IO[bytes], key: str) -> None:
        self.key = key
        self._process = process
        self._said = said

    @classmethod
    async def begun(cls, model: LocalModel) -> "_ModelProcess":
        """A process that begins to load a model."""
        key = secrets.token_urlsafe(24)
        said = tempfile.TemporaryFile()  # noqa: SIM115 - it is kept for as long as the process
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # our folder is not a place to import from
            str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env=_environment(os.environ),
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        assert process.stdin is not None
        asked = {**asdict(model), "path": str(model.path), "key": key}
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            await process.stdin.drain()
        return cls(process, said, key)

    async def address(self) -> str | None:
        """Where the model answers, once it is loaded; None if it cannot be."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if line:
            return str(json.loads(line)["address"])
        await self._process.wait()
        return None

    async def wait(self) -> None:
        """Waits until the process has ended."""
        await self._process.wait()

    async def end(self) -> None:
        """Ends the process."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._said.close()

    @property
    def was_killed_for_memory(self) -> bool:
        """Whether it was ended as one is that takes more memory than there is."""
        return self._process.returncode == -signal.SIGKILL

    def last_words(self) -> str:
        """What llama.cpp said was wrong, in one line."""
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _MOST_SAID))
        lines = self._said.read().decode("utf-8", "replace").splitlines()
        found = [match["said"] for line in lines if (match := _NOTICE.match(line))]
        telling = list(dict.fromkeys(said for said in found if not _SAYS_NOTHING.search(said)))
        code = self._process.returncode or 0
        if not telling and code < 0:
            return f"its process was ended by {signal.Signals(-code).name}"
        if not found and lines:
            return one_line(lines[-1])
        return one_line("; ".join(telling[-_LAST:]))


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What the process is given of the environment: no secrets."""
    return {name: value for name, value in variables.items() if not is_secret_name(name)}

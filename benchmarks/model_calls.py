"""The processor time of a model call, beside that of OpenAI's package, against one scripted server in its own process.

`package` asks the server by AsyncOpenAI and nothing else; `client` by the kernel's own client and reader; `hdsl run` is
a whole batch: rendering, retries, budget, the record of the run. Rounds are interleaved, so that what else the machine
does falls on all of them; the median counts. What hdsl adds is its own time less that of the package.
"""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

ROUNDS = 3
CALLS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 2000
AT_ONCE = 8
MODEL = "scripted"
HARNESS = """hdsl 1

harness ask(question: text[B]) -> text[B] {
  answer: text[B] = llm(question, task="Answer it.")
  return answer
}
"""
ANSWER = {
    "id": "scripted",
    "object": "chat.completion",
    "created": 1,
    "model": MODEL,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "an answer"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 2, "total_tokens": 102},
}


def main() -> None:
    """Prints microseconds of processor time for each call."""
    with _server() as url:
        os.environ.update(OPENAI_BASE_URL=url, HDSL_MODEL=MODEL, OPENAI_API_KEY="sk-scripted")
        os.environ["HDSL_CONCURRENCY"] = str(AT_ONCE)
        ways = {
            "package": lambda: asyncio.run(_package(url)),
            "client": lambda: asyncio.run(_client()),
            "hdsl run": _run,
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for way in ways.values():
            way()
        for _ in range(ROUNDS):
            for name, way in ways.items():
                begin = time.process_time()
                way()
                times[name].append((time.process_time() - begin) / CALLS * 1e6)
    package = median(times["package"])
    print("way        µs of CPU a call   beyond the package")
    for name, found in times.items():
        print(f"{name:10} {median(found):16.0f}   {median(found) - package:+18.0f}")


async def _package(url: str) -> None:
    from openai import AsyncOpenAI

    from hdsl.kernel.prompt import render

    prompt = render(_request(0))
    client = AsyncOpenAI(base_url=url, api_key="sk-scripted", max_retries=0)

    async def ask(number: int) -> None:
        completion = await client.chat.completions.create(
            model=MODEL,
            messages=[{"role": each.role, "content": each.content} for each in prompt.messages],  # type: ignore[misc]
            seed=number,
        )
        assert completion.choices[0].message.content

    await _all(ask)
    await client.close()


async def _client() -> None:
    from hdsl.configuration.settings import load_settings
    from hdsl.kernel.openai import OpenAIKernel

    kernel = OpenAIKernel(load_settings())

    async def ask(number: int) -> None:
        assert (await kernel.answer(_request(number))).text

    await _all(ask)
    await kernel.close()


def _run() -> None:
    from hdsl.cli.main import main as hdsl

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("ask.hg").write_text(HARNESS, encoding="utf-8")
        words = ["run", "ask.hg", "--kernel", "openai"]
        for number in range(CALLS):
            words += ["--question", f"question {number}"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            code = hdsl(words)
        assert code == 0 and f"{CALLS} model calls" in said.getvalue(), said.getvalue()[-2000:]


def _request(number: int) -> "object":
    from hdsl.kernel.request import Request

    return Request(kind="llm", input=f"question {number}", task="Answer it.", seed=number)


async def _all(ask: Callable[[int], Awaitable[None]]) -> None:
    """Asks all questions, a few at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await ask(number)

    await asyncio.gather(*(one(number) for number in range(CALLS)))


@contextlib.contextmanager
def _server():
    process = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()


class _Answering(asyncio.Protocol):
    """Answers every request on a connection alike."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._data = transport, b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, body = self._data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(body) < length:
                return
            self._data = body[length:]
            content = json.dumps(ANSWER).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(content)
                + content
            )


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(_serve())
    else:
        main()

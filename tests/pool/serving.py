"""A pool served in this process, and requests to it as anybody may send them."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection

from aiohttp import web

from hdsl.pool.pool import Pool
from hdsl.pool.serve import HOST, Server, Serving

TOKEN = "a-token-of-forty-characters-1234567890ab"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    text: str
    headers: Mapping[str, str]


@contextlib.contextmanager
def served(pool: Pool, serving: Serving | None = None, **changed: object) -> Iterator[str]:
    """Serves a pool while the context lasts; its address."""
    loop = asyncio.new_event_loop()
    server = Server(pool, serving or Serving(TOKEN), **changed)
    runner = web.AppRunner(server.application(), access_log=None)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        return int(runner.addresses[0][1])

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{asyncio.run_coroutine_threadsafe(start(), loop).result()}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def ask(url: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """One request, with the token unless `Authorization` is given; `_` in a header's name stands for `-`."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    sent = {"Authorization": f"Bearer {TOKEN}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(), dict(answer.headers))
    finally:
        connection.close()

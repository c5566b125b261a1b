"""`hdsl pool serve`: a pool over HTTP on this machine, for people who stream at once, and a page to look at.

Writers sign their segments themselves, and the server adds what they send or refuses it. It has no key: it can forge
nothing, and who pulls checks everything again. A segment is on the disk before it is acknowledged.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil

from aiohttp import hdrs, web

from hdsl.ground.errors import HdslError
from hdsl.policy.decision import Rules
from hdsl.pool.door import COOKIE, door, refusal
from hdsl.pool.faults import PoolRefused
from hdsl.pool.page import CONTENT_SECURITY_POLICY, Wanted, page_of
from hdsl.pool.pool import Pool
from hdsl.pool.quota import Ledger, OverQuota, Quota
from hdsl.pool.segments import SEGMENT_NAME, Reports, Rows, Segment, name_of
from hdsl.pool.store import POOL, SEGMENTS
from hdsl.pool.tokens import page_token

HOST = "127.0.0.1"
_READ_SECONDS = 60.0
"""How long a body may take to arrive."""
_AT_ONCE = 16
"""Bodies that are read at once, each of at most what a segment may have."""
_CHECK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Serving:
    """How a pool is served."""

    token: str
    port: int = 0
    """0: one that is free."""
    quota: Quota = Quota()  # noqa: RUF009 - it cannot change
    idle: float | None = None
    """Seconds without a request after which the server ends; None: never."""
    rules: Rules = Rules()  # noqa: RUF009 - it cannot change
    """Values that these deny to type are refused."""


@dataclass
class Server:
    """One served pool. What changes it happens one after the other; what reads it does too, so nothing is torn."""

    pool: Pool
    serving: Serving
    clock: Callable[[], float] = time.monotonic
    _ledger: Ledger = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)
    _asked: float = field(init=False)

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.serving.quota, self.clock)
        self._asked = self.clock()

    def application(self) -> web.Application:
        """What answers."""
        application = web.Application(
            middlewares=[door(self.serving.token, self._note)], client_max_size=self.pool.limits.stored_bytes
        )
        application.router.add_get("/", self._page)
        application.router.add_get(f"/{POOL}", self._read)
        application.router.add_get(f"/{SEGMENTS}", self._list)
        application.router.add_get(f"/{SEGMENTS}/{{name}}", self._read)
        application.router.add_put(f"/{SEGMENTS}/{{name}}", self._add)
        return application

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serves until SIGINT, SIGTERM or SIGHUP, or until nobody has asked for long. `ready` is told the address."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, ended.set)
        runner = web.AppRunner(self.application(), access_log=None, handle_signals=False)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self.serving.port)
            await site.start()
            port = runner.addresses[0][1]
            ready(f"http://{HOST}:{port}")
            while not ended.is_set() and not self._is_idle():
                try:
                    await asyncio.wait_for(ended.wait(), _CHECK_SECONDS)
                except TimeoutError:
                    continue
        finally:
            await runner.cleanup()

    def _note(self) -> None:
        self._asked = self.clock()

    def _is_idle(self) -> bool:
        return self.serving.idle is not None and self.clock() - self._asked >= self.serving.idle

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if "token" in request.query:  # out of the address, and a token for the page alone into a cookie
            response: web.StreamResponse = web.Response(status=303, headers={hdrs.LOCATION: "/"})
            cookie = page_token(self.serving.token)
            response.set_cookie(COOKIE, cookie, httponly=True, samesite="Strict", path="/")
            return response
        wanted = Wanted(request.query.get("find", "")[:200], _whole(request.query.get("from", "")))
        async with self._turn:
            contents = await asyncio.to_thread(self.pool.contents)
        text = await asyncio.to_thread(page_of, self.pool, contents, wanted)
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        async with self._turn:
            names = await asyncio.to_thread(self.pool.store.segments)
        return web.json_response(names)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name")
        if name is not None and not SEGMENT_NAME.fullmatch(name):
            return refusal(404, "a segment is named by 64 hexadecimal digits")
        place = POOL if name is None else f"{SEGMENTS}/{name}"
        try:
            data = await asyncio.to_thread(self.pool.store.read, place, self.pool.limits.stored_bytes)
        except FileNotFoundError:
            return refusal(404, "there is no such segment")
        except (HdslError, OSError) as error:
            return refusal(503, f"the store cannot be read: {error}")
        return web.Response(body=data, content_type="application/octet-stream")

    async def _add(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not SEGMENT_NAME.fullmatch(name):
            return refusal(400, "a segment is named by 64 hexadecimal digits")
        largest = self.pool.limits.stored_bytes
        if request.content_length is not None and request.content_length > largest:
            return refusal(413, f"a segment has at most {largest:,} bytes")
        try:
            async with self._bodies, asyncio.timeout(_READ_SECONDS):
                data = await request.read()
        except TimeoutError:
            return refusal(408, f"the body took longer than {_READ_SECONDS:g} s")
        except web.HTTPRequestEntityTooLarge:
            return refusal(413, f"a segment has at most {largest:,} bytes")
        if name_of(data) != name:
            return refusal(400, "the bytes are not those that the name is the hash of")
        async with self._turn:
            status, reason, headers = await asyncio.shield(asyncio.to_thread(self._taken, data))
        return refusal(status, reason, dict(headers))

    def _taken(self, data: bytes) -> tuple[int, str, Mapping[str, str]]:
        """Adds a segment: the status of the answer, its text and headers. 201 is said when it is on the disk."""

        def check(segment: Segment) -> None:
            self._ledger.check(segment.writer, _rows_of(segment.content), len(data))

        try:
            added = self.pool.accept(data, self.serving.rules, check)
            if added is None:
                return 200, "it is here already", {}
            self._ledger.note(added.writer, _rows_of(added.content), len(data))
        except OverQuota as error:
            return 429, str(error), {"Retry-After": str(ceil(error.wait))}
        except PoolRefused as error:
            return 422, str(error), {}
        except (HdslError, OSError) as error:
            return 503, f"the store cannot be used: {error}", {}
        return 201, "it is on the disk", {}


def _rows_of(content: object) -> int:
    match content:
        case Rows(rows):
            return len(rows)
        case Reports(reports):
            return len(reports)
        case _:
            return 1


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

"""A pool behind `hdsl pool serve`, as a store: the server checks what is added, and can forge nothing."""

import contextlib
import json
import os
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from hdsl.ground.display import one_line
from hdsl.pool.faults import PoolError, PoolRefused
from hdsl.pool.quota import OverQuota
from hdsl.pool.segments import SEGMENT_NAME
from hdsl.pool.tokens import VARIABLE, load_token, token_file

_SECONDS = 60.0
_LARGEST_LIST = 64 << 20
_LARGEST_REFUSAL = 4096
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class HttpStore:
    """The store behind a server. Requests go straight to it: through no proxy, and to nowhere it redirects to."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise PoolError(f"{url} is not an address of a server") from None
        if not self._host or parts.path not in ("", "/") or parts.query or parts.username is not None:
            raise PoolError(f"{url} is not an address of a served pool: it is http://HOST:PORT, and nothing else")
        self.url = url.rstrip("/")
        self._is_secure = parts.scheme == "https"
        self._token = _token(self._host)

    def add(self, name: str, data: bytes) -> bool:
        """See `Store`. It is on the server's disk when this returns."""
        with self._asked("PUT", name, data) as answer:
            return answer.status == 201

    def read(self, name: str, limit: int) -> bytes:
        """See `Store`."""
        with self._asked("GET", name) as answer:
            data = answer.read(limit + 1)
        if len(data) > limit:
            raise OSError(f"{self.url}/{name} is larger than {limit:,} bytes")
        return data

    def segments(self) -> list[str]:
        """See `Store`."""
        data = self.read("segments", _LARGEST_LIST)
        try:
            names = json.loads(data)
            return sorted(name for name in names if isinstance(name, str) and SEGMENT_NAME.fullmatch(name))
        except (ValueError, TypeError, RecursionError):
            raise PoolError(f"{self.url} does not list its segments: it is not a served pool") from None

    @contextlib.contextmanager
    def _asked(self, method: str, name: str, body: bytes | None = None) -> Iterator[HTTPResponse]:
        kind = HTTPSConnection if self._is_secure else HTTPConnection
        connection = kind(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request(method, f"/{name}", body, {"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            if answer.status not in (200, 201):
                self._refused(answer, name)
            yield answer
        except (OSError, HTTPException) as error:
            if isinstance(error, FileNotFoundError):
                raise
            reason = one_line(str(error)) or type(error).__name__
            raise PoolError(f"{self.url} cannot be reached: {reason}") from None
        finally:
            connection.close()

    def _refused(self, answer: HTTPResponse, name: str) -> None:
        reason = one_line(answer.read(_LARGEST_REFUSAL).decode("utf-8", "replace"), 1000)
        match answer.status:
            case 404:
                raise FileNotFoundError(name)
            case 401:
                raise PoolError(f"{self.url} asks for its token: set {VARIABLE} to what the server's pool.token holds")
            case 422:
                raise PoolRefused(reason)
            case 429:
                wait = answer.headers.get("Retry-After", "")
                seconds = int(wait) if wait.isascii() and wait.isdigit() else 1
                raise OverQuota(f"{reason}; try again in {seconds} s", seconds)
        raise PoolError(f"{self.url} refuses this with {answer.status}: {reason or answer.reason}")


def _token(host: str) -> str:
    """The token for a server: the one that was given, or the user's own, which only this machine is told."""
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return given if given.isascii() and given.isprintable() else ""
    if host not in _LOOPBACK:
        return ""
    with contextlib.suppress(FileNotFoundError):
        return load_token(token_file())
    return ""

"""JSON to a model server over HTTP, its reply as bytes: capped, redirected within one host, errors in plain words."""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from hdsl.ground.display import one_line
from hdsl.kernel.faults import Fault, Final, Refusal
from hdsl.kernel.proxies import Proxy
from hdsl.kernel.retry import TransientFailure

LARGEST_REPLY = 16 << 20
"""Bytes that a reply may have once it is decompressed; the longest answers of models are a twentieth of it."""

_LARGEST_HEADER = 1 << 16
_MOST_REDIRECTS = 5
_KEEPING_METHOD = (307, 308)
_ANY_WINDOW = 47
"""zlib's code for a gzip or zlib header, whichever comes."""
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent: `body` is decompressed, and `cut` if the connection ended before the body did.

    `stopped`: the rest was not read, as `hear` had heard enough.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False
    stopped: bool = False


Hear = Callable[[bytes], bool]
"""Is given each block of a body as it comes; whether to go on reading."""


class Carrier(Protocol):
    """What carries questions to a model server, and the replies back."""

    async def post(self, content: bytes, hear: Hear) -> Reply | Fault:
        """The server's reply to a JSON body, or why there is none. Waits as long as its caller lets it."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...


class Transport:
    """Posts to one address. The connections belong to the event loop of the first request."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], proxy: Proxy | None) -> None:
        self._endpoint = endpoint
        self._headers = {**_HEADERS, "User-Agent": "hdsl", **headers}
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._replied = False

    async def post(self, content: bytes, hear: Hear) -> Reply | Fault:
        """The server's reply, or why there is none. Waits as long as its caller lets it."""
        try:
            return await self._followed(content, hear)
        except _TooLargeError:
            return Refusal(f"the server sent more than {LARGEST_REPLY >> 20} MB")
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            return _fault(error, self._proxy)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def _followed(self, content: bytes, hear: Hear) -> Reply | Fault:
        """The reply, after redirects that stay on the host and keep the method: no other server is sent a key."""
        url = self._endpoint
        for _ in range(_MOST_REDIRECTS):
            reply = await self._post(url, content, hear)
            if not isinstance(reply, Reply) or not 300 <= reply.status < 400:
                return reply
            target = urljoin(url, reply.headers.get("Location", ""))
            if reply.status not in _KEEPING_METHOD or not _same_host(url, target):
                return _redirected(reply, target)
            url = target
        return Final("it redirects without end", "check OPENAI_BASE_URL")

    async def _post(self, url: str, content: bytes, hear: Hear) -> Reply:
        """One reply. A kept connection that the server has closed meanwhile is replaced: it did not fail."""
        try:
            reply = await self._post_once(url, content, hear)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if not self._replied or isinstance(error, aiohttp.ClientConnectorError):
                raise
            reply = await self._post_once(url, content, hear)
        self._replied = True
        return reply

    async def _post_once(self, url: str, content: bytes, hear: Hear) -> Reply:
        if self._session is None:
            self._session = self._new_session()
        proxy = self._proxy
        async with self._session.post(
            URL(url, encoded=True),
            data=content,
            allow_redirects=False,
            proxy=proxy.url if proxy else None,
            proxy_auth=aiohttp.BasicAuth(proxy.user, proxy.password) if proxy and proxy.user else None,
        ) as response:
            return await _read(response, hear)

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers=self._headers,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            max_line_size=_LARGEST_HEADER,
            max_field_size=_LARGEST_HEADER,
        )


class _TooLargeError(Exception):
    """A reply is larger than is read."""


async def _read(response: aiohttp.ClientResponse, hear: Hear) -> Reply:
    """The reply with its body, decompressed block by block so that no more than the largest one is ever held."""
    body = bytearray()
    unpack = None
    status, headers = response.status, response.headers
    try:
        async for block in response.content.iter_any():
            if not body and unpack is None:
                unpack = _unpacker(headers.get("Content-Encoding", ""), block)
            plain = block if unpack is None else unpack.decompress(block, LARGEST_REPLY + 1 - len(body))
            body += plain
            if len(body) > LARGEST_REPLY:
                response.close()
                raise _TooLargeError
            if not hear(plain):
                response.close()
                return Reply(status, headers, bytes(body), stopped=True)
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, ConnectionError, zlib.error):
        return Reply(status, headers, bytes(body), cut=True)
    return Reply(status, headers, bytes(body), cut=unpack is not None and not unpack.eof)


def _unpacker(encoding: str, block: bytes) -> "zlib._Decompress | None":
    """What decompresses a body that begins with `block`; its first bytes are believed, not its header alone."""
    if block[:2] == b"\x1f\x8b":
        return zlib.decompressobj(_ANY_WINDOW)
    if encoding.strip().lower() != "deflate":
        return None
    has_header = len(block) > 1 and block[0] & 15 == 8 and (block[0] << 8 | block[1]) % 31 == 0
    return zlib.decompressobj(_ANY_WINDOW if has_header else -zlib.MAX_WBITS)


def _same_host(url: str, target: str) -> bool:
    """Whether a redirect stays on the host, and does not leave TLS."""
    here, there = urlsplit(url), urlsplit(target)
    same_port = here.port == there.port or here.scheme != there.scheme
    return here.hostname == there.hostname and same_port and there.scheme in (here.scheme, "https")


def _redirected(reply: Reply, target: str) -> Final:
    place = urlsplit(target)
    # Without a name and password that may stand before the host, and without the query.
    host = place.netloc.rpartition("@")[2]
    shown = one_line(f"{place.scheme}://{host}{place.path}" if host else target, 100)
    return Final(f"it redirects to {shown} (HTTP {reply.status})", "set OPENAI_BASE_URL to where the server is")


def _fault(error: Exception, proxy: Proxy | None) -> Fault:
    """What an error of the connection means."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = one_line(str(getattr(error.certificate_error, "verify_message", "") or "it does not verify"))
            return Final(
                f"its certificate is not trusted ({reason})", "set SSL_CERT_FILE to its authority's certificates"
            )
        case aiohttp.ClientSSLError() if proxy is not None and proxy.url.startswith("https"):
            return Final(f"the proxy {proxy.url} or the server does not speak TLS", "use http:// for what does not")
        case aiohttp.ClientSSLError():
            return Final("it does not speak TLS", "use http:// in OPENAI_BASE_URL for a server without TLS")
        case aiohttp.ClientProxyConnectionError():
            return TransientFailure(f"the proxy {proxy.url if proxy else ''} cannot be reached ({_os_reason(error)})")
        case aiohttp.ClientHttpProxyError() if error.status in (502, 503, 504):
            return TransientFailure(f"the proxy does not reach it (HTTP {error.status})")
        case aiohttp.ClientHttpProxyError():
            return Final(f"the proxy refused the connection (HTTP {error.status})", "check the proxy, or set NO_PROXY")
        case aiohttp.ServerDisconnectedError():
            return TransientFailure("the connection failed (the server closed it without an answer)")
        case aiohttp.ClientPayloadError():
            return TransientFailure("the answer was cut short")
        case aiohttp.ClientResponseError():
            return TransientFailure("it did not answer in HTTP")
        case aiohttp.InvalidURL() | UnicodeError():
            return Final("its address cannot be used", "check OPENAI_BASE_URL")
        case OSError():
            return TransientFailure(f"the connection failed ({_os_reason(error)})")
    return TransientFailure("the connection failed")


def _os_reason(error: OSError) -> str:
    """The operating system's words, without addresses and numbers."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return one_line(error.strerror or "no such host", 100)

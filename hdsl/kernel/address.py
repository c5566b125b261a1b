"""The address of a model server: from what a user writes to where its answers, or its embeddings, are asked for."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from hdsl.configuration.files import SettingsError

CHAT, EMBEDDINGS = "/chat/completions", "/embeddings"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USELESS = re.compile(r"[\s\x00-\x20\x7f\\<>\"{}|^`\ud800-\udfff]")
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))
_HOME = (".localhost", ".local", ".lan", ".internal", ".home.arpa")
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a model server is. `endpoint` may hold secrets in its query and is sent only; `shown` holds none."""

    endpoint: str = field(repr=False)
    shown: str
    host: str
    secure: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.host)


def server_address(text: str, asked_for: str = CHAT) -> ServerAddress:
    """The address a user means by `text`; SettingsError with the fix if it cannot be one.

    Without a scheme it is http for this machine and private networks, https for all else. A query stays a query; a
    slash at the end or the path of the chat completions itself make no difference. `asked_for`: the endpoint's path.
    """
    place = _split(text)
    port, host = _port(place), place.hostname or ""
    _check_host(host)
    shown_host = f"[{host}]" if ":" in host else host
    authority = shown_host if port is None else f"{shown_host}:{port}"
    path = quote(place.path.rstrip("/").removesuffix(asked_for).removesuffix(CHAT).rstrip("/"), safe=_PLAIN)
    base = f"{place.scheme}://{authority}{path}"
    query = f"?{quote(place.query, safe=_PLAIN)}" if place.query else ""
    return ServerAddress(
        f"{base}{asked_for}{query}",
        base,
        host,
        place.scheme == "https",
        unquote(place.username or ""),
        unquote(place.password or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or number is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    number = _number(host)
    return number is not None and (number.is_loopback or number.is_unspecified)


def _split(text: str) -> SplitResult:
    useless = _USELESS.search(text)
    if useless is not None:
        raise _wrong(f"has {useless[0]!r} in it, which no address contains")
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() not in ("http", "https"):
        raise _wrong(f"begins with {scheme[1]}://, and a model server is at http:// or https://")
    try:
        place = urlsplit(text if scheme or text.startswith("/") else f"//{text}")
        host = place.hostname
    except ValueError:
        raise _wrong("has a number in brackets that is not an IPv6 address: `http://[::1]:8080/v1`") from None
    authority = place.netloc.rpartition("@")[2]
    if "[" not in authority and authority.count(":") > 1:
        raise _wrong("has more than one colon before its path; an IPv6 address has brackets: `http://[::1]:8080/v1`")
    if not host:
        raise _wrong("names no host: `http://127.0.0.1:11434/v1`")
    return place if scheme else place._replace(scheme="http" if _is_near(host) else "https")


def _port(place: SplitResult) -> int | None:
    _, _, number = place.netloc.rpartition("@")[2].rpartition("]")[2].partition(":")
    if not number:
        return None
    if not (number.isascii() and number.isdigit()) or len(number) > 5 or int(number) not in _PORTS:
        raise _wrong(f"has the port {number[:20]!r}, and a port is a number from 1 to 65535")
    return int(number)


def _check_host(host: str) -> None:
    try:
        host.rstrip(".").encode("idna")
    except UnicodeError:
        raise _wrong("has a host that cannot be a name: a part of it is empty or too long") from None


def _is_near(host: str) -> bool:
    """Whether a host is on this machine or in a private network, where servers speak plain HTTP."""
    number = _number(host)
    if number is not None:
        return number.is_loopback or number.is_private or number.is_link_local
    return "." not in host or host.endswith(_HOME)


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _wrong(what: str) -> SettingsError:
    """The address itself is not shown: it may hold a password."""
    return SettingsError(f"base_url (OPENAI_BASE_URL): the address {what}")

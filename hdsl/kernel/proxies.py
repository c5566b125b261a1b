"""The proxy that the environment names for an address, if it is one that can be used."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from hdsl.configuration.files import SettingsError
from hdsl.kernel.address import ServerAddress


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and who we are to it."""

    url: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def proxy_for(address: ServerAddress, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy for an address by HTTPS_PROXY or HTTP_PROXY, ALL_PROXY and NO_PROXY; none for this machine.

    SettingsError if it is of a kind that cannot be used, or no address.
    """
    if address.loopback or _excluded(address, _value(environment, "no_proxy")[1]):
        return None
    for name in ("https_proxy" if address.secure else "http_proxy", "all_proxy"):
        variable, text = _value(environment, name)
        if text:
            return _proxy(variable, text, address.host)
    return None


def _value(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable by its lower or upper case name, and its value."""
    for variable in (name, name.upper()):
        if text := environment.get(variable, "").strip():
            return variable, text
    return name.upper(), ""


def _proxy(variable: str, text: str, host: str) -> Proxy:
    url = text if "://" in text else f"http://{text}"
    way_out = f"set it to an http:// proxy, or NO_PROXY={host}"
    scheme = url.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise SettingsError(f"{variable}: a {scheme[:20]}:// proxy cannot be used: {way_out}")
    try:
        place = urlsplit(url)
        name, port = place.hostname, place.port
    except ValueError:
        name, port = None, None
    if not name or any(character.isspace() for character in url):
        raise SettingsError(f"{variable}: the proxy's address cannot be read: {way_out}")
    shown = f"[{name}]" if ":" in name else name
    address = f"{scheme}://{shown}" if port is None else f"{scheme}://{shown}:{port}"
    return Proxy(address, unquote(place.username or ""), unquote(place.password or ""))


def _excluded(address: ServerAddress, exceptions: str) -> bool:
    return any(_matches(address.host, entry.strip().lower()) for entry in exceptions.split(",") if entry.strip())


def _matches(host: str, entry: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name = entry.partition("://")[2] or entry
    name = name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name
    name = name.lstrip("*").lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
